"""Atomic writing: what is there is whole, and what killed processes leave is deleted."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_gans.files import (
    ABANDONED,
    MOVED,
    atomic_path,
    atomic_write_text,
    delete_parts,
    set_aside,
)


def test_a_write_that_fails_leaves_the_older_file(tmp_path):
    atomic_write_text(tmp_path / "a", "old")
    with pytest.raises(KeyError), atomic_path(tmp_path / "a") as part:
        part.write_text("half")
        raise KeyError
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_files_content_is_on_the_disk_before_the_move(tmp_path, monkeypatch):
    synced, moved = {}, []
    fsync, replace = os.fsync, os.replace

    def note_sync(descriptor):
        found = os.fstat(descriptor)
        synced[found.st_ino] = found.st_size
        fsync(descriptor)

    def note_move(source, target):
        found = os.stat(source)
        moved.append(synced.get(found.st_ino) == found.st_size)
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_move)
    atomic_write_text(tmp_path / "a", "content")
    assert moved == [True]


def test_what_a_killed_process_left_is_deleted_after_a_day(tmp_path):
    for name in (".part-old", ".part-new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    day_ago = time.time() - ABANDONED - 1.0
    for name in (".part-old", "old"):
        os.utime(tmp_path / name, (day_ago, day_ago))
    atomic_write_text(tmp_path / "a", "new")
    assert {path.name for path in tmp_path.iterdir()} == {"a", ".part-new", "old"}


KILLED_BETWEEN_THE_MOVES = """
import os, signal, sys
from pathlib import Path
from keras_gans.files import atomic_path, set_aside

page = Path(sys.argv[1])
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)  # the second move
with atomic_path(page) as part:
    part.mkdir()
    (part / "index.html").write_text("new")
    set_aside(page, part)
"""


def replace_page(page):
    with atomic_path(page) as part:
        part.mkdir()
        (part / "index.html").write_text("new")
        set_aside(page, part)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("old")
    return tmp_path / "web"


def test_a_folder_is_replaced_whole(page):
    replace_page(page)
    assert (page / "index.html").read_text() == "new" and os.listdir(page.parent) == ["web"]


def test_what_others_write_beside_it_does_not_hinder_a_replacement(page):
    with atomic_path(page) as part:
        part.mkdir()
        (part / "index.html").write_text("new")
        set_aside(page, part)
        atomic_write_text(page.parent / "README.md", "beside it")
    assert (page / "index.html").read_text() == "new"
    assert sorted(os.listdir(page.parent)) == ["README.md", "web"]


def test_a_folder_that_is_not_replaced_stays(page, monkeypatch):
    def fail(*paths):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        replace_page(page)
    assert (page / "index.html").read_text() == "old" and os.listdir(page.parent) == ["web"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize(
    "next_write",
    [
        lambda page: atomic_write_text(page.parent / "README.md", "beside it"),
        lambda page: delete_parts(page.parent),
    ],
)
def test_a_kill_between_both_moves_loses_no_folder(page, next_write, days):
    command = [sys.executable, "-c", KILLED_BETWEEN_THE_MOVES, str(page)]
    killed = subprocess.run(command, cwd=Path(__file__).parents[1])
    assert killed.returncode == -9 and not page.exists()
    (part,) = page.parent.glob(".part-*")
    then = time.time() - days * ABANDONED - MOVED - 1.0
    os.utime(part, (then, then))
    next_write(page)
    assert (page / "index.html").read_text() == "old"
    replace_page(page)
    assert (page / "index.html").read_text() == "new"
