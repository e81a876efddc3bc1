"""The training step, for a model whose updates can be calculated by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_gans.layers import ImagePool
from keras_gans.step_files import step_path
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.gradients import minimize, record
from keras_gans.training.random import SeedGenerator
from keras_gans.training.saving import restore, save_atomically


class TwoWeights(AdversarialModel):
    """One weight per network: the generator makes g, the discriminator's logit is d * x."""

    def __init__(self, **kwargs):
        super().__init__(
            {"generator": scale("g", 1.0)}, {"discriminator": scale("d", 2.0)}, **kwargs
        )
        self.generator, self.discriminator = (
            self.generators["generator"],
            self.discriminators["discriminator"],
        )
        self.calls = []

    def generate(self, batch):
        self.calls.append("generate")
        return self.generator(ops.ones_like(batch), training=True)

    def discriminator_loss(self, batch, fakes):
        self.calls.append("discriminator")
        real, fake = self.discriminator(batch), self.discriminator(fakes)
        return {"real": -ops.mean(real), "fake": ops.mean(fake)}

    def generator_loss(self, batch, fakes):
        self.calls.append("generator")
        return {"adversarial": -ops.mean(self.discriminator(fakes))}


def scale(name, value):
    layer = keras.layers.Dense(
        1, use_bias=False, kernel_initializer=keras.initializers.Constant(value)
    )
    inputs = keras.Input((1,))
    return keras.Model(inputs, layer(inputs), name=name)


def train_step(batch, rate=0.5, **arguments):
    model = TwoWeights(**arguments)
    model.compile(keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), run_eagerly=True)
    logs = model.train_step(tf.constant(batch, "float32")[:, None])
    weights = (
        float(model.generator_variables[0][0, 0]),
        float(model.discriminator_variables[0][0, 0]),
    )
    return model, {name: float(value) for name, value in logs.items()}, weights


def test_one_step_by_hand():
    # d = 2, g = 1, x = 3. The discriminator's loss is d (g - x) = -4, its gradient g - x = -2, so
    # d = 2 + 0.5 * 2 = 3. Then the generator's loss is -d g = -3, its gradient -3, so g = 2.5.
    model, logs, (g, d) = train_step([3.0])
    assert logs == {"discriminator/real": -6, "discriminator/fake": 2, "generator/adversarial": -3}
    assert (g, d) == (2.5, 3.0)
    assert int(model.steps) == 1


def test_each_discriminator_step_has_real_examples_of_its_own():
    # First x = 3, then x = 7: d = 2 + 0.5 * (3 - 1) + 0.5 * (7 - 1) = 6; g = 1 + 0.5 * 6 = 4.
    model, logs, (g, d) = train_step([3.0, 7.0], discriminator_steps=2)
    assert (g, d) == (4.0, 6.0)
    assert logs["discriminator/real"] == -3 * 7
    assert int(model.steps) == 1


def test_both_updates_share_one_generator_pass():
    model, _, _ = train_step([3.0])
    assert model.calls == ["generate", "discriminator", "generator"]


def test_a_batch_that_is_not_a_multiple_of_the_discriminator_steps_is_an_error():
    with pytest.raises(ValueError, match="a batch of 3 cannot be divided .*discriminator_steps=2"):
        train_step([1.0, 2.0, 3.0], discriminator_steps=2)


def test_discriminator_steps_must_be_positive():
    with pytest.raises(ValueError, match="1 or more"):
        TwoWeights(discriminator_steps=0)


def sgd(variables):
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.build(variables)
    return optimizer


def test_minimize_continues_the_tape_of_an_earlier_forward_pass():
    x = keras.Variable(3.0)
    tape = record([x])
    with tape:
        square = x * x
    assert float(minimize(lambda: {"cube": square * x}, sgd([x]), [x], tape)["cube"]) == 27.0
    assert float(x.value) == 3.0 - 27.0


def test_operations_between_two_uses_of_a_tape_are_not_differentiated():
    x = keras.Variable(3.0)
    tape = record([x])
    constant = x * x
    minimize(lambda: {"product": constant * x}, sgd([x]), [x], tape)
    assert float(x.value) == 3.0 - 9.0  # not 3 - 27


def test_other_variables_are_not_updated():
    x, y = keras.Variable(3.0), keras.Variable(5.0)
    tape = record([x])
    with tape:
        product = x * y
    minimize(lambda: {"product": product}, sgd([x]), [x], tape)
    assert (float(x.value), float(y.value)) == (-2.0, 5.0)


def test_a_schedule_counts_the_updates_of_its_own_optimizer():
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
    model = TwoWeights(discriminator_steps=2)
    model.compile(keras.optimizers.SGD(schedule), keras.optimizers.SGD(schedule), run_eagerly=True)
    model.train_step(tf.ones((2, 1)))
    assert float(model.generator_optimizer.learning_rate) == 0.75
    assert float(model.discriminator_optimizer.learning_rate) == 0.5


def test_the_first_replica_draws_what_one_device_would_and_others_do_not():
    plain = keras.random.normal((4,), seed=keras.random.SeedGenerator(5))
    np.testing.assert_array_equal(plain, keras.random.normal((4,), seed=SeedGenerator(5)))
    strategy = two_devices()
    with strategy.scope():
        generator = SeedGenerator(5)
    first, second = strategy.experimental_local_results(
        strategy.run(lambda: keras.random.normal((4,), seed=generator))
    )
    np.testing.assert_array_equal(first, plain)
    assert np.abs(first - second).min() > 1e-3


def two_devices():
    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


def weights_after(create, batch, strategy, steps=1):
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = create()
        rates = keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05)
        model.compile(*rates)
    data = tf.data.Dataset.from_tensors(batch).repeat(steps)
    history = model.fit(data, steps_per_epoch=steps, shuffle=False, verbose=0).history
    return [keras.ops.convert_to_numpy(v) for v in model.trainable_variables], history


def test_two_devices_train_as_one_would(variants):
    """CycleGAN without a pool draws no noise, so that splitting the batch changes nothing."""
    variant = variants["cyclegan"]
    hyperparameters = variant.hyperparameters | {"pool_size": 0}
    args = (lambda: variant.model.create(variant.image_shape, **hyperparameters), variant.batch(4))
    one, history = weights_after(*args, tf.distribute.get_strategy())
    two, _ = weights_after(*args, two_devices())
    assert all(np.isfinite(value[0]) for value in history.values())
    for x, y in zip(one, two, strict=True):
        np.testing.assert_allclose(x, y, atol=1e-5)


def test_two_devices_share_batch_statistics(variants):
    """With latents that are made from the images, DCGAN on two devices equals DCGAN on one."""
    variant = variants["dcgan"]

    class FromImages(variant.model):
        def generate(self, images):
            return self.generator(
                images[:, 0, :2, :].reshape(-1, 6)
                if isinstance(images, np.ndarray)
                else ops.reshape(images[:, 0, :2, :], (-1, 6)),
                training=True,
            )

    args = (
        lambda: FromImages.create(variant.image_shape, **variant.hyperparameters, seed=1),
        variant.batch(8),
    )
    one, _ = weights_after(*args, tf.distribute.get_strategy())
    two, _ = weights_after(*args, two_devices())
    for x, y in zip(one, two, strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


def test_each_device_has_an_image_pool_of_its_own():
    strategy = two_devices()
    with strategy.scope():
        pool = ImagePool(2, seed=0)
        pool.build((None, 1, 1, 1))

    @tf.function
    def remember():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return pool(tf.fill((1, 1, 1, 1), tf.cast(replica + 1, tf.float32)))

    for _ in range(5):
        images = strategy.experimental_local_results(strategy.run(remember))
        assert [float(image[0, 0, 0, 0]) for image in images] == [1.0, 2.0]


@pytest.mark.parametrize("name", ["cyclegan", "dcgan"])
def test_on_two_devices_it_is_averaged_saved_and_restored(name, variants, tmp_path):
    variant, strategy = variants[name], two_devices()

    def created():
        with strategy.scope():
            model = variant.model.create(variant.image_shape, **variant.hyperparameters, seed=1)
            average = {"use_ema": True, "ema_momentum": 0.5}
            model.compile(model.make_optimizer(**average), model.make_optimizer())
        return model

    def train(model):
        data = tf.data.Dataset.from_tensors(variant.batch(4)).repeat(2)
        model.fit(data, steps_per_epoch=2, shuffle=False, verbose=0)

    def state(model):
        return [np.asarray(each) for v in model.variables for each in v.value.values]

    model = created()
    train(model)
    assert model.step == 2
    weight = model.generator_variables[0]
    before = ops.convert_to_numpy(weight)
    with model.averaged():
        assert np.abs(ops.convert_to_numpy(weight) - before).max() > 0
    np.testing.assert_array_equal(weight, before)
    save_atomically(model, step_path(tmp_path, 2, ".keras"))
    again = created()
    restore(again, tmp_path)

    def assert_equal():
        pools = [v.value.values for v in again.variables if v.path.endswith("/images")]
        assert bool(pools) == (name == "cyclegan")
        assert all(np.any(np.asarray(a) != np.asarray(b)) for a, b in pools)
        for x, y in zip(state(model), state(again), strict=True):
            np.testing.assert_array_equal(x, y)

    assert_equal()  # as it was saved
    train(model)
    train(again)
    assert_equal()


def test_several_discriminator_steps_are_reproducible(variants):
    """With TensorFlow's dependency optimization, about every fourth of these runs differed."""
    variant = variants["wgan"]
    states = []
    for _ in range(6):
        model = variant.create(optimizer=lambda side: keras.optimizers.SGD(0.01), run_eagerly=False)
        variant.fit(model)
        states.append([ops.convert_to_numpy(v) for v in model.variables])
    for state in states[1:]:
        for x, y in zip(states[0], state, strict=True):
            np.testing.assert_array_equal(x, y)
