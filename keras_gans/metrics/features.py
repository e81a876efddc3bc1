"""Networks that turn pictures into features, whose statistics are compared."""

import keras
from keras import layers

WIDTHS = (32, 64, 64)


def random_patches(channels: int) -> keras.Model:
    """Return a convolutional network with random weights, always the same.

    It needs no download and no data of its own, and notices any change of patches of 15x15 pixels.
    Random networks order generators much as trained ones do
    ([Naeem et al., 2020, section 4.2](https://arxiv.org/abs/2002.09797)); the figures cannot be
    compared with those of other features.

    Args:
        channels: of the pictures.

    Returns:
        A model of images (n, h, w, c) in [-1, 1] to features (n, h / 8, w / 8, 64).
    """
    x = images = keras.Input((None, None, channels))
    for seed, width in enumerate(WIDTHS):
        kernel = keras.initializers.HeNormal(seed=seed)
        x = layers.Conv2D(width, 3, 2, "same", use_bias=False, kernel_initializer=kernel)(x)
        x = layers.ReLU()(x)
    return keras.Model(images, x, name="random_patches")
