"""Games that are made to fail in each of the ways that are watched for, and healthy ones."""

import io
import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans import callbacks, data, losses
from keras_gans.callbacks import balance
from keras_gans.callbacks.balance import diversity
from keras_gans.models import CGAN, DCGAN, GAN, R3GAN, WGANGP
from train.common.flags import parser

FROZEN, USUAL, FAST = 0.0, 2e-4, 1e-2  # learning rates


@pytest.fixture(scope="module")
def shapes():
    return data.load("shapes", "images", image_size=8)


@pytest.fixture(scope="module")
def ring():
    return data.load("ring", "images")


def make(variant, dataset, generator=USUAL, discriminator=USUAL, *, filters=8, **settings):
    keras.utils.set_random_seed(1)
    settings = {"latent_dim": 16, "filters": filters, "r1": 0.0, "seed": 3} | settings
    model = variant.create(dataset.image_shape, **settings)
    optimizers = map(model.make_optimizer, (generator, discriminator))
    model.compile(*optimizers, jit_compile=False)
    return model


def play(model, dataset, steps=160, *, every=20, batch_size=32, writer=None):
    """Train under watch; return what was said, a line each."""
    stream = io.StringIO()
    watch = callbacks.WatchBalance(dataset.examples(64), writer, every, stream)
    batches = dataset.batches(batch_size * model.discriminator_steps, seed=1)
    model.fit(batches, steps_per_epoch=steps, callbacks=[watch], shuffle=False, verbose=0)
    return stream.getvalue().splitlines()


# Games that fail ---------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [losses.NonSaturating(), losses.LeastSquares()])
def test_a_discriminator_that_wins_outright(loss, shapes, tmp_path, events):
    model = make(GAN, shapes, generator=FROZEN, discriminator=FAST)
    model.adversarial_loss = loss
    said = play(model, shapes, 300, writer=tf.summary.create_file_writer(str(tmp_path)))
    assert len(said) == 2
    assert re.match(r"warning: step \d+: discriminator/adversarial is .* wins outright", said[0])
    assert "--restart" in said[1] and "--instance-noise" in said[1] and "train.r3gan" in said[1]
    (text,) = events(tmp_path)["balance"].values()
    assert text.item().decode() in "\n".join(said)


def test_samples_that_have_become_alike(ring):
    # A discriminator that does not move has one best point, and the generator finds it.
    said = play(make(GAN, ring, generator=FAST, discriminator=FROZEN), ring)
    assert len(said) == 2 and "samples of the generator differ by" in said[0]
    assert "mode collapse" in said[0] and "--discriminator-steps" in said[1]


class PictureALabel(CGAN):
    """A game whose generator all but ignores its latents."""

    @classmethod
    def make_generator(cls, family, image_shape, latent_dim, filters, classes):
        size = math.prod(image_shape)
        latents, labels = keras.Input((latent_dim,)), keras.Input((), dtype="int32")
        pictures = keras.layers.Embedding(classes, size, keras.initializers.RandomNormal(0.0, 1.0))(
            labels
        )
        noise = keras.layers.Dense(
            size, kernel_initializer=keras.initializers.RandomNormal(0.0, 1e-3)
        )
        images = keras.layers.Reshape(image_shape)(pictures + noise(latents))
        return keras.Model([latents, labels], images)


def test_samples_that_are_alike_within_each_label():
    labelled = data.load("shapes", "labelled", image_size=8)
    model = make(PictureALabel, labelled, generator=FROZEN, classes=len(labelled.class_names))
    images, labels = labelled.examples(64)
    samples = model.generator(model.example_inputs((images, labels))["generator"], training=False)
    assert diversity(np.asarray(samples)) > balance.ALIKE * diversity(images)
    said, remedy = play(model, labelled)
    assert "mode collapse" in said and "train." not in remedy  # those take no labels


def test_a_term_that_grows_without_bound(shapes):
    # A critic that nothing holds: no clipping, no penalty.
    model = make(GAN, shapes, discriminator=FAST)
    model.adversarial_loss = losses.Wasserstein()
    said = [line for line in play(model, shapes, 400) if "grows without bound" in line]
    assert any("discriminator/adversarial is -" in line for line in said)


def test_nan_stops_the_game_and_is_left_in_tensorboard(shapes, tmp_path, events):
    model = make(GAN, shapes)
    model.generator_variables[0].assign(np.nan * model.generator_variables[0])
    stop = callbacks.StopOnDivergence(tf.summary.create_file_writer(str(tmp_path)))
    with pytest.raises(callbacks.DivergedError, match="became nan at step 1. .*a lower --learn"):
        model.fit(shapes.batches(8, seed=1), steps_per_epoch=1, callbacks=[stop], shuffle=False)
    assert "became nan" in events(tmp_path)["balance"][1].item().decode()


# Games that do not -------------------------------------------------------------------------------


def test_silent_on_r3gan(ring):
    assert play(make(R3GAN, ring, filters=16), ring, 2000, every=200, batch_size=64) == []


def test_silent_on_dcgan(shapes):
    assert play(make(DCGAN, shapes), shapes, 1600, every=200) == []


def test_silent_on_a_critic_that_is_held(shapes):
    assert play(make(WGANGP, shapes, discriminator_steps=2), shapes, 600, every=60) == []


# What is said when -------------------------------------------------------------------------------


@pytest.fixture
def tell(variants, monkeypatch, capsys):
    """Show windows of one step each, as they would come late in a game; return what is said."""
    monkeypatch.setattr(callbacks.WatchBalance, "_alike", lambda self: {})
    model = variants["gan"].create()
    model.steps.assign(10**6)

    def show(name, values, loss=model.adversarial_loss, stream=None):
        model.adversarial_loss = loss
        watch = callbacks.WatchBalance(variants["gan"].batch(), every=1, stream=stream)
        watch.set_model(model)
        watch.on_train_begin()
        for value in values:
            watch.on_train_batch_end(0, {name: value})
        return capsys.readouterr().out

    return show


def test_once_and_again_only_after_a_while(tell):
    term, low, fine = "discriminator/adversarial", 1e-3, 0.5
    assert tell(term, [low, fine, low]) == ""
    assert tell(term, [*[low] * 4, fine, fine, *[low] * 5]).count("warning") == 1
    assert tell(term, [*[low] * 4, *[fine] * 5, *[low] * 5]).count("warning") == 2


def test_a_loss_is_won_near_its_least_value(tell):
    term = "discriminator/adversarial"
    smoothed = losses.LabelSmoothing(losses.NonSaturating(), 0.1)  # at least 0.325
    assert "(0.33 at best, 1.39 when guessing)" in tell(term, [0.33] * 2, smoothed)
    assert tell(term, [0.4] * 2, smoothed) == ""
    assert "(0.00 at best, 2.00 when guessing)" in tell(term, [0.02] * 2, losses.Hinge())
    assert "adversarial_b is 0.001" in tell(term + "_b", [0.001] * 2, losses.LeastSquares())
    assert tell(term, [-30.0] * 2, losses.Wasserstein()) == ""
    assert tell("discriminator/gradient_penalty", [0.0] * 2) == ""


@pytest.mark.parametrize(
    "values, grows",
    [
        (2.0 ** np.arange(12), True),
        (-(2.0 ** np.arange(12)), True),
        (40.0 * np.arange(1, 12) ** 2, True),
        (500.0 * np.arange(1, 40), False),  # a drift, as of a critic's zero point
        (np.r_[1.0, 1.0, 5000.0, 1.0, 1.0, 9000.0, 1.0], False),
        (np.linspace(5000.0, 9000.0, 9), False),
        (3.0 ** np.arange(6), False),
    ],
)
def test_what_grows_without_bound(values, grows, tell):
    assert ("grows without bound" in tell("generator/adversarial", values)) == grows


def test_on_a_terminal_it_does_not_go_on_in_the_line_of_progress(tell, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    tell("discriminator/adversarial", [0.0, 0.0], stream=terminal)
    assert terminal.getvalue().startswith("\r\033[Kwarning: ")
    assert terminal.getvalue().endswith("\n")


def test_pale_samples_are_not_alike(shapes):
    images = shapes.examples(64)
    assert diversity(0.1 * images - 0.9) == pytest.approx(diversity(images), rel=0.3)
    assert diversity(0.1 * images[:1] + 1e-3 * images) < 0.1 * diversity(images)
    assert diversity(np.full_like(images, -1.0)) == 0.0


def test_a_single_example_has_nothing_to_be_compared_with(shapes):
    assert diversity(shapes.examples(1)) == 0.0


def test_remedies_are_flags_of_the_variant(variant):
    watch = callbacks.WatchBalance(variant.batch())
    watch.set_model(variant.create())
    usage = parser(variant.model, prog="train", defaults={}).format_help()
    for kind in balance.AGAINST:
        flags = set(re.findall(r"--[a-z][\w-]+", watch._remedy(kind)))
        assert flags <= set(re.findall(r"--[a-z][\w-]+", usage))
        assert "--learning-rate" in flags and ("--r1" in flags) == (variant.domains == 1)


def test_the_game_is_left_as_it_is(variant, monkeypatch):
    monkeypatch.setattr(balance, "WARM_UP", 0)
    model = variant.create()
    before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    watch = callbacks.WatchBalance(variant.batch(), every=1)
    watch.set_model(model)
    watch.on_train_begin()
    watch.on_train_batch_end(0, {"discriminator/adversarial": 1.0})
    for x, y in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(x, y)
