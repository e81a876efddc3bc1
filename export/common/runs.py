"""A run as its training left it, and the generators to export."""

import functools
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from export.common.files import ExportError
from keras_gans.pixels import from_pixels, to_pixels

Inputs = dict[str, np.ndarray]  # of a generator, by name: as many rows in each
BATCH = 64  # pictures made at once
RECORDED = {  # what a training writes into its config.json, and exports read
    "settings": {"seed"},
    "versions": {"keras"},
    "data": {"form", "image_size", "data_dir", "direction", "class_names", "fingerprint"},
}
DAMAGED = "{}/examples.npz is damaged: the training command writes it again"
TRIALS = 500  # pictures whose statistics are compared
REPRESENTATIVE = 32  # pictures that show what ranges a translator computes in


@dataclass(frozen=True)
class Generator:
    """A trained generator, in float32 with averaged weights where the run averages.

    Attributes:
        name: "generator", or a translator's direction: "a_to_b".
        network: the `keras.Model`. A translator takes any height and width.
        examples: real inputs by name: latents (n, d), and labels (n,) and codes (n, k) where it is
            told them; or images (n, h, w, c) in [-1, 1] that uint8 holds exactly.
        trials: inputs of the same kind, by whose pictures files are compared as a whole.
        multiple: what the sides of a translator's pictures are multiples of.
    """

    name: str
    network: Any
    examples: Inputs
    trials: Inputs
    multiple: int = 1

    @property
    def translates(self) -> bool:
        """Whether it makes images from images, and not from latents."""
        return len(self.network.inputs[0].shape) == 4

    @property
    def makes_points(self) -> bool:
        """Whether it makes points, which are no pictures."""
        return len(self.network.output_shape) != 4

    @functools.cached_property
    def expected(self) -> np.ndarray:
        """What it makes of the examples."""
        return np.stack(list(self.images(self.examples)))

    @functools.cached_property
    def wanted(self) -> np.ndarray:
        """What it makes of the trials."""
        if self.trials is self.examples:
            return self.expected
        return np.stack(list(self.images(self.trials)))

    def make(self, inputs: Inputs) -> np.ndarray:
        """Return what it makes of inputs: images (n, h, w, c) in [-1, 1], or points (n, 2)."""
        from keras import tree

        values = tree.map_structure(lambda tensor: inputs[tensor.name], self.network.input)
        return np.asarray(self.network(values, training=False))

    def images(self, inputs: Inputs) -> Iterator[np.ndarray]:
        """Make an image (h, w, c) of each of the inputs, some at a time."""
        for start in range(0, rows(inputs), BATCH):
            yield from self.make(share(inputs, slice(start, start + BATCH)))


@dataclass(frozen=True)
class Run:
    """A run as its training left it.

    Attributes:
        folder: its directory.
        config: what its config.json says.
        model: the `AdversarialModel` of its newest checkpoint.
    """

    folder: Path
    config: dict[str, Any]
    model: Any

    def generators(self, direction: str = "both") -> list[Generator]:
        """Return the generators, or of two translators the one of a direction.

        Raises:
            ExportError: the run's examples cannot be read.
        """
        inputs = self.model.example_inputs(self._examples())
        names = [direction] if direction in inputs else list(inputs)
        with self.model.averaged():
            return [
                self._generator(name, network, by_name(network, inputs[name]))
                for name, network in self.model.generators.items()
                if name in names
            ]

    def _generator(self, name: str, network: Any, examples: Inputs) -> Generator:
        copy = in_float32(network)
        if any(examples[x.name].shape[1:] != x.shape[1:] for x in network.inputs):
            raise ExportError(DAMAGED.format(self.folder))
        if len(network.input_shape) == 4:
            examples = {name: on_pixels(images) for name, images in examples.items()}
            return Generator(name, copy, examples, examples, reduction(network))
        return Generator(name, copy, examples, self.model.sampling_inputs(TRIALS, seed=1))

    def output(self, options: Any, form: str) -> Path:
        """Return where files of a form go."""
        return options.output or self.folder / "export" / form

    def representative(self, generator: Generator) -> Inputs:
        """Return inputs that show the ranges of what a generator computes: latents, or pictures.

        Raises:
            DataError: the run's data set is not there any more.
        """
        if not generator.translates:
            return self.model.sampling_inputs(REPRESENTATIVE, seed=2)
        dataset = self._data(self.config["data"]["form"])
        inputs = self.model.example_inputs(dataset.examples(REPRESENTATIVE))
        return by_name(generator.network, inputs[generator.name])

    @property
    def title(self) -> str:
        """What it is: "DCGAN on mnist"."""
        return f"{type(self.model).__name__} on {Path(self.config['data']['name']).name}"

    @property
    def class_names(self) -> list[str] | None:
        """The name of each label that the generator takes, or None where it takes none."""
        classes = getattr(self.model, "classes", None)  # translators know none
        if classes is None:
            return None
        return self.config["data"]["class_names"] or [str(number) for number in range(classes)]

    def label(self, text: str) -> int:
        """Return the label that the name or the number of a class means.

        Raises:
            ExportError: the generator has no such label, or none at all.
        """
        if self.class_names is None:
            raise ExportError(f"{self.folder} makes pictures without labels: leave --labels out")
        return class_number(text, self.class_names)

    def labelled_data(self) -> Any:
        """Load the run's data set with labels.

        Raises:
            DataError: it has none, or is not there any more.
        """
        return self._data("labelled")

    def _data(self, form: str) -> Any:
        from keras_gans import data

        request = data.recorded(self.config["data"]) | {"form": form}
        return data.load(**request, seed=self.config["settings"]["seed"])

    def _examples(self) -> Any:
        try:
            with np.load(self.folder / "examples.npz", allow_pickle=False) as arrays:
                batch = tuple(arrays.values())
        except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise ExportError(DAMAGED.format(self.folder)) from error
        if not batch:
            raise ExportError(DAMAGED.format(self.folder))
        return batch if len(batch) > 1 else batch[0]


def open_run(directory: str | os.PathLike, *, best: bool = False) -> Run:
    """Open a run at its newest checkpoint, or at its best. Nothing that it holds is executed.

    Raises:
        ExportError: it is no run, holds no checkpoint yet, or one that training does not write.
    """
    folder = Path(directory)
    if not (folder / "config.json").is_file():
        raise ExportError(f"{folder} is no run: give a directory that python -m train.* has made")
    model = _load(folder / ("best.keras" if best else "checkpoints"))
    return Run(folder, _read_config(folder), model)


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text())
        named = config["variant"].isidentifier() and ".." not in Path(config["data"]["name"]).parts
        whole = all(config[part].keys() >= names for part, names in RECORDED.items())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{folder}/config.json is damaged: no training wrote it so") from error
    if not (named and whole):
        raise ExportError(f"{folder}/config.json holds what no training writes: it is not opened")
    return config


def _load(path: Path) -> Any:
    from keras_gans.callbacks import CheckpointError, load_model

    try:
        return load_model(path)
    except CheckpointError as error:
        raise ExportError(str(error)) from error


def class_number(text: str, names: Sequence[str]) -> int:
    """Return the label that the name or the number of a class means.

    Raises:
        ExportError: there is no such class.
    """
    if text in names:
        return list(names).index(text)
    if text.isdecimal() and int(text) < len(names):
        return int(text)
    raise ExportError(
        f"there is no class {text!r}: give 0 to {len(names) - 1}, or a name: {', '.join(names)}"
    )


def by_name(network: Any, values: Any) -> Inputs:
    """Name a network's inputs, given as a tensor or as a list in the network's order."""
    from keras import tree

    tensors = zip(network.inputs, tree.flatten(values), strict=True)
    return {tensor.name: np.asarray(value) for tensor, value in tensors}


def rows(inputs: Inputs) -> int:
    """Return how many examples there are."""
    return len(next(iter(inputs.values())))


def share(inputs: Inputs, which: Any) -> Inputs:
    """Return the examples of a slice, or of an array of indices."""
    return {name: values[which] for name, values in inputs.items()}


def in_float32(network: Any) -> Any:
    """Copy a network for inference: float32 whatever it was trained in, any size of image."""
    import keras

    def entrance(tensor):
        images = len(tensor.shape) == 4
        shape = (None, None, tensor.shape[-1]) if images else tensor.shape[1:]
        return keras.Input(shape, dtype=tensor.dtype, name=tensor.name)

    def clone(layer):
        return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})

    inputs = keras.tree.map_structure(entrance, network.input)
    copy = keras.models.clone_model(network, inputs, clone_function=clone, recursive=True)
    copy.set_weights(network.get_weights())
    return copy


def on_pixels(images: Any) -> np.ndarray:
    """Return images in [-1, 1] as uint8 can hold them."""
    return from_pixels(to_pixels(np.asarray(images)))


def reduction(network: Any) -> int:
    """Return how much smaller than the picture a translator's smallest features are."""
    side = network.inputs[0].shape[1]
    shapes = [layer.output.shape for layer in network.layers]
    return max(side // shape[1] for shape in shapes if len(shape) == 4)


def signature(network: Any, shapes: dict[str, tuple[int | None, ...]]) -> list:
    """Return what `keras.export` is told of a network's inputs: shapes by name, types, names."""
    import keras

    def spec(tensor):
        return keras.InputSpec(shape=shapes[tensor.name], dtype=tensor.dtype, name=tensor.name)

    return [keras.tree.map_structure(spec, network.input)]
