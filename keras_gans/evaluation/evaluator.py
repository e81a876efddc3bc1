"""How good a model's generators are: metrics of generated images, compared with real ones."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from keras_gans.data import Dataset
from keras_gans.errors import UserError
from keras_gans.evaluation.domain_classifier import DomainClassifier
from keras_gans.evaluation.features import FeatureExtractor, predict
from keras_gans.evaluation.metric_specs import METRICS, PER_CLASS, MetricSpec
from keras_gans.training.adversarial_model import AdversarialModel

BATCH = 200  # images generated at once
TRANSLATED = 8  # images translated at once: large ones take much memory
FEW_CLASSES = 100  # with more, metrics with a state per class have to be named
POINTS = 2500  # samples of 2-D points by default, as many as in the papers
SEED = 2014  # of the samples: every evaluation draws the same latents
# Equal in evaluations that can be compared.
CONDITIONS = ("features", "extractor", "samples", "split", "examples", "domain_classifier")
DIGITS = 8  # of fingerprints in evaluations


class Evaluator:
    """Metrics of a model's generators, as often as wanted.

    The features of real images are computed once. The state is of fixed size.

    Args:
        test: the real examples to compare with.
        train: the examples that were trained on, for "authenticity".
        extractor: whose features are compared; None for 2-D points.
        metrics: names of `METRICS`; None for all default ones that the data allow.
        samples: how many images are generated; None for as many as there are real ones, and 2,500
            2-D points. Image-to-image generators translate every test image once.
        domain_classifier: of the domains of unpaired data, for "target_share".
        conditional: whether the generator is class-conditional on the data's labels.
        default_metrics: names of the metrics to take if none are given.

    Raises:
        ValueError: a metric is unknown, or the data do not allow it.
    """

    def __init__(
        self,
        test: Dataset,
        train: Dataset,
        extractor: FeatureExtractor | None,
        *,
        metrics: Sequence[str] | None = None,
        samples: int | None = None,
        domain_classifier: DomainClassifier | None = None,
        conditional: bool = False,
        default_metrics: Collection[str] = tuple(METRICS),
    ):
        self.test, self.train, self.extractor = test, train, extractor
        self.domain_classifier = domain_classifier
        self.samples = samples or (len(test) if extractor else POINTS)
        self.conditional = conditional
        self.named = tuple(metrics or ())
        self.specs = self._allowed(metrics, default_metrics)
        self.inputs = {name for spec in self.specs.values() for name in spec.inputs}
        self._real: dict[int, list[Any]] = {}

    def __call__(self, model: AdversarialModel) -> dict[str, float]:
        """Return the metrics of the model's averaged weights.

        Returns:
            Values by name: "fid"; with two generators "a_to_b/fid". The model is not changed.
        """
        found: dict[str, float] = {}
        left_out = self._left_out(model)
        with model.averaged():
            for name, (source, target) in model.generator_domains.items():
                if source is None:
                    generated = self._sampled(model)
                else:
                    generated = self._translated(model, name, source, target)
                prefix = f"{name}/" if len(model.generator_domains) > 1 else ""
                values = self._compare(generated, target, left_out)
                found |= {prefix + key: value for key, value in values.items()}
        return found

    def conditions(self, model: AdversarialModel) -> dict[str, Any]:
        """Return what the values depend on beside the model: they compare where these are equal.

        "examples" and "extractor" tell test examples and the features' network by their content.
        """
        samples = {
            name: self.samples if source is None else len(self.test.domains[source])
            for name, (source, _) in model.generator_domains.items()
        }
        found = {
            "samples": samples,
            "split": self.test.split,
            "examples": self.test.fingerprint[:DIGITS],
        }
        if self.domain_classifier is not None:
            found["domain_classifier"] = self.domain_classifier.fingerprint[:DIGITS]
        if self.extractor is None:
            return found
        described = self.extractor.describe(self.test.image_shape)
        return {"features": described, "extractor": self.extractor.fingerprint[:DIGITS], **found}

    def monitor(self, name: str | None = None) -> str:
        """Return the value by which models are ranked; the first one if no name is given.

        Raises:
            ValueError: no metric gives such a value, or it has no better direction.
        """
        better = [n for spec in self.specs.values() for n, way in spec.better.items() if way]
        if name is not None and name not in better:
            raise ValueError(f"{name} cannot be monitored: give one of {', '.join(better)}")
        return name or better[0]

    @property
    def dim(self) -> int:
        """Length of a feature vector."""
        assert self.extractor is not None  # no metric that asks for this is allowed then
        return self.extractor.dim

    def _allowed(
        self, names: Sequence[str] | None, default: Collection[str]
    ) -> dict[str, MetricSpec]:
        inputs = self._inputs()
        allowed = {name: spec for name, spec in METRICS.items() if inputs.issuperset(spec.inputs)}
        for name in names or ():
            if name not in allowed:
                known = "unknown" if name not in METRICS else "not for these data and features"
                raise ValueError(f"{name} is {known}: give any of {', '.join(allowed)}")
        if len(self.test.class_names or ()) > FEW_CLASSES:
            default = set(default) - PER_CLASS
        return {name: spec for name, spec in allowed.items() if name in (names or default)}

    def _inputs(self) -> set[str]:
        """Return what metrics can be updated with."""
        if self.extractor is None:
            return {"points"}
        inputs = {"features", "maps"}
        inputs |= {"labels"} if self.conditional else set()
        if len(self.test.domains) > 1:
            inputs |= {"errors", "source_maps"} if self.extractor.has_maps else {"errors"}
        if self.test.task == "paired":
            inputs |= {"images", "targets", "target_maps"}
        if self.domain_classifier is not None and self.test.task == "unpaired":
            inputs |= {"taken", "sources_taken"}
        names = self.test.class_names
        if names and self.extractor.classifies(names):
            inputs.add("predicted")
        return inputs

    def _left_out(self, model: AdversarialModel) -> set[str]:
        """Return the metrics that need pairs or a way back, if there are none."""
        pairs = set(model.generator_domains.values())
        if self.test.task == "paired" or all((b, a) in pairs for a, b in pairs):
            return set()
        left_out = {name for name, spec in self.specs.items() if "errors" in spec.inputs}
        if named := sorted(left_out.intersection(self.named)):
            why = "the model translates in one direction only, and the data are no pairs"
            raise UserError(f"{', '.join(named)}: {why}: give other metrics")
        return left_out

    def _compare(
        self, generated: Iterator[dict[str, Any]], target: int, left_out: set[str]
    ) -> dict[str, float]:
        all_metrics = self._metrics_with_real(target)
        metrics = {name: m for name, m in all_metrics.items() if name not in left_out}
        for inputs in generated:
            for name, metric in metrics.items():
                self._update(name, metric, inputs, real=False)
        found: dict[str, float] = {}
        for metric in metrics.values():
            result = metric.result()
            values = result if isinstance(result, dict) else {metric.name: result}
            found |= {key: float(value) for key, value in values.items()}
        return found

    def _metrics_with_real(self, target: int) -> dict[str, keras.metrics.Metric]:
        """Return metrics that were updated with the real images of a domain, and nothing else."""
        metrics = {name: spec.make(self) for name, spec in self.specs.items()}
        if target not in self._real:
            for split, dataset in (("test", self.test), ("train", self.train)):
                updated = {n: m for n, m in metrics.items() if self.specs[n].real == split}
                for inputs in self._real_inputs(dataset, target) if updated else ():
                    for name, metric in updated.items():
                        self._update(name, metric, inputs, real=True)
            self._real[target] = [_state(metric) for metric in metrics.values()]
        for metric, state in zip(metrics.values(), self._real[target], strict=True):
            for variable, value in zip(metric.variables, state, strict=True):
                variable.assign(value)
        return metrics

    def _update(self, name: str, metric: Any, inputs: dict[str, Any], *, real: bool) -> None:
        spec = self.specs[name]
        values = [inputs[key] for key in spec.inputs]
        if spec.real is None:
            metric.update_state(*values)
            return
        nothing = tree.map_structure(lambda each: each[:0], values)
        metric.update_state(*(values + nothing if real else nothing + values))

    def _real_inputs(self, dataset: Dataset, target: int) -> Iterator[dict[str, Any]]:
        """Yield the inputs of metrics for all real examples of a domain."""
        for which in _shuffled(dataset, target, BATCH):
            labels = None if dataset.labels is None else dataset.labels[which]
            images = dataset.images_at(target, which)
            taken = {"taken": self._taken(images, target), "sources_taken": np.zeros(0, bool)}
            yield self._extract(images, labels=labels, **taken)

    def _taken(self, images: np.ndarray, domain: int) -> np.ndarray | None:
        """Return which images the classifier takes for a domain, if a metric asks for it."""
        if self.domain_classifier is None or "taken" not in self.inputs:
            return None
        return self.domain_classifier.takes_for(images, domain)

    def _sampled(self, model: Any) -> Iterator[dict[str, Any]]:
        """Yield those of samples, with the real examples' labels if the model is conditional."""
        all_labels = self._labels(model.classes)
        for start in range(0, self.samples, BATCH):
            labels = None if all_labels is None else all_labels[start : start + BATCH]
            count = min(BATCH, self.samples - start)
            inputs = model.sampling_inputs(count, SEED + start, labels)
            yield self._extract(_generate(model.generator, inputs), labels=labels)

    def _labels(self, categories: int | None) -> np.ndarray | None:
        """Return the samples' labels, in random order: as in the data, or all categories evenly."""
        if self.conditional:
            labels = np.asarray(self.test.labels)
            return np.resize(labels[next(_shuffled(self.test, 0, len(labels)))], self.samples)
        if categories is None:
            return None
        even = np.resize(np.arange(categories), self.samples)
        return np.random.default_rng(SEED).permutation(even)

    def _translated(
        self, model: AdversarialModel, name: str, source: int, target: int
    ) -> Iterator[dict[str, Any]]:
        """Yield those of translations, of their sources and of the targets of pairs.

        Reconstruction errors are distances of images from themselves, translated there and back,
        or from the targets of pairs.
        """
        names = {domains: other for other, domains in model.generator_domains.items()}
        backwards = names.get((target, source))
        for which in _shuffled(self.test, source, TRANSLATED):
            images = self.test.images_at(source, which)
            generated = predict(model.generators[name], images)
            known = {
                "images": generated,
                "source_maps": self._maps("source_maps", images),
                "taken": self._taken(generated, target),
                "sources_taken": self._taken(images, target),
            }
            if self.test.task == "paired":
                targets = self.test.images_at(target, which)
                known |= {"targets": targets, "target_maps": self._maps("target_maps", targets)}
                known["errors"] = np.abs(generated - targets).mean(axis=(1, 2, 3))
            if backwards is not None and "errors" in self.inputs:
                back = predict(model.generators[backwards], generated)
                known["errors"] = np.abs(back - images).mean(axis=(1, 2, 3))
            yield self._extract(generated, **known)

    def _maps(self, name: str, images: np.ndarray) -> list[Any] | None:
        """Return the feature maps of images, if a metric asks for them by a name."""
        if self.extractor is None or name not in self.inputs:
            return None
        return self.extractor.extract(images, maps=True).maps

    def _extract(self, images: np.ndarray, /, **known: Any) -> dict[str, Any]:
        if self.extractor is None:
            return {"points": images, **known}
        maps = "maps" in self.inputs
        return vars(self.extractor.extract(images, maps=maps)) | known


def comparable(evaluations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the evaluations that can be compared with the last one."""
    last = evaluations[-1]
    return [each for each in evaluations if all(each.get(n) == last.get(n) for n in CONDITIONS)]


def _shuffled(dataset: Dataset, domain: int, batch_size: int) -> Iterator[np.ndarray]:
    """Yield the indices of all examples once, in an order that mixes classes, always the same."""
    order = np.random.default_rng(SEED).permutation(len(dataset.domains[domain]))
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _generate(network: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    return predict(network, tree.map_structure(lambda x: inputs[x.name], network.input))


def _state(metric: keras.metrics.Metric) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in metric.variables]
