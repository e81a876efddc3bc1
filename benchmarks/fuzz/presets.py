"""Damaged and hostile presets."""

import functools
import hashlib
import io
import json
import random
from typing import Any

import numpy as np

from benchmarks.fuzz.models import Models, check_no_secret, weights_bomb
from benchmarks.fuzz.mutations import cut, damage, damage_json, damage_zip, unzip, zipped
from benchmarks.fuzz.runs import Harm
from benchmarks.fuzz.target import Input

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
EXAMPLES, METADATA = "examples.npz", "metadata.json"
SEALED = 0.9  # share of the changes with the right size and hash: others are refused by these
BOMB = 2**29  # bytes that examples unpack to


class Presets(Models):
    """The files of a preset."""

    def draw(self, rng: random.Random) -> Input:
        """Return a preset with a damaged or hostile file."""
        name = rng.choice((CONFIG, CONFIG, METADATA, EXAMPLES, WEIGHTS))
        ways = {
            CONFIG: (self._named, self._lambda, self._saved_model, damage_json),
            METADATA: (damage_json, damage_json, _other_files),
            EXAMPLES: (damage_zip, damage_zip, cut, damage, self._pickled, _examples_bomb),
            WEIGHTS: (self._secret, weights_bomb, damage, damage, cut),
        }
        way, saved = rng.choice(ways[name]), self._saved
        if way in (self._named, self._lambda, self._saved_model, self._secret):
            # They change a .keras file, which holds the same two.
            changed = unzip(way(zipped({each: saved[each] for each in (CONFIG, WEIGHTS)}), rng))
        else:
            changed = {name: way(saved[name], rng)}
        if name != METADATA and rng.random() < SEALED:
            changed[METADATA] = _sealed(saved[METADATA], changed)
        files = {f"preset/{each}": content for each, content in changed.items()}
        return Input(f"{name}, {way.__name__.strip('_')}", files)

    def attempt(self, given: Input) -> None:
        """Open it as exports do."""
        from export.common.trained_run import open_run

        run = open_run(self.folder / "preset")
        run.generators()
        check_no_secret(run.model)

    def fill(self) -> None:
        """Write the preset, and beside it what hostile ones name."""
        super().fill()
        (self.folder / "preset").mkdir()
        for name, content in self._saved.items():
            (self.folder / "preset" / name).write_bytes(content)

    @functools.cached_property
    def _saved(self) -> dict[str, bytes]:
        from keras_gans.cli.run_directory import RunDirectory

        run = RunDirectory(self.base / self.model)
        folder = self.folder.parent / "preset"
        run.load_model().save_to_preset(folder, examples=run.read_examples())
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def _pickled(self, original: bytes, rng: random.Random) -> bytes:
        """Put an object into the examples that does harm when it is unpickled."""
        content = io.BytesIO()
        np.savez(content, np.array([Harm(self.marker)], dtype=object))
        return content.getvalue()


def _examples_bomb(original: bytes, rng: random.Random) -> bytes:
    """Let the examples take much more memory than bytes on the disk."""
    return zipped({**unzip(original), "arr_0.npy": bytes(BOMB)}, compressed=True)


def _other_files(original: bytes, rng: random.Random) -> bytes:
    """Let the metadata list files that no preset has, or sizes and steps that nothing has."""
    metadata: dict[str, Any] = json.loads(original)
    listed = metadata["files"]
    name = rng.choice(("../run/config.yaml", "/etc/passwd", "../outside/secret.bin", "harm.py"))
    listed[name] = {"size": rng.choice((-1, 0, 2**40)), "sha256": "0" * 64}
    if rng.random() < 0.5:
        listed[CONFIG] = listed.pop(name)
    metadata["steps"] = rng.choice((0, -1, 2**62, 2**70, 1e308, "1"))
    return json.dumps(metadata).encode()


def _sealed(metadata: bytes, changed: dict[str, bytes]) -> bytes:
    """Return metadata with the sizes and hashes of the files that were changed."""
    content = json.loads(metadata)
    for name, data in changed.items():
        digest = hashlib.sha256(data).hexdigest()
        content["files"][name] = {"size": len(data), "sha256": digest}
    return json.dumps(content).encode()
