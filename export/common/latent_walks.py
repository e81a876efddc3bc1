"""Interpolation and vector arithmetic in a generator's latent space, for `export.images`."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from export.common.errors import ExportError
from export.common.generator import Generator, Inputs, num_rows, take
from export.common.image_files import NamedImage, as_file_name, label_of, named_image
from export.common.trained_run import TrainedRun, class_number
from keras_gans import latents
from keras_gans.pixels import to_pixels

NUM_SAMPLES = 1000  # among which those of a class are looked for
NUM_REAL = 5000  # real images that classify the samples
NEIGHBORS = 5
MAX_OF_CLASS = 100  # samples
NUM_EXEMPLARS = 3  # of a class in a row, as in the paper
LETTER_WIDTH = 7  # pixels of a letter in a title, about


def interpolations(
    generator: Generator,
    inputs: Inputs,
    length: int,
    seed: int,
    class_names: Sequence[str] | None,
) -> Iterator[NamedImage]:
    """Yield the interpolation from each latent to the next one, as `length` images side by side.

    Labels and codes stay those of the first latent.
    """
    rows = pairwise(range(num_rows(inputs)))
    for start, end in rows:
        strip = np.concatenate(list(_interpolation(generator, inputs, start, end, length)), axis=1)
        name = f"seed{seed}-{start:05d}-to-{end:05d}"
        yield named_image(name, strip, label_of(inputs, start), class_names)


def loop(generator: Generator, inputs: Inputs, length: int) -> Iterator[np.ndarray]:
    """Yield the frames of a loop through all latents, `length` from each to the next one.

    Labels and codes stay those of the latest latent.
    """
    count = num_rows(inputs)
    for start in range(count):
        frames = list(_interpolation(generator, inputs, start, (start + 1) % count, length))
        yield from frames[:-1]  # the last one is the next one's first


def _interpolation(
    generator: Generator, inputs: Inputs, start: int, end: int, length: int
) -> Iterator[np.ndarray]:
    repeated = take(inputs, np.full(length, start))
    first, last = inputs["latents"][start], inputs["latents"][end]
    path = repeated | {"latents": latents.interpolate(first, last, length)}
    return map(to_pixels, generator.images(path))


def vector_arithmetic(
    run: TrainedRun, generator: Generator, classes: Sequence[str], rows: int, seed: int
) -> NamedImage:
    """Return an image of class A, minus class B, plus class C: `keras_gans.latents.arithmetic`.

    Samples are classified by their nearest real images. The first row has the mean latents of all
    samples of a class, the others those of a few exemplars.

    Args:
        run: a run whose model is not class-conditional.
        generator: its generator.
        classes: names or numbers of A, B and C in the run's data set.
        rows: number of rows of exemplars.
        seed: random seed of the latents and of the choice of exemplars.

    Raises:
        ExportError: the model is class-conditional, or hardly makes one of the classes.
        RunError: the run's data set has no labels.
    """
    if run.model.classes is not None:
        raise ExportError(
            f"{run.directory.folder} is class-conditional: its latents hold no class to add or "
            "subtract, give --labels"
        )
    dataset = run.load_data("labelled")
    labels = [class_number(text, dataset.class_names) for text in classes]
    names = [dataset.class_names[label] for label in labels]
    samples = run.model.sampling_inputs(NUM_SAMPLES, seed)["latents"]
    images = generator.predict({"latents": samples})
    votes = nearest_labels(images, *dataset.examples(min(NUM_REAL, len(dataset))))
    of_class = [
        samples[_rows_of_class(votes, label, name)]
        for label, name in zip(labels, names, strict=True)
    ]
    counts = ", ".join(
        f"{len(found)} like {name}" for found, name in zip(of_class, names, strict=True)
    )
    print(f"of {NUM_SAMPLES} samples, by their nearest real images: {counts}")
    image = _equations(generator, of_class, names, rows, np.random.default_rng(seed))
    a, b, c = map(as_file_name, names)
    return NamedImage(f"seed{seed}-{a}-minus-{b}-plus-{c}", image)


def nearest_labels(images: np.ndarray, real: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the labels (n, NEIGHBORS) of the real images nearest to each of n images.

    Both are (n, h, w, c). The distance is Euclidean, over pixels.
    """
    images, real = (each.reshape(len(each), -1) for each in (images, real))
    # |image - real|^2, but for what is the same for all real ones.
    squares = np.einsum("ij,ij->i", real, real) - 2.0 * images @ real.T
    return labels[np.argpartition(squares, NEIGHBORS, axis=1)[:, :NEIGHBORS]]


def _rows_of_class(votes: np.ndarray, label: int, name: str) -> np.ndarray:
    """Return the rows that a majority of neighbors is of a class, those of most votes first."""
    agreeing = np.sum(votes == label, axis=1)
    order = np.argsort(-agreeing, kind="stable")[:MAX_OF_CLASS]
    rows = order[agreeing[order] > NEIGHBORS / 2]
    if len(rows) < NUM_EXEMPLARS:
        raise ExportError(
            f"only {len(rows)} of {NUM_SAMPLES} samples look like {name}, {NUM_EXEMPLARS} are "
            "needed: train longer, or choose another class"
        )
    return rows


def _equations(
    generator: Generator,
    of_class: Sequence[np.ndarray],
    names: Sequence[str],
    rows: int,
    rng: np.random.Generator,
) -> np.ndarray:
    from keras_gans.visualization import image_grid

    exemplars = [
        [rng.choice(found, NUM_EXEMPLARS, replace=False) for found in of_class] for _ in range(rows)
    ]
    terms = [
        [*(found.mean(axis=0) for found in row), latents.arithmetic(*row)]
        for row in [of_class, *exemplars]
    ]
    first, second, third = names
    titles = [first, f"- {second}", f"+ {third}", "="]
    columns = {}
    for title, column in zip(titles, zip(*terms, strict=True), strict=True):
        images = generator.predict({"latents": np.stack(column)})
        scale = math.ceil(LETTER_WIDTH * max(map(len, titles)) / images.shape[2])
        columns[title] = images.repeat(scale, axis=1).repeat(scale, axis=2)
    return image_grid(columns)
