"""Losses of fixed logits, compared with numbers calculated by hand."""

import keras
import numpy as np
import pytest

from keras_gans import losses

REAL = [2.0, 0.0]
FAKE = [1.0, -1.0]
# softplus(-2) = 0.126928, softplus(0) = 0.693147, softplus(1) = 1.313262, softplus(-1) = 0.313262
CASES = [
    # -log D(x): (0.126928 + 0.693147) / 2; -log(1 - D(G(z))): (1.313262 + 0.313262) / 2
    (losses.NonSaturating(), 0.410038 + 0.813262, 0.813262),
    # the generator gets the mean of log(1 - D(G(z)))
    (losses.Minimax(), 0.410038 + 0.813262, -0.813262),
    # ((2-1)^2 + (0-1)^2) / 2 / 2 + (1 + 1) / 2 / 2; ((1-1)^2 + (-1-1)^2) / 2 / 2
    (losses.LeastSquares(), 0.5 + 0.5, 1.0),
    # a = -1, b = 1, c = 0: (1 + 1)/4 + ((1+1)^2 + 0)/4; (1 + 1)/4
    (losses.LeastSquares(-1.0, 1.0, 0.0), 0.5 + 1.0, 0.5),
    # f(G(z)) - f(x): 0 - 1; the generator gets -f(G(z))
    (losses.Wasserstein(), -1.0, 0.0),
    # max(0, 1 - 2) = 0, max(0, 1 - 0) = 1; max(0, 1 + 1) = 2, max(0, 1 - 1) = 0
    (losses.Hinge(), 0.5 + 1.0, 0.0),
    # nine tenths of 0.410038, one tenth of softplus(2) = 2.126928 and softplus(0); fakes as before
    (
        losses.NonSaturating().smoothed(0.1),
        0.9 * 0.410038 + 0.1 * (2.126928 + 0.693147) / 2 + 0.813262,
        0.813262,
    ),
    # ((2 - 0.9)^2 + 0.9^2) / 4 and, for any logit, 0.1 * 0.9 / 2 more; then as before
    (losses.LeastSquares().smoothed(0.1), (1.21 + 0.81) / 4 + 0.045 + 0.5, 1.0),
]


def logits(values, patches):
    column = np.array(values, "float32")[:, None]
    if not patches:
        return column
    return np.broadcast_to(column[:, None, None], (2, 3, 5, 1))


@pytest.mark.parametrize("patches", [False, True])
@pytest.mark.parametrize("loss, discriminator, generator", CASES)
def test_by_hand(loss, discriminator, generator, patches):
    real, fake = logits(REAL, patches), logits(FAKE, patches)
    assert float(loss.discriminator(real, fake)) == pytest.approx(discriminator, abs=1e-5)
    assert float(loss.generator(fake)) == pytest.approx(generator, abs=1e-5)


def test_the_best_logit_for_a_smoothed_label_is_that_probability():
    loss = losses.NonSaturating().smoothed(0.1)
    values = [float(loss.real(np.array([[logit]], "float32"))) for logit in (1.9, 2.197225, 2.5)]
    assert min(values) == values[1]  # sigmoid(2.197225) = 0.9


def test_labels_that_cannot_be_smoothed_are_errors():
    with pytest.raises(ValueError, match="no labels: label_smoothing must be 0"):
        losses.Wasserstein().smoothed(0.1)
    with pytest.raises(ValueError, match="amount must be from 0 to under 1, not 1.5"):
        losses.Hinge().smoothed(1.5)


def test_at_the_optimum_the_value_is_minus_log_4():
    logits = np.zeros((4, 1), "float32")  # D = 1/2 everywhere
    loss = losses.Minimax()
    assert -float(loss.discriminator(logits, logits)) == pytest.approx(-np.log(4.0), abs=1e-6)


def test_extreme_logits_stay_finite():
    far = np.array([[1e4], [-1e4]], "float32")
    for loss, *_ in CASES[:2]:
        assert np.isfinite(loss.discriminator(far, far)) and np.isfinite(loss.generator(far))


def test_non_saturating_has_a_gradient_where_minimax_has_none():
    import tensorflow as tf

    logits = tf.constant([[-20.0]])  # the discriminator is certain that it is a fake
    gradients = []
    for loss in (losses.NonSaturating(), losses.Minimax()):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss.generator(logits)
        gradients.append(float(tape.gradient(value, logits)[0, 0]))
    assert gradients == pytest.approx([-1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("loss", [case[0] for case in CASES])
def test_saved_and_loaded(loss):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(copy) is type(loss) and copy.get_config() == loss.get_config()
