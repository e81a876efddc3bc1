"""How good a game's generators are: what they make beside real pictures, measured."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gans.adversarial import AdversarialModel
from keras_gans.data import Dataset
from keras_gans.measures import MEASURES, PER_CLASS, Measure
from keras_gans.metrics.features import Extractor

BATCH = 200  # pictures made and looked at at once
TRANSLATED = 8  # pictures translated at once: a translator of large pictures takes much memory
FEW_CLASSES = 100  # with more, what remembers each class by itself is taken by its name alone
POINTS = 2500  # samples of points by default, as many as the papers draw
SEED = 2014  # of the samples: every evaluation draws the same latents
CONDITIONS = ("features", "samples", "split")  # figures with the same ones may be compared


class Evaluation:
    """Measures that a model's generators are held against, as often as wanted.

    Real pictures are looked at once. What is remembered of either side is of fixed size.

    Args:
        test: the real examples that are compared with.
        train: the examples that were trained on, for "authenticity".
        extractor: whose features are compared; None for points.
        measures: names of `MEASURES`; None for all of `usual` that the data allow.
        samples: how many are made; None for as many as there are real ones, and 2,500 points.
            Translators translate every test picture once.
        labelled: whether the generator is told the labels.
        usual: the measures that are taken where none are named.

    Raises:
        ValueError: a measure is unknown, or the data do not allow it.
    """

    def __init__(
        self,
        test: Dataset,
        train: Dataset,
        extractor: Extractor | None,
        *,
        measures: Sequence[str] | None = None,
        samples: int | None = None,
        labelled: bool = False,
        usual: Collection[str] = tuple(MEASURES),
    ):
        self.test, self.train, self.extractor = test, train, extractor
        self.samples = samples or (len(test) if extractor else POINTS)
        self.labelled = labelled
        self.measures = self._allowed(measures, usual)
        self._real: dict[int, list[Any]] = {}

    def __call__(self, model: AdversarialModel) -> dict[str, float]:
        """Return what the measures say of the model's averaged weights.

        Returns:
            Values by name: "fid"; with two generators "a_to_b/fid". The model is not changed.
        """
        found: dict[str, float] = {}
        with model.averaged():
            for name, (source, target) in model.imitations.items():
                if source is None:
                    made = self._drawn(model)
                else:
                    made = self._translated(model, name, source, target)
                prefix = f"{name}/" if len(model.imitations) > 1 else ""
                scores = self._score(made, target)
                found |= {prefix + key: value for key, value in scores.items()}
        return found

    def conditions(self, model: AdversarialModel) -> dict[str, Any]:
        """Return what the figures depend on beside the model, for those who read them later."""
        made = {
            name: self.samples if source is None else len(self.test.domains[source])
            for name, (source, _) in model.imitations.items()
        }
        named = {"samples": made, "split": self.test.split}
        if self.extractor is None:
            return named
        return {"features": self.extractor.described(self.test.image_shape), **named}

    def monitor(self, name: str | None = None) -> str:
        """Return the value by which models are ranked: the first one where no name is given.

        Raises:
            ValueError: no measure gives such a value, or more of it is neither better nor worse.
        """
        better = [n for m in self.measures.values() for n, way in m.better.items() if way]
        if name is not None and name not in better:
            raise ValueError(f"{name} cannot be monitored: give one of {', '.join(better)}")
        return name or better[0]

    @property
    def dim(self) -> int:
        """Length of a feature vector."""
        assert self.extractor is not None  # else no measure that asks for this is allowed
        return self.extractor.dim

    def _allowed(self, names: Sequence[str] | None, usual: Collection[str]) -> dict[str, Measure]:
        there = self._there()
        allowed = {name: m for name, m in MEASURES.items() if there.issuperset(m.looks_at)}
        for name in names or ():
            if name not in allowed:
                known = "unknown" if name not in MEASURES else "not for these data and features"
                raise ValueError(f"{name} is {known}: give any of {', '.join(allowed)}")
        if len(self.test.class_names or ()) > FEW_CLASSES:
            usual = set(usual) - PER_CLASS
        return {name: m for name, m in allowed.items() if name in (names or usual)}

    def _there(self) -> set[str]:
        """Return what there is to look at."""
        if self.extractor is None:
            return {"points"}
        there = {"features", "maps"}
        there |= {"labels"} if self.labelled else set()
        there |= {"errors"} if len(self.test.domains) > 1 else set()
        names = self.test.class_names
        if names and self.extractor.tells_apart(names):
            there.add("predicted")
        return there

    def _score(self, made: Iterator[dict[str, Any]], target: int) -> dict[str, float]:
        metrics_of = self._with_real(target)
        for parts in made:
            for name, metric in metrics_of.items():
                self._feed(name, metric, parts, real=False)
        found: dict[str, float] = {}
        for metric in metrics_of.values():
            result = metric.result()
            named = result if isinstance(result, dict) else {metric.name: result}
            found |= {key: float(value) for key, value in named.items()}
        return found

    def _with_real(self, target: int) -> dict[str, keras.metrics.Metric]:
        """Return metrics that have seen the real pictures of a domain, and nothing else."""
        metrics_of = {name: measure.make(self) for name, measure in self.measures.items()}
        if target not in self._real:
            for split, dataset in (("test", self.test), ("train", self.train)):
                fed = {n: m for n, m in metrics_of.items() if self.measures[n].real == split}
                for parts in self._parts_of(dataset, target) if fed else ():
                    for name, metric in fed.items():
                        self._feed(name, metric, parts, real=True)
            self._real[target] = [_state(metric) for metric in metrics_of.values()]
        for metric, state in zip(metrics_of.values(), self._real[target], strict=True):
            for variable, value in zip(metric.variables, state, strict=True):
                variable.assign(value)
        return metrics_of

    def _feed(self, name: str, metric: Any, parts: dict[str, Any], *, real: bool) -> None:
        measure = self.measures[name]
        seen = [parts[part] for part in measure.looks_at]
        if measure.real is None:
            metric.update_state(*seen)
            return
        nothing = tree.map_structure(lambda values: values[:0], seen)
        metric.update_state(*(seen + nothing if real else nothing + seen))

    def _parts_of(self, dataset: Dataset, target: int) -> Iterator[dict[str, Any]]:
        """Look at all real examples of a domain."""
        for which in _shuffled(dataset, target, BATCH):
            labels = None if dataset.labels is None else dataset.labels[which]
            yield self._look(dataset.whole(target, which), labels=labels)

    def _drawn(self, model: Any) -> Iterator[dict[str, Any]]:
        """Look at samples, of the real examples' labels where the generator is told labels."""
        wanted = self._labels(model.classes)
        for start in range(0, self.samples, BATCH):
            labels = None if wanted is None else wanted[start : start + BATCH]
            count = min(BATCH, self.samples - start)
            inputs = model.sampling_inputs(count, SEED + start, labels)
            yield self._look(_make(model.generator, inputs), labels=labels)

    def _labels(self, categories: int | None) -> np.ndarray | None:
        """Return the labels to ask for, in no order: the real ones, or a game's own evenly."""
        if self.labelled:
            labels = np.asarray(self.test.labels)
            return np.resize(labels[next(_shuffled(self.test, 0, len(labels)))], self.samples)
        if categories is None:
            return None
        even = np.resize(np.arange(categories), self.samples)
        return np.random.default_rng(SEED).permutation(even)

    def _translated(
        self, model: AdversarialModel, name: str, source: int, target: int
    ) -> Iterator[dict[str, Any]]:
        """Look at translations, and how far they are from what they should be.

        That is the target where there are pairs; else, translated back, the picture itself.
        """
        ways = {way: other for other, way in model.imitations.items()}
        backwards = ways.get((target, source))
        for which in _shuffled(self.test, source, TRANSLATED):
            images = self.test.whole(source, which)
            made = model.generators[name].predict_on_batch(images)
            if backwards is None:
                wanted, got = self.test.whole(target, which), made
            else:
                wanted, got = images, model.generators[backwards].predict_on_batch(made)
            errors = np.abs(got - wanted).mean(axis=(1, 2, 3))
            yield self._look(made, errors=errors)

    def _look(self, images: np.ndarray, **known: Any) -> dict[str, Any]:
        if self.extractor is None:
            return {"points": images, **known}
        maps = "diversity" in self.measures
        return vars(self.extractor.see(images, maps=maps)) | known


def comparable(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the evaluations, of those in a file, that may be compared with the last one."""
    last = lines[-1]
    return [line for line in lines if all(line.get(n) == last.get(n) for n in CONDITIONS)]


def _shuffled(dataset: Dataset, domain: int, batch_size: int) -> Iterator[np.ndarray]:
    """Give the indices of all examples once, in an order that mixes classes, always the same."""
    order = np.random.default_rng(SEED).permutation(len(dataset.domains[domain]))
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _make(network: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    return network.predict_on_batch(tree.map_structure(lambda x: inputs[x.name], network.input))


def _state(metric: keras.metrics.Metric) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in metric.variables]
