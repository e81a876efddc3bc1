import keras
import numpy as np
import pytest

from keras_gans.networks import dcgan, fastgan, mlp, r3gan, resnet, self_supervision

CONVOLUTIONS = {"dcgan": dcgan, "resnet": resnet, "r3gan": r3gan, "fastgan": fastgan}


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("side, whole", [(16, 4), (28, 7), (32, 8), (64, 8), (128, 8)])
def test_images_are_decoded_from_the_features_of_every_network(name, side, whole):
    backbone = CONVOLUTIONS[name].backbone((side, side, 3), 2)
    network = self_supervision.with_features(backbone)
    logits, features, of_part, images = network.outputs
    assert logits.shape == (None, 1) and images.shape == (None, side, side, 3)
    assert features.shape[1:3] == (whole, whole)
    assert of_part.shape[1:3] == (2 * whole, 2 * whole)
    decoders = self_supervision.decoders(network)
    assert decoders.input_shape == [
        (None, whole, whole, features.shape[-1]),
        (None, whole, whole, of_part.shape[-1]),
    ]
    assert decoders.output_shape == [(None, side, side, 3), (None, side // 2, side // 2, 3)]


def test_features_are_the_last_ones_of_their_side():
    backbone = dcgan.backbone((32, 32, 1), 2)
    _, features, of_part, _ = self_supervision.with_features(backbone).outputs
    activated = [
        layer.output for layer in backbone.layers if isinstance(layer, keras.layers.LeakyReLU)
    ]
    assert of_part is activated[0] and features is activated[1]


def test_decoded_images_are_of_128_pixels_at_most():
    network = self_supervision.with_features(dcgan.backbone((512, 512, 1), 1))
    decoders = self_supervision.decoders(network)
    assert decoders.output_shape == [(None, 128, 128, 1), (None, 128, 128, 1)]
    assert decoders.count_params() > 0


@pytest.mark.parametrize(
    "backbone",
    [
        dcgan.backbone((8, 8, 1), 2),
        fastgan.backbone((14, 14, 1), 2),
        mlp.backbone((28, 28, 1), 2),
        mlp.backbone((2,), 2),
    ],
)
def test_without_features_of_two_sides_it_is_an_error(backbone):
    with pytest.raises(ValueError, match="choose images of 16x16, 28x28 or larger"):
        self_supervision.with_features(backbone)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_decoded_images_are_float32_whatever_the_policy(policy):
    keras.config.set_dtype_policy(policy)
    network = self_supervision.with_features(fastgan.backbone((16, 16, 1), 4))
    inputs = [np.ones((2, *shape[1:]), "float32") for shape in network.output_shape[1:3]]
    inputs[1] = inputs[1][:, :4, :4]
    for image in self_supervision.decoders(network)(inputs):
        assert keras.backend.standardize_dtype(image.dtype) == "float32"
