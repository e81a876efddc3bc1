"""Damaged and hostile .keras files."""

import functools
import io
import json
import random
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.fuzz.mutations import (
    cut,
    damage,
    damage_json,
    damage_zip,
    noise,
    unzip,
    zipped,
)
from benchmarks.fuzz.runs import RunTarget
from benchmarks.fuzz.target import Input

SECRET = 12345.678  # in a file outside the run
# Functions and classes that would do harm, as a configuration names them.
HARMFUL = (
    ("os", "system", "function"),
    ("builtins", "exec", "function"),
    ("subprocess", "Popen", "class"),
    ("keras.utils", "get_file", "function"),
    ("keras.src.utils.file_utils", "get_file", "function"),
    ("harm", "Layer", "class"),
    ("harm", "anything", "function"),
    ("keras.layers", "TorchModuleWrapper", "class"),
)
WHERE = {  # from the file to how it is opened
    "run/checkpoints/step-00000002.keras": ("newest", "restore"),
    "run/best.keras": ("best",),
    "run/model.keras": ("file",),
}


class Models(RunTarget):
    """checkpoints/*.keras, best.keras and model.keras."""

    def draw(self, rng: random.Random) -> Input:
        """Return a damaged or hostile file."""
        name = rng.choice(list(WHERE))
        original, change = self.original(name), rng.random()
        if change < 0.35:
            hostile = rng.choice(
                (self._named, self._lambda, self._saved_model, self._paths, self._secret, _bomb)
            )
            data, what = hostile(original, rng), hostile.__name__.strip("_")
        elif change < 0.55:
            data, what = self._member(original, "config.json", damage_json, rng), "configuration"
        elif change < 0.75:
            data, what = self._member(original, "model.weights.h5", damage, rng), "weights"
        elif change < 0.85:
            data, what = damage_zip(original, rng, cut), "a member is cut"
        else:
            data, what = rng.choice((damage, cut))(original, rng), "the archive"
            data = noise(rng) if rng.random() < 0.1 else data
        return Input(f"{name}, {what}", {name: data}, {"call": rng.choice(WHERE[name])})

    def attempt(self, given: Input) -> None:
        """Open it as an export, an evaluation or a training does."""
        from keras_gans.cli.run_directory import RunDirectory
        from keras_gans.training.saving import load_model, restore

        run = RunDirectory(self.folder / "run")
        if given.options["call"] == "restore":
            model = self._fresh_model()
            restore(model, run.checkpoints)
        elif given.options["call"] == "file":
            model = load_model(run.model_file)
        else:
            model = run.load_model(best=given.options["call"] == "best")
        check_no_secret(model)

    def fill(self) -> None:
        """Write the files that hostile models name, beside the run."""
        super().fill()
        outside = self.folder / "outside"
        outside.mkdir()
        with h5py.File(outside / "secret.h5", "w") as file:
            file["vars"] = np.full(4096, SECRET, "float32")
        np.full(65536, SECRET, "float32").tofile(outside / "secret.bin")
        shutil.copytree(self._saved_model_with_initializer(), outside / "saved_model")

    def _fresh_model(self) -> Any:
        import keras

        from keras_gans.training.saving import load_model

        if not hasattr(self, "_kept"):
            self._kept = load_model(self.base / self.model / "model.keras")
        model: Any = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(self._kept)
        )
        model.compile(model.make_optimizer(), model.make_optimizer())
        return model

    @staticmethod
    def _member(data: bytes, name: str, change: Any, rng: random.Random) -> bytes:
        members = unzip(data)
        members[name] = change(members[name], rng)
        return zipped(members)

    def _named(self, original: bytes, rng: random.Random) -> bytes:
        """Name a harmful function or class in the configuration."""
        module, name, kind = rng.choice(HARMFUL)
        arguments = [f"touch {self.marker}", f"open({str(self.marker)!r}, 'w')"]
        if kind == "function":
            named: dict[str, Any] = {"module": module, "class_name": "function", "config": name}
            named |= {"registered_name": name}
        else:
            config = {"args": ["touch", str(self.marker)], "name": "harm"}
            named = {"module": module, "class_name": name, "config": config}
            named |= {"registered_name": rng.choice((None, name))}
        if rng.random() < 0.3:
            config = {"fname": str(self.marker), "origin": f"file://{self.folder}/run/config.yaml"}
            named = {"module": module, "class_name": name, "config": config}
        if rng.random() < 0.2:
            named["config"] = rng.choice(arguments)

        def change(content: bytes, rng: random.Random) -> bytes:
            config = json.loads(content)
            if rng.random() < 0.3:
                return json.dumps(named).encode()
            places = [each for each in _layers(config) if isinstance(each.get("config"), dict)]
            layer = rng.choice(places)
            if rng.random() < 0.5:
                layer["config"][rng.choice(("activation", "kernel_initializer", "dtype"))] = named
            else:
                layer.update(named)
            return json.dumps(config).encode()

        return self._member(original, "config.json", change, rng)

    def _lambda(self, original: bytes, rng: random.Random) -> bytes:
        """Put a Lambda layer in the place of a network, or of the model."""
        layer = json.loads(self._with_lambda["config.json"])

        def change(content: bytes, rng: random.Random) -> bytes:
            config = json.loads(content)
            config["config"][rng.choice(("generator", "discriminator"))] = layer
            return json.dumps(layer if rng.random() < 0.3 else config).encode()

        return self._member(original, "config.json", change, rng)

    @functools.cached_property
    def _with_lambda(self) -> dict[str, bytes]:
        import keras

        path = str(self.marker)
        inputs = keras.Input((4,))
        outputs = keras.layers.Lambda(lambda x: (open(path, "w"), x)[1], output_shape=(4,))(inputs)
        model = keras.Model(inputs, outputs)
        self.marker.unlink(missing_ok=True)
        file = self.folder.parent / "lambda.keras"
        model.save(file)
        return unzip(file.read_bytes())

    def _saved_model(self, original: bytes, rng: random.Random) -> bytes:
        """Put a layer that opens a SavedModel in the place of a network."""
        config = {"filepath": str(self.folder / "outside" / "saved_model"), "name": "harm"}
        layer: dict[str, Any] = {"module": "keras.layers", "class_name": "TFSMLayer"}
        layer |= {"config": config, "registered_name": None}

        def change(content: bytes, rng: random.Random) -> bytes:
            tree = json.loads(content)
            if rng.random() < 0.5:
                tree["config"][rng.choice(("generator", "discriminator"))] = layer
            else:
                rng.choice(list(_layers(tree))).update(layer)
            return json.dumps(tree).encode()

        return self._member(original, "config.json", change, rng)

    def _saved_model_with_initializer(self) -> Path:
        """Return a SavedModel that leaves the marker as soon as it is loaded."""
        import tensorflow as tf

        class Resource(tf.saved_model.experimental.TrackableResource):
            def _create_resource(self):
                return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=(), shared_name="harm")

            def _initialize(self):
                tf.io.write_file(marker, "written")

        marker = str(self.marker)
        module = tf.Module()
        module.resource = Resource()
        module.serve = tf.function(
            lambda x: (module.resource.resource_handle, x)[1],
            input_signature=[tf.TensorSpec((None, 4))],
        )
        folder = self.folder.parent / "saved_model"
        tf.saved_model.save(module, folder, signatures={"serve": module.serve})
        self.marker.unlink(missing_ok=True)
        return folder

    def _paths(self, original: bytes, rng: random.Random) -> bytes:
        """Add members whose names lead out of the archive."""
        up = "../" * rng.randrange(1, 12)
        names = (str(self.marker), f"assets/{up}{self.marker}", f"{up}{str(self.marker)[1:]}")
        return zipped({**unzip(original), rng.choice(names): b"x", "assets/layers/x": b"y"})

    def _secret(self, original: bytes, rng: random.Random) -> bytes:
        """Let weights be read from other files."""
        outside = self.folder / "outside"

        def change(content: bytes, rng: random.Random) -> bytes:
            with _opened(content) as (file, content_now):
                place = rng.choice(_datasets(file))
                shape, kind = file[place].shape, rng.randrange(2)
                del file[place]
                if kind:
                    file[place] = h5py.ExternalLink(str(outside / "secret.h5"), "vars")
                else:
                    size = int(np.prod(shape)) * 4
                    external = [(str(outside / "secret.bin"), 0, max(size, 4))]
                    file.create_dataset(place, shape, "float32", external=external)
            return content_now.getvalue()

        return self._member(original, "model.weights.h5", change, rng)


def _bomb(original: bytes, rng: random.Random) -> bytes:
    """Let weights or the configuration take much more memory than bytes on the disk."""
    members = unzip(original)
    if rng.random() < 0.3:
        return zipped({**members, "config.json": bytes(2**30)}, compressed=True)
    return zipped({**members, "model.weights.h5": weights_bomb(members["model.weights.h5"], rng)})


def weights_bomb(weights: bytes, rng: random.Random) -> bytes:
    """Let weights take much more memory than bytes on the disk."""
    with _opened(weights) as (file, content):
        place = rng.choice(_datasets(file))
        del file[place]
        shape = (2 ** rng.choice((31, 33, 40)),)
        file.create_dataset(place, shape, "float32", chunks=(2**20,), compression="gzip")
    return content.getvalue()


def check_no_secret(model: Any) -> None:
    """Fail if a model holds what another file does."""
    for weight in model.weights:
        if np.any(np.asarray(weight) == np.float32(SECRET)):
            raise RuntimeError("it holds a number from another file")


class _opened:
    """An HDF5 file in memory."""

    def __init__(self, content: bytes):
        self.content = io.BytesIO(content)

    def __enter__(self):
        self.file = h5py.File(self.content, "r+")
        return self.file, self.content

    def __exit__(self, *error):
        self.file.close()


def _datasets(file: h5py.File) -> list[str]:
    found: list[str] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype == np.float32:
            found.append(name)

    file.visititems(add)
    return found


def _layers(tree: Any):
    """Yield every configuration of an object in a tree."""
    if isinstance(tree, dict):
        if "class_name" in tree:
            yield tree
        for value in tree.values():
            yield from _layers(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _layers(value)
