"""Warnings of models that are made to fail in each way, and none of healthy ones."""

import io
import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import callbacks, data, diagnostics, losses
from keras_gans.callbacks import training_monitor
from keras_gans.models import CGAN, DCGAN, GAN, R3GAN, WGANGP

FROZEN, USUAL, FAST = 0.0, 2e-4, 1e-2  # learning rates


@pytest.fixture(scope="module")
def shapes():
    return data.load("shapes", "images", image_size=8)


@pytest.fixture(scope="module")
def ring():
    return data.load("ring", "images")


def make(model_class, dataset, generator=USUAL, discriminator=USUAL, *, filters=8, **arguments):
    keras.utils.set_random_seed(1)
    arguments = {"latent_dim": 16, "filters": filters, "r1": 0.0, "seed": 3} | arguments
    model = model_class.create(dataset.image_shape, **arguments)
    optimizers = map(model.make_optimizer, (generator, discriminator))
    model.compile(*optimizers, jit_compile=False)
    return model


def warnings_of(model, dataset, steps=160, *, every=20, batch_size=32, writer=None):
    """Train with a monitor; return the lines that it writes."""
    stream = io.StringIO()
    monitor = callbacks.TrainingMonitor(dataset.examples(64), writer, every, "Ask.", stream)
    batches = dataset.batches(batch_size * model.discriminator_steps, seed=1)
    model.fit(batches, steps_per_epoch=steps, callbacks=[monitor], shuffle=False, verbose=0)
    return stream.getvalue().splitlines()


# Models that fail --------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [losses.NonSaturating(), losses.LeastSquares()])
def test_a_discriminator_that_is_too_strong(loss, shapes, tmp_path, events):
    model = make(GAN, shapes, generator=FROZEN, discriminator=FAST)
    model.adversarial_loss = loss
    writer = tf.summary.create_file_writer(str(tmp_path))
    lines = warnings_of(model, shapes, 500, writer=writer)
    assert len(lines) == 2
    pattern = r"warning: step \d+: discriminator/adversarial is .* the discriminator is too strong"
    assert re.match(pattern, lines[0])
    assert "instance_noise" in lines[1] and "R3GAN" in lines[1] and lines[1].endswith(" Ask.")
    (text,) = events(tmp_path)["training_monitor"].values()
    assert text.item().decode() in "\n".join(lines)


def test_mode_collapse(ring):
    # A discriminator that does not change has one best point, which the generator finds.
    lines = warnings_of(make(GAN, ring, generator=FAST, discriminator=FROZEN), ring)
    assert len(lines) == 2 and "the diversity of the generator's samples is" in lines[0]
    assert "mode collapse" in lines[0] and "discriminator_steps" in lines[1]


class ImagePerLabel(CGAN):
    """A model whose generator nearly ignores its latents."""

    @classmethod
    def make_generator(cls, architecture, image_shape, latent_dim, filters, classes):
        size = math.prod(image_shape)
        latents, labels = keras.Input((latent_dim,)), keras.Input((), dtype="int32")
        normal = keras.initializers.RandomNormal
        images = keras.layers.Embedding(classes, size, normal(0.0, 1.0))(labels)
        noise = keras.layers.Dense(size, kernel_initializer=normal(0.0, 1e-3))(latents)
        images = keras.layers.Reshape(image_shape)(images + noise)
        return keras.Model([latents, labels], images)


def test_mode_collapse_within_each_class():
    labeled = data.load("shapes", "labelled", image_size=8)
    model = make(ImagePerLabel, labeled, generator=FROZEN, classes=len(labeled.class_names))
    images, labels = labeled.examples(64)
    samples = model.generator(model.example_inputs((images, labels))["generator"], training=False)
    real = diagnostics.diversity(images)
    assert diagnostics.diversity(np.asarray(samples)) > diagnostics.COLLAPSED * real
    warning, remedy = warnings_of(model, labeled)
    assert "mode collapse" in warning and "R3GAN" not in remedy  # it takes no labels


def test_a_loss_that_grows_without_bound(shapes):
    # A critic without clipping and without a penalty.
    model = make(GAN, shapes, discriminator=FAST)
    model.adversarial_loss = losses.Wasserstein()
    lines = [line for line in warnings_of(model, shapes, 400) if "it diverges" in line]
    assert any("discriminator/adversarial is -" in line for line in lines)


def test_nan_stops_training_and_is_written_to_tensorboard(shapes, tmp_path, events):
    model = make(GAN, shapes)
    model.generator_variables[0].assign(np.nan * model.generator_variables[0])
    stop = callbacks.StopOnDivergence(tf.summary.create_file_writer(str(tmp_path)))
    with pytest.raises(callbacks.DivergedError, match="became nan at step 1. .*a lower learning_"):
        model.fit(shapes.batches(8, seed=1), steps_per_epoch=1, callbacks=[stop], shuffle=False)
    assert "became nan" in events(tmp_path)["training_monitor"][1].item().decode()


# Healthy models ----------------------------------------------------------------------------------


def test_there_is_no_warning_of_r3gan(ring):
    model = make(R3GAN, ring, filters=16)
    assert warnings_of(model, ring, 2000, every=200, batch_size=64) == []


def test_there_is_no_warning_of_dcgan(shapes):
    assert warnings_of(make(DCGAN, shapes), shapes, 1600, every=200) == []


def test_there_is_no_warning_of_a_critic_with_a_penalty(shapes):
    assert warnings_of(make(WGANGP, shapes, discriminator_steps=2), shapes, 600, every=60) == []


# When and what is reported -----------------------------------------------------------------------


@pytest.fixture
def report(variants, monkeypatch, capsys):
    """Give a monitor windows of one step each, late in training; return what it prints."""
    monkeypatch.setattr(diagnostics, "mode_collapse", lambda *args: [])
    model = variants["gan"].create()
    model.steps.assign(10**6)

    def run(name, values, loss=model.adversarial_loss, stream=None):
        model.adversarial_loss = loss
        monitor = callbacks.TrainingMonitor(variants["gan"].batch(), every=1, stream=stream)
        monitor.set_model(model)
        monitor.on_train_begin()
        for value in values:
            monitor.on_train_batch_end(0, {name: value})
        return capsys.readouterr().out

    return run


def test_a_finding_is_reported_once_and_again_only_after_a_while(report):
    name, low, fine = "discriminator/adversarial", 1e-3, 0.5
    assert report(name, [low, fine, low]) == ""
    assert report(name, [*[low] * 4, fine, fine, *[low] * 5]).count("warning") == 1
    assert report(name, [*[low] * 4, *[fine] * 5, *[low] * 5]).count("warning") == 2


def test_the_loss_is_compared_with_the_models_baseline(report):
    name = "discriminator/adversarial"
    smoothed = losses.LabelSmoothing(losses.NonSaturating(), 0.1)
    assert "(0.33 at best, 1.38 when guessing)" in report(name, [0.33] * 2, smoothed)
    assert report(name, [0.4] * 2, smoothed) == ""
    assert "(0.00 at best, 2.00 when guessing)" in report(name, [0.02] * 2, losses.Hinge())
    found = report(name + "_b", [0.001] * 2, losses.LeastSquares())
    assert "adversarial_b is 0.001 (0.00 at best, 0.25 when guessing)" in found
    assert report(name, [0.005] * 2, losses.LeastSquares()) == ""
    assert report(name, [-30.0] * 2, losses.Wasserstein()) == ""
    assert report("discriminator/gradient_penalty", [0.0] * 2) == ""


def test_divergence_is_reported(report):
    found = report("generator/adversarial", 2.0 ** np.arange(12))
    assert "generator/adversarial is 2.05e+03" in found and "it diverges" in found
    assert report("generator/adversarial", np.linspace(5000.0, 9000.0, 9)) == ""


def test_on_a_terminal_a_warning_replaces_the_progress_bar(report, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    report("discriminator/adversarial", [0.0, 0.0], stream=terminal)
    assert terminal.getvalue().startswith("\r\033[Kwarning: ")
    assert terminal.getvalue().endswith("\n")


def test_a_monitor_does_not_change_the_model(variant, monkeypatch):
    monkeypatch.setattr(training_monitor, "WARM_UP", 0)
    model = variant.create()
    before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    monitor = callbacks.TrainingMonitor(variant.batch(), every=1)
    monitor.set_model(model)
    monitor.on_train_begin()
    monitor.on_train_batch_end(0, {"discriminator/adversarial": 1.0})
    for x, y in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(x, y)
