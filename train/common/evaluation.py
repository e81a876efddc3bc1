"""From a run's data to its `Evaluator`."""

import contextlib
import io
from collections.abc import Collection, Sequence
from dataclasses import replace

from keras_gans import data
from keras_gans.errors import UserError
from keras_gans.evaluation.domain_classifier import DomainClassifier, load_domain_classifier
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.features import (
    FeatureExtractor,
    FeaturesError,
    load_extractor,
    suggest_extractor,
)
from keras_gans.evaluation.metric_specs import METRICS


def make_evaluator(
    config: data.DataConfig,
    train: data.Dataset,
    *,
    features: str | None = None,
    domain_classifier: str | None = None,
    metrics: Sequence[str] | None = None,
    samples: int | None = None,
    split: str = "test",
    seed: int = 0,
    default_metrics: Collection[str] = tuple(METRICS),
) -> Evaluator:
    """Return an evaluator against a split of the data that generators were trained on.

    Args:
        config: the data that `train` was loaded from.
        train: the examples that were trained on.
        features: the extractor's name; None for the one that suits the images.
        domain_classifier: the file of a classifier of the two domains; None for none.
        metrics: names of metrics; None for all default ones that the data allow.
        samples: how many images are generated; None for as many as there are real ones.
        split: of the real images.
        seed: the run's, with which the examples of built-in data were drawn.
        default_metrics: names of the metrics to take if none are given.

    Raises:
        UserError: there are no such features, a metric does not fit, or the data cannot be loaded.
    """
    # Every run is tested on the same examples.
    test = _with_labels(replace(config, split=split, seed=seed if split == "train" else 0))
    try:
        return Evaluator(
            test,
            train,
            _extractor(features, test),
            domain_classifier=_domain_classifier(domain_classifier, test, config.direction),
            metrics=metrics,
            samples=samples,
            conditional=config.task == "labelled",
            default_metrics=default_metrics,
        )
    except ValueError as error:
        raise UserError(str(error)) from error


def _domain_classifier(
    file: str | None, test: data.Dataset, direction: str
) -> DomainClassifier | None:
    if file is None:
        return None
    if test.task != "unpaired":
        raise UserError("--domain-classifier is for a model of two domains: leave it out")
    try:
        return load_domain_classifier(file, test.image_shape[-1], direction)
    except FeaturesError as error:
        raise UserError(f"--domain-classifier: {error}") from error


def _with_labels(config: data.DataConfig) -> data.Dataset:
    """Load a split, with its labels if it has any: they tell which classes there are."""
    labeled = replace(config, task="labelled")
    if config.task != "images":
        return data.load_config(config)
    if data.is_local(config.name):
        return _folder_with_labels(config, labeled)
    try:
        return data.load_config(labeled)
    except data.DataError:  # no labels
        return data.load_config(config)


def _folder_with_labels(config: data.DataConfig, labeled: data.DataConfig) -> data.Dataset:
    plain = data.load_config(config)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # it names what is left out without labels
            found = data.load_config(labeled)
    except data.DataError:
        return plain
    # Images in no sub-folder have no label, and the model was trained on these too.
    return found if (found.split, len(found)) == (plain.split, len(plain)) else plain


def _extractor(name: str | None, test: data.Dataset) -> FeatureExtractor | None:
    if len(test.image_shape) == 1:
        return None
    channels = test.image_shape[-1]
    if name is not None:
        try:
            return load_extractor(name, channels)
        except FeaturesError as error:
            raise UserError(f"--features: {error}") from error
    try:
        return load_extractor(suggest_extractor(test.image_shape, test.class_names), channels)
    except FeaturesError as error:
        print(f"{error}\nUntil then the features are random", flush=True)
        return load_extractor("random", channels)
