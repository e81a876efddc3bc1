"""Broken files of arrays and of labels, for the data loader."""

import io
import json
import random

import numpy as np
from PIL import Image

from benchmarks.fuzz.mutations import cut, damage, damage_tree, damage_zip
from benchmarks.fuzz.runs import Harm
from benchmarks.fuzz.target import Input, Target

IMAGES = 6
SHAPES = ((IMAGES, 8, 8), (IMAGES, 8, 8, 3), (IMAGES, 3, 8, 8), (IMAGES, 2), (0, 8, 8))


class Arrays(Target):
    """A file of arrays, or a folder of images with a file of labels."""

    def draw(self, rng: random.Random) -> Input:
        """Return the file, broken."""
        kind = rng.choice(("npy", "npz", "npz", "csv", "json"))
        if kind == "npy":
            return self._input("images.npy", _broken(_npy(_array(rng)), rng), rng)
        if kind == "npz":
            if rng.random() < 0.1:
                return self._input("images.npz", self._harmful(), rng)
            whole = _npz(rng)
            broken = damage_zip(whole, rng) if rng.random() < 0.5 else _broken(whole, rng)
            return self._input("images.npz", broken, rng)
        rows = [[f"{number}.png", rng.choice(("a", "b", 3))] for number in range(IMAGES)]
        if kind == "csv":
            text = "".join(f"{name},{label}\n" for name, label in rows).encode()
            return self._input("folder/labels.csv", _broken(text, rng), rng)
        tree = damage_tree({"labels": rows}, rng)
        text = json.dumps(tree).encode()
        return self._input(
            "folder/dataset.json", text if rng.random() < 0.5 else _broken(text, rng), rng
        )

    def attempt(self, given: Input) -> None:
        """Load the data set."""
        from keras_gans import data

        (name,) = given.files
        path = self.folder / name
        source = path.parent if name.startswith("folder/") else path
        data.load(source, given.options["task"], image_size=given.options["size"])

    def fill(self) -> None:
        """Write the images that the labels are of."""
        (self.folder / "folder").mkdir()
        for number in range(IMAGES):
            Image.new("RGB", (8, 8)).save(self.folder / "folder" / f"{number}.png")

    def _harmful(self) -> bytes:
        content = io.BytesIO()
        harm = np.array([Harm(self.marker)], dtype=object)
        np.savez(content, images=harm)
        return content.getvalue()

    def _input(self, name: str, content: bytes, rng: random.Random) -> Input:
        options = {"task": rng.choice(("images", "labelled")), "size": rng.choice((None, 8))}
        return Input(f"{name}, broken", {name: content}, options)


def _broken(content: bytes, rng: random.Random) -> bytes:
    return cut(content, rng) if rng.random() < 0.3 else damage(content, rng)


def _array(rng: random.Random) -> np.ndarray:
    dtype = rng.choice(("u1", "u2", "i2", "f4", "f8", "?", "S3", "c8"))
    shape = rng.choice(SHAPES)
    values = np.frombuffer(rng.randbytes(8 * int(np.prod(shape))), "u1")[: int(np.prod(shape))]
    with np.errstate(all="ignore"):
        return values.reshape(shape).astype(dtype)


def _npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def _npz(rng: random.Random) -> bytes:
    names = rng.choice((("images", "labels"), ("x_train", "y_train"), ("arr_0", "arr_1")))
    labels = np.array([rng.randrange(3) for _ in range(rng.choice((IMAGES, IMAGES - 1)))])
    content = io.BytesIO()
    np.savez(content, **dict(zip(names, (_array(rng), labels), strict=True)))
    return content.getvalue()
