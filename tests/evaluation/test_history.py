"""The file of a training's evaluations."""

import math

import pytest

from keras_gans.errors import UserError
from keras_gans.evaluation.history import read_history, write_history

LINE = {"step": 2, "seconds": 1.5, "fid": 3.0, "features": "random features"}


def test_what_is_written_is_read(tmp_path):
    write_history(tmp_path / "metrics.jsonl", [LINE, {**LINE, "step": 4, "fid": math.inf}])
    first, second = read_history(tmp_path / "metrics.jsonl")
    assert first == LINE and second["step"] == 4 and math.isnan(second["fid"])
    assert read_history(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"step": 2, "sec',
        b"[1, 2]",
        b'{"seconds": 1.0}',
        b'{"step": 2}',
        b'{"step": "2", "seconds": 1.0}',
        b'{"step": 2, "seconds": []}',
        b'{"step": 2, "seconds": 1.0, "\xff": 1}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "metrics.jsonl").write_bytes(content)
    with pytest.raises(UserError, match="metrics.jsonl is damaged"):
        read_history(tmp_path / "metrics.jsonl")
