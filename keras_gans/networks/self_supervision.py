"""A discriminator that is self-supervised: decoders reconstruct real images from its features.

[Liu et al., 2021, section 3.2](https://arxiv.org/abs/2101.04775)
"""

import keras

from keras_gans.networks import fastgan
from keras_gans.networks.heads import logits_head

PART_SIDE = 16  # of the features that a part of the image is decoded from, at most
DECODED_SIDE = 128  # of decoded images, at most


def with_features(backbone: keras.Model) -> keras.Model:
    """Add a head with one logit, and outputs to decode the image from.

    Args:
        backbone: images to features (n, d), by convolutions.

    Returns:
        A discriminator from images to [logits (n, 1), features (n, s, s, c), features of twice that
        side, the images]. s is 8 or 7, for images of 16x16 it is 4.

    Raises:
        ValueError: there are no features of such sides.
    """
    images = backbone.inputs[0]
    by_side = {
        layer.output.shape[1]: layer.output
        for layer in backbone.layers
        if len(layer.output.shape) == 4
    }
    largest = min(PART_SIDE, images.shape[1] // 2)
    sides = [side for side in by_side if side <= largest and side % 2 == 0 and side // 2 in by_side]
    if not sides:
        raise ValueError(
            "self-supervision needs features of two sides, 16 at most: choose images of 16x16, "
            "28x28 or larger, and a network of convolutions"
        )
    part = max(sides)
    (logits,) = logits_head(backbone).outputs
    return keras.Model(
        images, [logits, by_side[part // 2], by_side[part], images], name="discriminator"
    )


def decoders(discriminator: keras.Model) -> keras.Model:
    """Return the decoders of a discriminator `with_features`.

    Returns:
        A network from [features (n, s, s, c) of an image, features (n, s, s, d) of one of its
        quarters] to the two images, whose longer side is 128 at most.
    """
    _, whole, part, images = (output.shape for output in discriminator.outputs)
    inputs = [keras.Input((*whole[1:3], shape[-1])) for shape in (whole, part)]
    sides = [min(side, DECODED_SIDE) for side in (images[1], images[1] // 2)]
    decoded = [
        fastgan.decoder(features, (side // whole[1]).bit_length() - 1, images[-1])
        for features, side in zip(inputs, sides, strict=True)
    ]
    return keras.Model(inputs, decoded, name="decoders")
