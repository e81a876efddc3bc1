"""The DCGAN of TensorFlow's tutorial, to compare with: `python -m benchmarks.tutorial_dcgan`.

[tensorflow.org/tutorials/generative/dcgan](https://www.tensorflow.org/tutorials/generative/dcgan):
5x5 kernels, batches of 256, Adam at 1e-4, dropout, nothing averaged.
"""

import keras
from keras import layers

from keras_gans.models import DCGAN
from train.common.entry import Entry


@keras.saving.register_keras_serializable("keras_gans_benchmarks")
class TutorialDCGAN(DCGAN):
    """DCGAN as the tutorial has it, for images of 28x28."""

    r1 = 0.0

    @classmethod
    def make_generator(cls, family, image_shape, latent_dim, filters, classes):
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
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return the tutorial's discriminator."""
        x = images = keras.Input(image_shape, name="images")
        for width in (64, 128):
            x = layers.Conv2D(width, 5, 2, "same")(x)
            x = layers.Dropout(0.3)(layers.LeakyReLU()(x))
        logits = layers.Dense(1)(layers.Flatten()(x))
        return keras.Model(images, logits, name="discriminator")

    @classmethod
    def make_optimizer(cls, learning_rate=1e-4, *, total_steps=None, **kwargs):
        """Return Adam with Keras's own settings."""
        return keras.optimizers.Adam(learning_rate, **kwargs)


class TutorialEntry(Entry):
    """The command of a model that the library does not have."""

    @property
    def module(self):
        """This one."""
        return "benchmarks.tutorial_dcgan"

    @property
    def model_class(self):
        """The class above."""
        return TutorialDCGAN


ENTRY = TutorialEntry(
    "tutorial_dcgan",
    "TutorialDCGAN",
    data="mnist",
    batch_size=256,
    epochs=50,
    precision="float32",
)

if __name__ == "__main__":
    ENTRY.main()
