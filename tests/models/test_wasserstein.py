"""WGAN and WGAN-GP."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gans.models import WGAN, WGANGP
from keras_gans.penalties import GradientPenalty


def test_wgan_has_the_extra_critic_steps_of_the_authors_code():
    model = WGAN.create((2,))
    assert model.discriminator_steps == 5
    extra = {step: model.extra_discriminator_steps(step) for step in (0, 24, 25, 499, 500, 501)}
    assert extra == {0: 95, 24: 95, 25: 0, 499: 0, 500: 95, 501: 0}
    optimizer = WGAN.make_optimizer()
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(optimizer.learning_rate) == pytest.approx(5e-5)


def test_wgans_weights_are_clipped_after_each_update(variants):
    variant = variants["wgan"]
    model = variant.create(optimizer=lambda side: keras.optimizers.SGD(1.0))
    limits = []
    for _ in range(3):
        model.discriminator_step(ops.convert_to_tensor(variant.batch(4)))
        limits.append(max(float(ops.max(ops.abs(w))) for w in model.discriminator_variables))
    assert limits == pytest.approx([0.01] * 3)
    largest = max(float(ops.max(ops.abs(w))) for w in model.generator_variables)
    assert largest > 0.02


def test_wgan_has_the_configured_clip():
    model = WGAN.create((2,), clip=0.02, filters=2)
    assert model.clip == 0.02
    assert max(float(ops.max(ops.abs(w))) for w in model.discriminator_variables) <= 0.02
    with pytest.raises(ValueError, match="clip must be a number over 0"):
        WGAN.create((2,), clip=0.0)


def test_wgans_critic_estimates_the_distance_of_shifted_distributions_times_its_clip(
    shift, linear, normal
):
    """The best linear critic in [-c, c] has gradient c, so that it estimates c * distance."""
    model = WGAN(shift(-1.5), linear(0.0), clip=0.1, discriminator_steps=1, seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.RMSprop(0.01))
    model.fit(normal(512), steps_per_epoch=50, shuffle=False, verbose=0)
    logs = model.evaluate(normal(8192).take(1), verbose=0, return_dict=True)
    assert logs["discriminator/wasserstein_estimate"] == pytest.approx(0.1 * 1.5, rel=0.05)
    assert logs["discriminator/adversarial"] == -logs["discriminator/wasserstein_estimate"]


def test_wgan_gps_critic_estimates_the_distance_of_shifted_gaussians(shift, normal):
    """The distance of two Gaussians that differ in their mean only is that of their means.

    A gradient s gains s * distance and costs weight * (s - 1)^2. The best one is
    1 + distance / (2 * weight).
    """
    distance = 2.0
    # Weights for which the gradient is positive: the penalty has a local minimum at -1 as well.
    keras.utils.set_random_seed(2)
    points = keras.Input((1,))
    x = keras.layers.Dense(64, activation="softplus")(points)
    critic = keras.Model(points, keras.layers.Dense(1)(x))
    penalty = GradientPenalty(100.0)
    model = WGANGP(shift(-distance), critic, penalties=[penalty], seed=0)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.01, 0.0, 0.9))
    model.fit(normal(256), steps_per_epoch=500, shuffle=False, verbose=0)
    logs = model.evaluate(normal(8192).take(1), verbose=0, return_dict=True)
    assert logs["discriminator/wasserstein_estimate"] == pytest.approx(distance, rel=0.05)


def test_wgan_gp_has_the_papers_settings_but_for_its_critic_steps():
    model = WGANGP.create((8, 8, 1))
    assert model.discriminator_steps == 1 and WGANGP.create((2,)).discriminator_steps == 5
    (penalty,) = model.penalties
    assert penalty.weight == 10.0
    optimizer = WGANGP.make_optimizer()
    assert (optimizer.beta_1, optimizer.beta_2) == (0.0, 0.9)
    assert float(optimizer.learning_rate) == pytest.approx(1e-4)


@pytest.mark.parametrize("model_class", [WGAN, WGANGP])
@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet"])
def test_a_critics_score_depends_on_a_single_image(model_class, network):
    critic = model_class.create((8, 8, 1), network=network, filters=4, seed=0).discriminator
    images = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    together = critic(images, training=True)
    alone = ops.concatenate([critic(image[None], training=True) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-6)
