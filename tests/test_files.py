"""Atomic writing: what is there is whole, and what killed processes leave is deleted."""

import os
import time

import pytest

from keras_gans.files import ABANDONED, atomic_path, atomic_write_text


def test_a_write_that_fails_leaves_the_older_file(tmp_path):
    atomic_write_text(tmp_path / "a", "old")
    with pytest.raises(KeyError), atomic_path(tmp_path / "a") as part:
        part.write_text("half")
        raise KeyError
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_process_left_is_deleted_after_a_day(tmp_path):
    for name in (".part-old", ".part-new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    day_ago = time.time() - ABANDONED - 1.0
    for name in (".part-old", "old"):
        os.utime(tmp_path / name, (day_ago, day_ago))
    atomic_write_text(tmp_path / "a", "new")
    assert {path.name for path in tmp_path.iterdir()} == {"a", ".part-new", "old"}
