"""How the weights of networks begin."""

import keras


def normal() -> keras.initializers.Initializer:
    """Return a new initializer of DCGAN's, pix2pix's and CycleGAN's convolutions: N(0, 0.02)."""
    return keras.initializers.RandomNormal(0.0, 0.02)
