"""A process that tries inputs and says what each did: `benchmarks.fuzz` starts and watches it.

It reads the numbers of inputs, one a line, and answers each with a line of JSON.
"""

import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

from benchmarks.fuzz import arrays, images, models, presets, requests, runs
from benchmarks.fuzz.target import Input, Target
from benchmarks.process_memory import memory
from keras_gans.cli.main import import_tensorflow_quietly

TARGETS: dict[str, type[Target]] = {
    "images": images.Images,
    "arrays": arrays.Arrays,
    "configuration": runs.Config,
    "history": runs.History,
    "examples": runs.Examples,
    "report": runs.Report,
    "models": models.Models,
    "presets": presets.Presets,
    "requests": requests.Requests,
}
WITHOUT_TENSORFLOW = ("arrays",)
MOST_MEMORY = 2 * 2**30  # bytes that an input may take
HARM = 'open({!r}, "w").close()\ndef anything(*arguments, **named): ...\nclass Layer: ...\n'


class Worker:
    """Tries the inputs of a target.

    Args:
        name: of the target.
        seed: random seed; input n is the same every time.
        folder: an empty folder.
        base: folder of the runs.
    """

    def __init__(self, name: str, seed: int, folder: Path, base: Path):
        self.name, self.seed = name, seed
        self.marker = folder / "executed"
        self.current, place = folder / "current", folder / "place"
        self.target = TARGETS[name](place, base, self.marker)
        self._prepare(folder)
        self._fill()

    def attempt(self, number: int) -> dict[str, str]:
        """Try an input; return what it did, "outcome", and in which words, "detail"."""
        given = self.target.draw(random.Random(f"{self.name} {self.seed} {number}"))
        save(given, self.current)
        folder = self.target.folder
        with _restored(folder, given):
            before = _contents(folder)
            used = memory("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
            outcome, detail = self._call(given)
            if memory("VmHWM") - used > MOST_MEMORY:
                outcome, detail = "memory", f"{memory('VmHWM') - used >> 20} MiB"
            if _contents(folder) != before:
                outcome, detail = "changed files", ""
        if self.marker.exists():
            outcome, detail = "executed", ""
            self.marker.unlink()
        if outcome == "changed files":
            self._fill()
        return {"outcome": outcome, "what": given.what, "detail": detail}

    def _call(self, given: Input) -> tuple[str, str]:
        try:
            self.target.attempt(given)
        except self.target.refusals as error:
            return "refused", f"{type(error).__name__}: {error}"[:300]
        except SystemExit as stop:  # a command line that is refused
            return ("refused" if isinstance(stop.code, str) else "wrong error"), str(stop.code)[
                :300
            ]
        except BaseException:
            return "wrong error", traceback.format_exc()[-1500:]
        return "accepted", ""

    def _prepare(self, folder: Path) -> None:
        """Lay out what inputs try to start, and where temporary files go."""
        tools = folder / "tools"
        tools.mkdir()
        images.write_fake_ghostscript(tools, self.marker)
        (tools / "harm.py").write_text(HARM.format(str(self.marker)))
        os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
        sys.path.insert(0, str(tools))
        tempfile.tempdir = str(folder)
        os.chdir(tools)
        if self.name not in WITHOUT_TENSORFLOW:
            import_tensorflow_quietly()

    def _fill(self) -> None:
        shutil.rmtree(self.target.folder, ignore_errors=True)
        self.target.folder.mkdir()
        self.target.fill()


def save(given: Input, folder: Path) -> None:
    """Write an input, so that it can be tried again."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in given.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    folder.mkdir(exist_ok=True)
    (folder / "input.json").write_text(json.dumps({"what": given.what, **given.options}))


@contextlib.contextmanager
def _restored(folder: Path, given: Input):
    """Put an input's files in the folder, and afterwards what was there."""
    earlier = {}
    for name, content in given.files.items():
        path = folder / name
        earlier[path] = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
    try:
        yield
    finally:
        for path, before in earlier.items():
            if before is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(before)


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def serve(attempt: Callable[[int], dict[str, str]], requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until there are no more."""
    print(json.dumps({"outcome": "ready"}), file=answers, flush=True)
    for line in requests:
        print(json.dumps(attempt(int(line))), file=answers, flush=True)


def main() -> None:
    """Try what standard input asks for. What libraries print goes to a file."""
    name, seed, folder, base = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    log = os.open(Path(folder, "log"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    place = Path(tempfile.mkdtemp(dir=folder))
    worker = Worker(name, int(seed), place, Path(base))
    # So that an input that asks for all memory fails, and other processes keep theirs.
    limit = memory("VmSize") + 4 * MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    serve(worker.attempt, sys.stdin, answers)


if __name__ == "__main__":
    main()
