"""Signs that training goes wrong, and what is suggested."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest

from keras_gans import data, diagnostics, losses
from keras_gans.diagnostics import Baseline

LOG2 = np.log(2.0)
NO_MINIMUM = -40.0  # for logits from -20 to 20
# The least loss when guessing, with the best logit for that; and the least loss of all.
BASELINES = {
    # -log D - log(1 - D) for D = 1/2
    "gan": (2 * LOG2, 0.0, 0.0),
    "gan-points": (2 * LOG2, 0.0, 0.0),
    "dcgan": (2 * LOG2, 0.0, 0.0),
    # Labels 0.9 and 0: the best D is 0.45 when guessing, -0.9 log D - 1.1 log(1 - D). For known
    # real images it is 0.9, and the loss -0.9 log 0.9 - 0.1 log 0.1.
    "dcgan-options": (1.3763, -0.2007, 0.3251),
    # ((D - 1)^2 + D^2) / 2 for D = 1/2
    "lsgan": (0.25, 0.5, 0.0),
    # The critic's scores cancel out when guessing.
    "wgan": (0.0, 0.0, NO_MINIMUM),
    "wgan_gp": (0.0, 0.0, NO_MINIMUM),
    "cgan": (2 * LOG2, 0.0, 0.0),
    "acgan": (2 * LOG2, 0.0, 0.0),
    "infogan": (2 * LOG2, 0.0, 0.0),
    # max(0, 1 - x) + max(0, 1 + x)
    "sngan": (2.0, 0.0, 0.0),
    "sngan-normalization": (2.0, 0.0, 0.0),
    # -log sigmoid(real - fake) of a difference of 0
    "r3gan": (LOG2, 0.0, 0.0),
    # max(0, 1 - x) + max(0, 1 + x)
    "fastgan": (2.0, 0.0, 0.0),
    "cyclegan": (0.25, 0.5, 0.0),
    "cut": (0.25, 0.5, 0.0),
    "cut-fast": (0.25, 0.5, 0.0),
    # half of -log D - log(1 - D)
    "pix2pix": (LOG2, 0.0, 0.0),
    "distill": (0.25, 0.5, 0.0),
    "distill-pix2pix": (LOG2, 0.0, 0.0),
}


def test_there_is_a_baseline_of_every_variant(variants):
    assert BASELINES.keys() == variants.keys()


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_by_hand(name, variants):
    guessing, _, least = BASELINES[name]
    model = variants[name].create()
    baseline = Baseline.of(model.adversarial_discriminator_loss)
    assert baseline.guessing == pytest.approx(guessing, abs=1e-4)
    assert baseline.least == pytest.approx(least, abs=1e-4)


def with_constant_logit(network, logit):
    """Return a discriminator with the same logit for all images."""
    bias = keras.initializers.Constant(logit)
    head = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=bias)
    if isinstance(network.output, list):  # there are other outputs
        logits, *others = network.output
        return keras.Model(network.input, [head(logits), *others])
    return keras.Model(network.input, head(network.output))


@pytest.mark.parametrize("name", BASELINES)
def test_the_loss_of_a_discriminator_that_guesses_is_the_baseline(name, variants):
    guessing, logit, _ = BASELINES[name]
    model = variants[name].create()
    for attribute in ("discriminator", "discriminator_a", "discriminator_b"):
        if hasattr(model, attribute):
            network = with_constant_logit(getattr(model, attribute), logit)
            setattr(model, attribute, network)
    batch = keras.tree.map_structure(keras.ops.convert_to_tensor, variants[name].batch(4))
    found = model.discriminator_loss(batch, model.generate(batch))
    adversarial = [value for name, value in found.items() if name.startswith("adversarial")]
    np.testing.assert_allclose(adversarial, guessing, atol=1e-4)


@pytest.mark.parametrize(
    "loss, guessing, least",
    [
        (losses.Minimax(), 2 * LOG2, 0.0),
        # targets -1 and 1: the best guess is 0
        (losses.LeastSquares(-1.0, 1.0, 0.0), 1.0, 0.0),
        # (0.9 (x - 1)^2 + 0.1 x^2 + x^2) / 2 at x = 0.45; and 0.1 * 0.9 / 2 for labels of 0.9
        (losses.LeastSquares().smoothed(0.1), 0.2475, 0.045),
    ],
)
def test_baselines_of_other_losses_by_hand(loss, guessing, least):
    baseline = Baseline.of(loss.discriminator)
    assert baseline.guessing == pytest.approx(guessing, abs=1e-4)
    assert baseline.least == pytest.approx(least, abs=1e-4)


def too_strong(values, guessing, least=0.0):
    return [found.name for found in diagnostics.too_strong(values, Baseline(guessing, least))]


def test_a_discriminator_is_too_strong_near_the_least_loss():
    name = "discriminator/adversarial"
    assert too_strong({name: 0.0149}, 1.0) == [name]
    assert too_strong({name: 0.0151}, 1.0) == []
    assert too_strong({name: 0.339}, 1.3763, 0.3251) == [name]
    assert too_strong({name: 0.35}, 1.3763, 0.3251) == []
    both = {"discriminator/adversarial_a": 0.2, "discriminator/adversarial_b": 0.001}
    assert too_strong(both, 0.25) == ["discriminator/adversarial_b"]
    assert too_strong({"discriminator/gradient_penalty": 0.0}, 1.0) == []
    assert too_strong({name: -40.0}, 0.0, NO_MINIMUM) == []  # of a Wasserstein critic


@pytest.mark.parametrize(
    "values, diverges",
    [
        (2.0 ** np.arange(12), True),
        (-(2.0 ** np.arange(12)), True),
        (40.0 * np.arange(1, 12) ** 2, True),
        (500.0 * np.arange(1, 40), False),  # a linear drift, as of a critic's scores
        (np.r_[1.0, 1.0, 5000.0, 1.0, 1.0, 9000.0, 1.0], False),
        (np.linspace(5000.0, 9000.0, 9), False),
        (3.0 ** np.arange(6), False),
    ],
)
def test_divergence(values, diverges):
    windows = [{"generator/adversarial": float(value)} for value in values]
    found = [diagnostics.divergence(windows[: end + 1]) for end in range(len(windows))]
    # A single window does not count: `TrainingMonitor` waits for the next one.
    assert any(now and after for now, after in itertools.pairwise(found)) == diverges
    assert {finding.kind for findings in found for finding in findings} <= {"divergence"}


@pytest.fixture(scope="module")
def shapes():
    return data.load("shapes", "images", image_size=8)


def test_collapsed_samples_have_little_diversity(shapes):
    images = shapes.examples(64)
    real = diagnostics.diversity(images)
    assert diagnostics.mode_collapse("generator", images, None, real) == []
    copies = np.repeat(images[:2], 32, axis=0)
    (found,) = diagnostics.mode_collapse("generator", copies, None, real)
    assert found.kind == "mode collapse" and found.name == "generator"
    assert "the diversity of the generator's samples is 0% of the data's" in found.message


def test_faint_samples_do_not_count_as_similar(shapes):
    images = shapes.examples(64)
    diversity = diagnostics.diversity
    assert diversity(0.1 * images - 0.9) == pytest.approx(diversity(images), rel=0.3)
    assert diversity(0.1 * images[:1] + 1e-3 * images) < 0.1 * diversity(images)
    assert diversity(np.full_like(images, -1.0)) == 0.0


def test_diversity_of_labeled_samples_is_within_classes():
    # Distances within a class are 1, between classes 100.
    points = np.array([[0.0, 0.0], [1.0, 0.0], [100.0, 0.0], [101.0, 0.0]], "float32")
    labels = np.array([0, 0, 1, 1])
    assert diagnostics.diversity(points, labels) == pytest.approx(1.0, abs=1e-2)
    assert diagnostics.diversity(points, np.arange(4)) == diagnostics.diversity(points)


def test_the_diversity_of_a_single_sample_is_0(shapes):
    assert diagnostics.diversity(shapes.examples(1)) == 0.0


def test_remedies_are_hyperparameters_of_the_model(variant):
    model = variant.create()
    fields = {field.name for field in dataclasses.fields(model.config_class)}
    for kind, remedies in diagnostics.REMEDIES.items():
        text = diagnostics.remedies(kind, model)
        assert diagnostics.LOWER_RATE in text
        for name, remedy in remedies.items():
            assert (remedy in text) == (name in fields)
    assert ("an r1 penalty" in diagnostics.remedies("divergence", model)) == (variant.domains == 1)
    others = "R3GAN" in text or "WGANGP" in text
    assert others == (model.task == "images")  # those take no labels and no pairs


def test_fewer_discriminator_steps_are_suggested_if_there_are_several(variants):
    kind = "discriminator too strong"
    several = diagnostics.remedies(kind, variants["wgan"].create())
    assert several.startswith("Try fewer discriminator_steps")
    assert "discriminator_steps" not in diagnostics.remedies(kind, variants["dcgan"].create())
