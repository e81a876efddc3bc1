"""A plain Keras implementation, as in tutorials, with the networks of keras_gans.

It follows Keras's own examples of a
[DCGAN](https://keras.io/examples/generative/dcgan_overriding_train_step/) and a
[CycleGAN](https://keras.io/examples/generative/cyclegan/), including what they leave out of the
papers: DCGAN's discriminator gets real and fake images in one batch; CycleGAN has no image pool,
and each generator minimizes only the cycle loss that ends with it, for a shorter backward pass.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from benchmarks.timing import layers_of, timed_fit


class PlainKeras:
    """The plain Keras implementation of a case.

    Args:
        case: a `benchmarks.cases.Case`.
    """

    def __init__(self, case):
        keras.utils.set_random_seed(0)
        if case.name == "cyclegan":
            self.model, self.stream = CycleGAN(case), _unpaired(case)
        else:
            self.model, self.stream = DCGAN(case), _images(case)
        self.layers = {name: layers_of(net) for name, net in self.model.networks.items()}

    def train(self, steps: int) -> list[float]:
        """Train for one step more than `steps`; return the seconds of all but the first."""
        return timed_fit(self.model, self.stream, steps)


# Data: noise, of as many images as the built-in data sets have ------------------------------------


def _noise(count: int, shape: tuple[int, ...]) -> tf.data.Dataset:
    images = np.random.default_rng(0).integers(256, size=(count, *shape), dtype=np.uint8)
    # As in the examples, but repeated: a turn may be longer than an epoch.
    return tf.data.Dataset.from_tensor_slices(images).cache().shuffle(1024).repeat()


def _images(case) -> tf.data.Dataset:
    stream = _noise(8192, case.image_shape).map(_scaled, tf.data.AUTOTUNE)
    return stream.batch(case.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def _unpaired(case) -> tf.data.Dataset:
    side, _, channels = case.image_shape
    larger = side * 286 // 256

    def jittered(image):
        image = tf.image.random_flip_left_right(image)
        image = tf.image.resize(image, (larger, larger))
        return _scaled(tf.image.random_crop(image, (side, side, channels)))

    domain = _noise(512, case.image_shape).map(jittered, tf.data.AUTOTUNE)
    domain = domain.batch(case.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    return tf.data.Dataset.zip((domain, domain))


def _scaled(image):
    return tf.cast(image, tf.float32) / 127.5 - 1.0


# DCGAN --------------------------------------------------------------------------------------------


class DCGAN(keras.Model):
    """One update of each network, with different fakes."""

    def __init__(self, case):
        super().__init__()
        self.generator, self.discriminator = _dcgan_generator(case), _dcgan_discriminator(case)
        self.networks = {"generator": self.generator, "discriminator": self.discriminator}
        self.latent_dim = case.latent_dim
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.compile()
        self.g_optimizer, self.d_optimizer = _adam(), _adam()

    def train_step(self, images):
        """Train the discriminator, then the generator."""
        count = tf.shape(images)[0]
        fakes = self.generator(tf.random.normal((count, self.latent_dim)), training=True)
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
        with tf.GradientTape() as tape:
            logits = self.discriminator(tf.concat([images, fakes], axis=0), training=True)
            d_loss = self.loss_fn(labels, logits)
        _apply(self.d_optimizer, tape, d_loss, self.discriminator)

        latents = tf.random.normal((count, self.latent_dim))
        with tf.GradientTape() as tape:
            logits = self.discriminator(self.generator(latents, training=True), training=True)
            g_loss = self.loss_fn(tf.ones((count, 1)), logits)
        _apply(self.g_optimizer, tape, g_loss, self.generator)
        return {"d_loss": d_loss, "g_loss": g_loss}


def _dcgan_generator(case) -> keras.Model:
    side, _, channels = case.image_shape
    num_upsamples = _num_downsamples(side)
    start, width = side >> num_upsamples, case.filters << (num_upsamples - 1)
    latents = keras.Input((case.latent_dim,))
    x = layers.Dense(start * start * width, use_bias=False, kernel_initializer=_normal())(latents)
    x = layers.Reshape((start, start, width))(x)
    x = layers.ReLU()(_batch_norm()(x))
    for step in reversed(range(num_upsamples - 1)):
        x = _up(case.filters << step, 4, use_bias=False)(x)
        x = layers.ReLU()(_batch_norm()(x))
    return keras.Model(latents, layers.Activation("tanh")(_up(channels, 4)(x)))


def _dcgan_discriminator(case) -> keras.Model:
    images = keras.Input(case.image_shape)
    x = layers.LeakyReLU(0.2)(_down(case.filters, 4)(images))
    for step in range(1, _num_downsamples(case.image_shape[0])):
        x = _down(case.filters << step, 4, use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(_batch_norm()(x))
    logits = layers.Dense(1, kernel_initializer=_normal())(layers.Flatten()(x))
    return keras.Model(images, logits)


def _num_downsamples(side: int) -> int:
    """Return how often a side can be halved, down to 4 or 7."""
    return 0 if side < 8 else 1 + _num_downsamples(side // 2)


# CycleGAN -----------------------------------------------------------------------------------------


class CycleGAN(keras.Model):
    """All losses on one persistent tape, with an optimizer per network."""

    def __init__(self, case):
        super().__init__()
        self.a_to_b, self.b_to_a = _generator(case), _generator(case)
        self.discriminator_a, self.discriminator_b = (
            _patch_discriminator(case),
            _patch_discriminator(case),
        )
        self.networks = {
            "a_to_b": self.a_to_b,
            "b_to_a": self.b_to_a,
            "a": self.discriminator_a,
            "b": self.discriminator_b,
        }
        self.square = keras.losses.MeanSquaredError()
        self.distance = keras.losses.MeanAbsoluteError()
        self.compile()
        self.optimizers = {name: _adam() for name in self.networks}

    def train_step(self, batch):
        """Train all four networks."""
        a, b = batch
        with tf.GradientTape(persistent=True) as tape:
            fake_b = self.a_to_b(a, training=True)
            fake_a = self.b_to_a(b, training=True)
            reconstructed_a = self.b_to_a(fake_b, training=True)
            reconstructed_b = self.a_to_b(fake_a, training=True)
            identity_a = self.b_to_a(a, training=True)
            identity_b = self.a_to_b(b, training=True)
            real_logits_a = self.discriminator_a(a, training=True)
            fake_logits_a = self.discriminator_a(fake_a, training=True)
            real_logits_b = self.discriminator_b(b, training=True)
            fake_logits_b = self.discriminator_b(fake_b, training=True)
            losses = {
                "a_to_b": self._generator_loss(fake_logits_b, b, reconstructed_b, identity_b),
                "b_to_a": self._generator_loss(fake_logits_a, a, reconstructed_a, identity_a),
                "a": self._discriminator_loss(real_logits_a, fake_logits_a),
                "b": self._discriminator_loss(real_logits_b, fake_logits_b),
            }
        gradients = {
            name: tape.gradient(losses[name], network.trainable_variables)
            for name, network in self.networks.items()
        }
        for name, network in self.networks.items():
            self.optimizers[name].apply(gradients[name], network.trainable_variables)
        return losses

    def _generator_loss(self, fake_logits, real, reconstructed, identity):
        adversarial = self.square(tf.ones_like(fake_logits), fake_logits)
        cycle, identity = self.distance(real, reconstructed), self.distance(real, identity)
        return adversarial + 10.0 * cycle + 5.0 * identity

    def _discriminator_loss(self, real_logits, fake_logits):
        real = self.square(tf.ones_like(real_logits), real_logits)
        return 0.5 * (real + self.square(tf.zeros_like(fake_logits), fake_logits))


def _generator(case) -> keras.Model:
    images = keras.Input(case.image_shape)
    x = _reflected(images, 3)
    x = layers.Conv2D(case.filters, 7, use_bias=False, kernel_initializer=_normal())(x)
    x = layers.ReLU()(_instance_norm()(x))
    for scale in (2, 4):
        x = _down(case.filters * scale, 3, use_bias=False)(x)
        x = layers.ReLU()(_instance_norm()(x))
    for _ in range(case.blocks):
        x = layers.add([x, _residual(x)])
    for scale in (2, 1):
        x = _up(case.filters * scale, 3, use_bias=False)(x)
        x = layers.ReLU()(_instance_norm()(x))
    x = _reflected(x, 3)
    x = layers.Conv2D(case.image_shape[-1], 7, kernel_initializer=_normal())(x)
    return keras.Model(images, layers.Activation("tanh")(x))


def _residual(x):
    settings = {"use_bias": False, "kernel_initializer": _normal()}
    x = layers.Conv2D(x.shape[-1], 3, **settings)(_reflected(x, 1))
    x = layers.ReLU()(_instance_norm()(x))
    x = layers.Conv2D(x.shape[-1], 3, **settings)(_reflected(x, 1))
    return _instance_norm()(x)


def _patch_discriminator(case) -> keras.Model:
    images = keras.Input(case.image_shape)
    x = layers.LeakyReLU(0.2)(_down(case.filters, 4)(images))
    for scale in (2, 4):
        x = _down(case.filters * scale, 4, use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(_instance_norm()(x))
    x = layers.ZeroPadding2D(1)(x)
    x = layers.Conv2D(case.filters * 8, 4, use_bias=False, kernel_initializer=_normal())(x)
    x = layers.LeakyReLU(0.2)(_instance_norm()(x))
    x = layers.ZeroPadding2D(1)(x)
    return keras.Model(images, layers.Conv2D(1, 4, kernel_initializer=_normal())(x))


class ReflectionPadding2D(layers.Layer):
    """Pad height and width by reflection."""

    def __init__(self, padding):
        super().__init__()
        self.padding = padding

    def call(self, images):
        """Return the padded images."""
        pad = [self.padding, self.padding]
        return tf.pad(images, [[0, 0], pad, pad, [0, 0]], mode="REFLECT")

    def compute_output_shape(self, shape):
        """Return the padded shape."""
        grow = 2 * self.padding
        return (shape[0], shape[1] + grow, shape[2] + grow, shape[3])


def _reflected(x, padding: int):
    return ReflectionPadding2D(padding)(x)


# Shared ------------------------------------------------------------------------------------------


def _apply(optimizer, tape, loss, network) -> None:
    gradients = tape.gradient(loss, network.trainable_variables)
    optimizer.apply(gradients, network.trainable_variables)


def _adam() -> keras.Optimizer:
    return keras.optimizers.Adam(2e-4, beta_1=0.5)


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


def _batch_norm() -> layers.Layer:
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)


def _instance_norm() -> layers.Layer:
    return layers.GroupNormalization(groups=-1, epsilon=1e-5)


def _down(filters: int, kernel: int, **kwargs) -> layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2D(filters, kernel, **kwargs)


def _up(filters: int, kernel: int, **kwargs) -> layers.Layer:
    kwargs |= {"strides": 2, "padding": "same", "kernel_initializer": _normal()}
    return layers.Conv2DTranspose(filters, kernel, **kwargs)
