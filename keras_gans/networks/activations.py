"""What a discriminator's layers make of images."""

import keras
from keras import layers


def of_discriminator(discriminator: keras.Model) -> keras.Model:
    """Return a network from a discriminator's input to the list of its activations.

    These are the outputs of each LeakyReLU; of a discriminator without any, its logits.
    """
    found = [x.output for x in discriminator.layers if isinstance(x, layers.LeakyReLU)]
    return keras.Model(discriminator.inputs[0], found or [discriminator.outputs[0]])
