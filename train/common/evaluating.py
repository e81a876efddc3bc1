"""From a run's data to its `Evaluation`."""

import contextlib
import io
from collections.abc import Collection, Sequence
from typing import Any

from keras_gans import data
from keras_gans.evaluation import Evaluation
from keras_gans.measures import MEASURES
from keras_gans.metrics.features import Extractor, FeaturesError, open_extractor, suggested
from train.common.errors import UsageError


def evaluation(
    request: dict[str, Any],
    train: data.Dataset,
    *,
    features: str | None = None,
    metrics: Sequence[str] | None = None,
    samples: int | None = None,
    split: str = "test",
    seed: int = 0,
    usual: Collection[str] = tuple(MEASURES),
) -> Evaluation:
    """Return what measures generators against a split of the data that they were trained on.

    Args:
        request: the call of `data.load` that loaded `train`.
        train: the examples that were trained on.
        features: the extractor's name; None for the one that suits the pictures.
        metrics: which measures; None for all of the usual that the data allow.
        samples: how many are measured; None for as many as there are real ones.
        split: of the real pictures.
        seed: of the run, by which the examples of drawn sets were drawn that it was trained on.
        usual: the measures where none are named.

    Raises:
        UsageError: there are no such features, or a measure does not fit.
        DataError: the data cannot be loaded.
    """
    # Each run is tested on the same examples.
    test = _with_labels(request | {"seed": seed if split == "train" else 0}, split)
    try:
        return Evaluation(
            test,
            train,
            _extractor(features, test),
            measures=metrics,
            samples=samples,
            labelled=request["form"] == "labelled",
            usual=usual,
        )
    except (ValueError, FeaturesError) as error:
        raise UsageError(str(error)) from error


def _with_labels(request: dict[str, Any], split: str) -> data.Dataset:
    """Load a split, with the labels where it has them: they tell which classes there are."""
    if request["form"] != "images":
        return data.load(**request, split=split)
    if data.is_folder(request["name"]):
        return _folder_with_labels(request, split)
    try:
        return data.load(**{**request, "form": "labelled"}, split=split)
    except data.DataError:  # no labels
        return data.load(**request, split=split)


def _folder_with_labels(request: dict[str, Any], split: str) -> data.Dataset:
    plain = data.load(**request, split=split)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # what has no label is not left out below
            labelled = data.load(**{**request, "form": "labelled"}, split=split)
    except data.DataError:
        return plain
    # Pictures that are in no sub-folder have no label, and the game was trained on these too.
    same = (labelled.split, len(labelled)) == (plain.split, len(plain))
    return labelled if same else plain


def _extractor(name: str | None, test: data.Dataset) -> Extractor | None:
    if len(test.image_shape) == 1:
        return None
    channels = test.image_shape[-1]
    if name is not None:
        return open_extractor(name, channels)
    try:
        return open_extractor(suggested(test.image_shape, test.class_names), channels)
    except FeaturesError as error:
        print(f"{error}\nUntil then these are random features", flush=True)
        return open_extractor("random", channels)
