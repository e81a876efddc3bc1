"""How alike two images are: functions of pairs that return values (n,), for a mean over them."""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from keras import ops

RANGE = 2.0  # of pixels in [-1, 1]
WINDOW = 11  # pixels of SSIM's window, as in the paper
EPSILON = 1e-10
PLACES = 1024  # of a feature map, at most, whose similarities to each other are compared


def ssim(targets: Any, images: Any) -> Any:
    """Return the structural similarity: 1 for equal images, around 0 for unlike ones.

    [Wang et al., 2004, equation 13](https://doi.org/10.1109/TIP.2003.819861), by `tf.image.ssim`:
    the mean over windows of 11x11 pixels, of smaller images of their side, and over channels.

    Args:
        targets: images (n, h, w, c) in [-1, 1].
        images: as many, of the same shape.
    """
    size = min(WINDOW, *targets.shape[1:3])
    return tf.image.ssim(targets + 1.0, images + 1.0, RANGE, filter_size=size)


def psnr(targets: Any, images: Any) -> Any:
    """Return the peak signal-to-noise ratio in decibel, by `tf.image.psnr`; infinite if equal.

    Args:
        targets: images (n, h, w, c) in [-1, 1].
        images: as many, of the same shape.
    """
    return tf.image.psnr(targets, images, RANGE)


def perceptual_distance(targets: Sequence[Any], images: Sequence[Any]) -> Any:
    """Return the sum over layers of the squared distance of feature vectors of length 1.

    It is averaged over the places of a map, and is from 0 to 4 a layer.
    [Zhang et al., 2018, equation 1](https://arxiv.org/abs/1801.03924), without learned weights:
    this is not LPIPS, and depends on the features.

    Args:
        targets: a layer's feature maps each: (n, h, w, c) or (n, c).
        images: as many layers' features.
    """
    return sum(map(_apart, targets, images))


def structure_distance(sources: Sequence[Any], images: Sequence[Any]) -> Any:
    """Return how unlike the self-similarities of two images are, from 0 to 4.

    The self-similarity of an image is the cosine of the feature vectors of any two places. It tells
    which parts of an image are alike, but not what they look like. The distance is the mean
    squared difference. [Tumanyan et al., 2022, equation 4](https://arxiv.org/abs/2201.00424) have
    it of keys of the network DINO-ViT; here it is of the finest map of at most 1,024 places, or
    of every few rows and columns of the coarsest map if all have more.

    Args:
        sources: a layer's feature maps each: (n, h, w, c).
        images: as many layers' features.
    """
    places = {math.prod(layer.shape[1:-1]): index for index, layer in enumerate(sources)}
    count = max((x for x in places if x <= PLACES), default=min(places))
    step = math.ceil(math.sqrt(count / PLACES))
    first, second = (_self_similarity(x[places[count]], step) for x in (sources, images))
    return ops.mean(ops.square(first - second), axis=(1, 2))


def _self_similarity(features: Any, step: int) -> Any:
    features = features[:, ::step, ::step]
    count, channels = features.shape[0], features.shape[-1]
    vectors = ops.reshape(_unit(features), (count, -1, channels))
    return ops.matmul(vectors, ops.transpose(vectors, (0, 2, 1)))


def _apart(first: Any, second: Any) -> Any:
    squares = ops.square(_unit(first) - _unit(second))
    axes = tuple(range(1, len(squares.shape)))
    return ops.sum(squares, axis=axes) / math.prod(squares.shape[1:-1])


def _unit(features: Any) -> Any:
    features = ops.cast(features, "float32")
    return features / (ops.norm(features, axis=-1, keepdims=True) + EPSILON)
