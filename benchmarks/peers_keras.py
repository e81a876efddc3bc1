"""The plain Keras recipe: what tutorials write, on the networks of keras_gans.

It follows Keras's own examples of a
[DCGAN](https://keras.io/examples/generative/dcgan_overriding_train_step/) and a
[CycleGAN](https://keras.io/examples/generative/cyclegan/), also where they do less than the papers:
DCGAN's discriminator sees real and fake images as one batch; CycleGAN keeps no pool, and each
translator answers only for the cycle that ends with it, which saves it a good part of the way back.
"""

import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class StepClock(keras.callbacks.Callback):
    """Note when each step ends. On a CPU the logs are there by then, so that the work is done."""

    def __init__(self):
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        """Note the time."""
        self.ends.append(time.perf_counter())


def timed_fit(model: keras.Model, stream: tf.data.Dataset, steps: int) -> list[float]:
    """Fit one step more than `steps`; return the seconds of all but the first.

    The first waits for the stream to begin. What the end of a `fit` takes is not counted either:
    the autotuner of tf.data can hold it up for seconds.
    """
    clock = StepClock()
    model.fit(stream, steps_per_epoch=steps + 1, shuffle=False, verbose=0, callbacks=[clock])
    return np.diff(clock.ends).tolist()


def layers_of(network: keras.Model) -> list[tuple[int, int]]:
    """Return (trainable weights, outputs an example) of each layer that has weights."""
    return [
        (sum(int(np.prod(w.shape)) for w in weights), int(np.prod(layer.output.shape[1:])))
        for layer in network.layers
        if (weights := layer.trainable_weights)
    ]


class PlainKeras:
    """The recipe, ready to train.

    Args:
        case: a `benchmarks.train_step.Case`.
    """

    def __init__(self, case):
        keras.utils.set_random_seed(0)
        if case.name == "cyclegan":
            self.model, self.stream = CycleGAN(case), _unpaired(case)
        else:
            self.model, self.stream = DCGAN(case), _images(case)
        self.layers = {name: layers_of(net) for name, net in self.model.networks.items()}

    def train(self, steps: int) -> list[float]:
        """Go on for one step more than `steps`; return the seconds of all but the first."""
        return timed_fit(self.model, self.stream, steps)


# Data: as many pictures as the built-in sets have. What they show does not matter -----------------


def _pictures(count: int, shape: tuple[int, ...]) -> tf.data.Dataset:
    pictures = np.random.default_rng(0).integers(256, size=(count, *shape), dtype=np.uint8)
    # The recipe shuffles what is cached. It repeats here, because a turn may outlast the pictures.
    return tf.data.Dataset.from_tensor_slices(pictures).cache().shuffle(1024).repeat()


def _images(case) -> tf.data.Dataset:
    stream = _pictures(8192, case.image_shape).map(_scaled, tf.data.AUTOTUNE)
    return stream.batch(case.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)


def _unpaired(case) -> tf.data.Dataset:
    side, _, channels = case.image_shape
    larger = side * 286 // 256

    def jittered(picture):
        picture = tf.image.random_flip_left_right(picture)
        picture = tf.image.resize(picture, (larger, larger))
        return _scaled(tf.image.random_crop(picture, (side, side, channels)))

    domain = _pictures(512, case.image_shape).map(jittered, tf.data.AUTOTUNE)
    domain = domain.batch(case.batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    return tf.data.Dataset.zip((domain, domain))


def _scaled(picture):
    return tf.cast(picture, tf.float32) / 127.5 - 1.0


# DCGAN --------------------------------------------------------------------------------------------


class DCGAN(keras.Model):
    """A step of each side, each with fakes of its own."""

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
    doublings = _halvings(side)
    start, width = side >> doublings, case.filters << (doublings - 1)
    latents = keras.Input((case.latent_dim,))
    x = layers.Dense(start * start * width, use_bias=False, kernel_initializer=_normal())(latents)
    x = layers.Reshape((start, start, width))(x)
    x = layers.ReLU()(_batch_norm()(x))
    for step in reversed(range(doublings - 1)):
        x = _up(case.filters << step, 4, use_bias=False)(x)
        x = layers.ReLU()(_batch_norm()(x))
    return keras.Model(latents, layers.Activation("tanh")(_up(channels, 4)(x)))


def _dcgan_discriminator(case) -> keras.Model:
    images = keras.Input(case.image_shape)
    x = layers.LeakyReLU(0.2)(_down(case.filters, 4)(images))
    for step in range(1, _halvings(case.image_shape[0])):
        x = _down(case.filters << step, 4, use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(_batch_norm()(x))
    logits = layers.Dense(1, kernel_initializer=_normal())(layers.Flatten()(x))
    return keras.Model(images, logits)


def _halvings(side: int) -> int:
    """How often a side is halved: down to 4 or 7."""
    return 0 if side < 8 else 1 + _halvings(side // 2)


# CycleGAN -----------------------------------------------------------------------------------------


class CycleGAN(keras.Model):
    """Everything on one persistent tape, with an optimizer a network."""

    def __init__(self, case):
        super().__init__()
        self.a_to_b, self.b_to_a = _translator(case), _translator(case)
        self.judge_a, self.judge_b = _patch_discriminator(case), _patch_discriminator(case)
        self.networks = {
            "a_to_b": self.a_to_b,
            "b_to_a": self.b_to_a,
            "a": self.judge_a,
            "b": self.judge_b,
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
            around_a = self.b_to_a(fake_b, training=True)
            around_b = self.a_to_b(fake_a, training=True)
            same_a = self.b_to_a(a, training=True)
            same_b = self.a_to_b(b, training=True)
            real_logits_a = self.judge_a(a, training=True)
            fake_logits_a = self.judge_a(fake_a, training=True)
            real_logits_b = self.judge_b(b, training=True)
            fake_logits_b = self.judge_b(fake_b, training=True)
            losses = {
                "a_to_b": self._translator_loss(fake_logits_b, b, around_b, same_b),
                "b_to_a": self._translator_loss(fake_logits_a, a, around_a, same_a),
                "a": self._judge_loss(real_logits_a, fake_logits_a),
                "b": self._judge_loss(real_logits_b, fake_logits_b),
            }
        gradients = {
            name: tape.gradient(losses[name], network.trainable_variables)
            for name, network in self.networks.items()
        }
        for name, network in self.networks.items():
            self.optimizers[name].apply(gradients[name], network.trainable_variables)
        return losses

    def _translator_loss(self, fake_logits, real, around, same):
        adversarial = self.square(tf.ones_like(fake_logits), fake_logits)
        return adversarial + 10.0 * self.distance(real, around) + 5.0 * self.distance(real, same)

    def _judge_loss(self, real_logits, fake_logits):
        real = self.square(tf.ones_like(real_logits), real_logits)
        return 0.5 * (real + self.square(tf.zeros_like(fake_logits), fake_logits))


def _translator(case) -> keras.Model:
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


# What both have -----------------------------------------------------------------------------------


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
