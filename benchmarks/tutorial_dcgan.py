"""The DCGAN of TensorFlow's tutorial, as a baseline: `python -m benchmarks.tutorial_dcgan`.

[tensorflow.org/tutorials/generative/dcgan](https://www.tensorflow.org/tutorials/generative/dcgan):
5x5 kernels, batches of 256, Adam with a learning rate of 1e-4, dropout, no moving average.
"""

import keras
from keras import layers

from keras_gans.configs import LatentConfig
from keras_gans.models import DCGAN
from train.common.command import main
from train.common.options import TrainingOptions
from train.common.recipe import Recipe


@keras.saving.register_keras_serializable("keras_gans_benchmarks")
class TutorialDCGAN(DCGAN):
    """DCGAN with the tutorial's networks and optimizer, for images of 28x28, without R1."""

    config_class = LatentConfig

    @classmethod
    def make_generator(cls, architecture, image_shape, latent_dim, filters, classes):
        """Return the tutorial's generator."""
        latents = keras.Input((latent_dim,), name="latents")
        x = layers.Dense(7 * 7 * 256, use_bias=False)(latents)
        x = layers.LeakyReLU()(layers.BatchNormalization()(x))
        x = layers.Reshape((7, 7, 256))(x)
        for width, stride in ((128, 1), (64, 2)):
            x = layers.Conv2DTranspose(width, 5, stride, "same", use_bias=False)(x)
            x = layers.LeakyReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2DTranspose(image_shape[-1], 5, 2, "same", use_bias=False)(x)
        return keras.Model(latents, layers.Activation("tanh")(x), name="generator")

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return the tutorial's discriminator."""
        x = images = keras.Input(image_shape, name="images")
        for width in (64, 128):
            x = layers.Conv2D(width, 5, 2, "same")(x)
            x = layers.Dropout(0.3)(layers.LeakyReLU()(x))
        logits = layers.Dense(1)(layers.Flatten()(x))
        return keras.Model(images, logits, name="discriminator")

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam with Keras's defaults, but for the learning rate."""
        return keras.optimizers.Adam(learning_rate, **kwargs)


RECIPE = Recipe(
    "benchmarks.tutorial_dcgan:TutorialDCGAN",
    "TutorialDCGAN",
    LatentConfig,
    TrainingOptions(batch_size=256, epochs=50, precision="float32"),
    data="mnist",
    module="benchmarks.tutorial_dcgan",
    summary="DCGAN as in TensorFlow's tutorial.",
)

if __name__ == "__main__":
    main(RECIPE)
