"""Pictures that show how a generator's latents lie to one another, for `export.images`."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from export.common.files import ExportError
from export.common.runs import Generator, Inputs, Run, class_number, share
from keras_gans import latents
from keras_gans.pixels import to_pixels

Picture = tuple[str, np.ndarray]  # a name, and uint8 (h, w, c)

DRAWN = 1000  # latents, among which those of a class are looked for
REAL = 5000  # real pictures that tell which class a generated one is of
NEIGHBOURS = 5
MOST = 100  # latents of a class
EXEMPLARS = 3  # of a class in a row, as in the paper
LETTER = 7  # pixels that a title's letters are wide, about


def label_suffix(inputs: Inputs, index: int) -> str:
    """Return what a picture's name says of its label."""
    return f"-label{inputs['labels'][index]}" if "labels" in inputs else ""


def strips(generator: Generator, inputs: Inputs, length: int, seed: int) -> Iterator[Picture]:
    """Show the way from each latent to the next one, `length` pictures side by side.

    Labels and codes stay what they are at the beginning of a strip.
    """
    for index, (start, end) in enumerate(pairwise(inputs["latents"])):
        still = share(inputs, np.full(length, index))
        way = still | {"latents": latents.interpolate(start, end, length)}
        strip = np.concatenate(list(generator.images(way)), axis=1)
        label = label_suffix(inputs, index)
        yield f"seed{seed}-{index:05d}-to-{index + 1:05d}{label}", to_pixels(strip)


def arithmetic(
    run: Run, generator: Generator, classes: Sequence[str], rows: int, seed: int
) -> Picture:
    """Show class A, less class B, plus class C: `keras_gans.latents.arithmetic`.

    Which latents make a class is found by looking at their pictures next to real ones. The first
    row has the means of all of them, each further row means of a few exemplars.

    Args:
        run: one whose generator is not told labels.
        generator: its generator.
        classes: names or numbers of A, B and C in the run's data set.
        rows: how many rows of exemplars.
        seed: of the latents and of the choice of exemplars.

    Raises:
        ExportError: the generator is told labels, or hardly makes one of the classes.
        DataError: the run's data set has no labels.
    """
    if run.model.classes is not None:
        raise ExportError(
            f"{run.folder} is told labels, its latents hold none to add or subtract: give --labels"
        )
    dataset = run.labelled_data()
    labels = [class_number(text, dataset.class_names) for text in classes]
    names = [dataset.class_names[label] for label in labels]
    drawn = run.model.sampling_inputs(DRAWN, seed)["latents"]
    images = np.stack(list(generator.images({"latents": drawn})))
    votes = nearest_classes(images, *dataset.examples(min(REAL, len(dataset))))
    likes = [drawn[_alike(votes, label, name)] for label, name in zip(labels, names, strict=True)]
    counts = ", ".join(f"{len(like)} like {name}" for like, name in zip(likes, names, strict=True))
    print(f"of {DRAWN} samples, by their nearest real pictures: {counts}")
    picture = _equations(generator, likes, names, rows, np.random.default_rng(seed))
    return f"seed{seed}-" + "{}-minus-{}-plus-{}".format(*names), picture


def nearest_classes(images: np.ndarray, real: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the labels (n, NEIGHBOURS) of the real pictures nearest to each of n images.

    Both are (n, h, w, c), and the distance is Euclidean, pixel by pixel.
    """
    images, real = (pictures.reshape(len(pictures), -1) for pictures in (images, real))
    # |image - real|^2, but for what is the same for all real ones.
    squares = np.einsum("ij,ij->i", real, real) - 2.0 * images @ real.T
    return labels[np.argpartition(squares, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]


def _alike(votes: np.ndarray, label: int, name: str) -> np.ndarray:
    """Return the indices of those that most neighbours say are of a class, the surest first."""
    agreeing = np.sum(votes == label, axis=1)
    order = np.argsort(-agreeing, kind="stable")[:MOST]
    alike = order[agreeing[order] > NEIGHBOURS / 2]
    if len(alike) < EXEMPLARS:
        raise ExportError(
            f"only {len(alike)} of {DRAWN} samples look like {name}: {EXEMPLARS} are needed; "
            "train on, or choose another class"
        )
    return alike


def _equations(
    generator: Generator,
    likes: Sequence[np.ndarray],
    names: Sequence[str],
    rows: int,
    rng: np.random.Generator,
) -> np.ndarray:
    from keras_gans.callbacks.sample_grid import picture_grid

    chosen = [likes, *([rng.choice(like, EXEMPLARS, False) for like in likes] for _ in range(rows))]
    terms = [[*(like.mean(axis=0) for like in row), latents.arithmetic(*row)] for row in chosen]
    first, second, third = names
    titles = [first, f"- {second}", f"+ {third}", "="]
    columns = {}
    for title, column in zip(titles, zip(*terms, strict=True), strict=True):
        images = np.stack(list(generator.images({"latents": np.stack(column)})))
        scale = math.ceil(LETTER * max(map(len, titles)) / images.shape[2])
        columns[title] = images.repeat(scale, axis=1).repeat(scale, axis=2)
    return picture_grid(columns)
