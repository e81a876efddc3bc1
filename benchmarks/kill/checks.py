"""What must hold of a run's directory after a process that wrote there was stopped."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from keras_gans.cli.run_directory import RunDirectory
from keras_gans.files import PART
from keras_gans.training.saving import newest_first

Snapshot = dict[str, str]  # from each file's path, in the run, to its hash


def snapshot(folder: Path) -> Snapshot:
    """Return the files of a run, without TensorBoard's logs and temporary files."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock" and _is_kept(path.relative_to(folder))
    }


def left_over(folder: Path) -> list[Path]:
    """Return the temporary folders of processes that were killed."""
    return [path for path in folder.rglob(f"{PART}*") if path.is_dir()]


def _is_kept(path: Path) -> bool:
    return path.parts[0] != "logs" and not any(part.startswith(PART) for part in path.parts)


# Training -----------------------------------------------------------------------------------------


def lost(folder: Path, before: Snapshot, logs_before: dict[str, int], whole: Path) -> list[str]:
    """Return what a stopped training lost or damaged.

    Args:
        folder: of the run.
        before: its files before the process began.
        logs_before: sizes of its logs before.
        whole: a finished run of the same settings that was never stopped.
    """
    run, now = RunDirectory(folder), snapshot(folder)
    checkpoints = newest_first(run.checkpoints)
    newest = checkpoints[0].name if checkpoints else ""
    gone = [name for name in before if name not in now and not _is_older(name, newest)]
    problems = [f"{name} is gone" for name in gone]
    problems += [f"{path.name} is damaged" for path in checkpoints if not _is_zip(path)]
    expected = snapshot(whole)
    for name, content in now.items():
        if name.startswith("samples/") and content != expected.get(name, content):
            problems.append(f"{name} differs")
    steps = {line["step"] for line in _history(run)}
    for line in _history(RunDirectory(whole)):
        if line["step"] < _step(newest) and line["step"] not in steps:
            problems.append(f"the evaluation of step {line['step']} is missing")
    logs = log_sizes(folder)
    return problems + [
        f"logs/{name} is shorter" for name, size in logs_before.items() if logs.get(name, -1) < size
    ]


def log_sizes(folder: Path) -> dict[str, int]:
    """Return the sizes of a run's TensorBoard logs."""
    return {path.name: path.stat().st_size for path in (folder / "logs").glob("*")}


def differences(folder: Path, whole: Path) -> list[str]:
    """Return how a finished run differs from one that was never stopped.

    Weights, optimizers, random states, samples and examples are compared bit by bit. Which earlier
    checkpoints and samples there are depends on the time that steps took: the last ones count.
    """
    ours, theirs = snapshot(folder), snapshot(whole)
    last = newest_first(RunDirectory(whole).checkpoints)[0].stem
    problems = []
    for name in sorted(ours.keys() | theirs.keys()):
        timed = Path(name).parts[0] in ("samples", "checkpoints") and Path(name).stem != last
        if timed and not (name in ours and name in theirs):
            continue
        if name not in ours or name not in theirs:
            problems.append(f"{name} is {'missing' if name in theirs else 'too many'}")
        elif ours[name] != theirs[name] and not _is_equal(folder / name, whole / name):
            problems.append(f"{name} differs")
    return problems


def _is_equal(path: Path, other: Path) -> bool:
    """Return whether two files are equal but for times in them."""
    if path.suffix == ".keras":
        ours, theirs = (dict(_saved_arrays(each)) for each in (path, other))
        same = ours.keys() == theirs.keys()
        return same and all(x.tobytes() == theirs[name].tobytes() for name, x in ours.items())
    if path.suffix == ".npz":
        with np.load(path) as a, np.load(other) as b:
            return a.files == b.files and all(np.array_equal(a[name], b[name]) for name in a.files)
    if path.name == "cpu_seconds.json":
        ours, theirs = (json.loads(each.read_text()) for each in (path, other))
        return max(map(int, ours)) == max(map(int, theirs))
    if path.name == "metrics.jsonl":
        a, b = (_history(RunDirectory(each.parent)) for each in (path, other))
        return [{**line, "seconds": 0.0} for line in a] == [{**line, "seconds": 0.0} for line in b]
    return False


def _saved_arrays(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield everything that a .keras file holds, by name, but for the date."""
    with zipfile.ZipFile(path) as archive:
        config = re.sub(rb'"shared_object_id": \d+', b"", archive.read("config.json"))
        yield "config.json", np.frombuffer(config, np.uint8)  # without addresses in memory
        weights = io.BytesIO(archive.read("model.weights.h5"))
    found: list[tuple[str, Any]] = []
    with h5py.File(weights) as file:
        file.visititems(
            lambda name, item: (
                found.append((name, item[()])) if isinstance(item, h5py.Dataset) else None
            )
        )
    yield from found


def _is_older(name: str, newest: str) -> bool:
    """Return whether a file is a checkpoint that newer ones replace."""
    return name.startswith("checkpoints/") and Path(name).name < newest


def _is_zip(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


def _step(checkpoint: str) -> int:
    return int(Path(checkpoint).stem.partition("-")[2]) if checkpoint else 0


def _history(run: RunDirectory) -> list[dict[str, Any]]:
    from keras_gans.evaluation.history import read_history

    return read_history(run.history_file)


# Exports ------------------------------------------------------------------------------------------


def damaged_exports(folder: Path, before: Snapshot, whole: Path) -> list[str]:
    """Return what a stopped export lost or damaged.

    Args:
        folder: of the run.
        before: its files before the export began.
        whole: the same run with an export that was never stopped.
    """
    now, expected = snapshot(folder), snapshot(whole)
    problems = [f"{name} is gone" for name in before if name not in now]
    problems += [
        f"{name} is changed"
        for name in before
        if not name.startswith("export/") and now.get(name) != before[name]
    ]
    for part in _artifacts(folder / "export"):
        like = whole / part.relative_to(folder)
        if part.parent.parent.name == "saved_model":
            like = like.with_name("1")
        if _sizes(part) != _sizes(like):
            problems.append(f"{part.relative_to(folder)} is not whole")
    report = folder / "export" / "report.json"
    if report.exists():
        problems += [
            f"report.json names {row['file']}, which does not exist"
            for row in json.loads(report.read_text())
            if not (folder / row["file"]).exists()
        ]
    return problems + [
        f"{name} is unknown" for name in now if _without_version(name) not in expected
    ]


def _artifacts(exports: Path) -> list[Path]:
    """Return what an export replaces in one move, and whose size does not change."""
    found = [*exports.glob("saved_model/*/[0-9]*"), exports / "web"]
    found += [*exports.glob("tflite/*.tflite"), *exports.glob("onnx/*.onnx")]
    return [path for path in found if path.exists()]


def _sizes(path: Path) -> dict[str, int]:
    """Return the size of each file, in steps of 4 KB: orders and numbers in them vary."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return {str(each.relative_to(path)): each.stat().st_size // 4096 for each in files}


def _without_version(name: str) -> str:
    parts = list(Path(name).parts)
    if parts[:2] == ["export", "saved_model"]:
        parts[3] = "1"
    return "/".join(parts)
