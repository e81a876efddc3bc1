"""Hyperparameters: their defaults for each kind of data, and their ranges."""

import dataclasses
import subprocess
import sys

import pytest

from keras_gans import configs, models

IMAGES, POINTS = (28, 28, 1), (2,)
LATENT_MODELS = [
    "ACGAN",
    "CGAN",
    "DCGAN",
    "GAN",
    "InfoGAN",
    "LSGAN",
    "R3GAN",
    "SNGAN",
    "WGAN",
    "WGANGP",
]
SHARED = {
    "latent_dim": 100,
    "discriminator_steps": 1,
    "r1": 0.0,
    "augment": False,
    "instance_noise": 0.0,
    "label_smoothing": 0.0,
}
FOR_IMAGES = SHARED | {"network": "dcgan", "filters": 32}
FOR_POINTS = SHARED | {"network": "mlp", "filters": 64}
# What a model's defaults have beyond, or other than, FOR_IMAGES and FOR_POINTS.
DEFAULTS = {
    "GAN": (
        {"network": "mlp", "filters": 64, "generator_loss": "non_saturating"}
        | {"pretrain_discriminator": 0},
        {"generator_loss": "non_saturating", "pretrain_discriminator": 0},
    ),
    "DCGAN": ({"r1": 3.0}, {}),
    "LSGAN": ({"r1": 1.0, "coding": "binary"}, {"coding": "binary"}),
    "WGAN": (
        {"discriminator_steps": 5, "clip": 0.01},
        {"discriminator_steps": 5, "clip": 0.01, "filters": 32},
    ),
    "WGANGP": (
        {"penalty_weight": 10.0},
        {"discriminator_steps": 5, "filters": 32, "penalty_weight": 0.1},
    ),
    "CGAN": ({}, {}),
    "ACGAN": ({"r1": 1.0, "class_weight": 2.0}, {"class_weight": 2.0}),
    "InfoGAN": (
        {"r1": 1.0, "categories": 10, "information_weight": 1.0},
        {"categories": 10, "information_weight": 1.0},
    ),
    "SNGAN": (
        {"labels": True, "conditioning": "latents"},
        {"labels": True, "conditioning": "latents"},
    ),
    "R3GAN": ({"gamma": 2.0}, {"filters": 32, "gamma": 0.01}),
    "FastGAN": (
        {"network": "fastgan", "augment": True, "reconstruction_weight": 1.0},
        {"augment": True, "reconstruction_weight": 1.0},
    ),
}
STUDENT = {
    "student": "subpixel",
    "filters": 16,
    "blocks": None,
    "discriminator_filters": 64,
    "l1_weight": 10.0,
    "ssim_weight": 10.0,
    "discriminator_feature_weight": 10.0,
    "adversarial_weight": 1.0,
}
TRANSLATORS = {
    "Pix2Pix": {"filters": 64, "discriminator_filters": 64, "l1_weight": 100.0},
    "CycleGAN": {
        "network": "resnet",
        "filters": 64,
        "blocks": None,
        "discriminator_filters": 64,
        "cycle_weight": 10.0,
        "identity_weight": 5.0,
        "pool_size": 50,
    },
    "CUT": {
        "fast": False,
        "filters": 64,
        "blocks": None,
        "discriminator_filters": 64,
        "nce_weight": None,
        "identity_nce_weight": None,
        "patches": 256,
    },
    "DistilledTranslator": STUDENT,
    "DistilledPix2Pix": STUDENT,
}


def test_the_tables_have_every_model():
    assert sorted([*DEFAULTS, *TRANSLATORS]) == sorted(models.__all__)


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_for_images_and_2d_points(name):
    config = getattr(models, name).config_class()
    of_images, of_points = DEFAULTS[name]
    assert dataclasses.asdict(config.resolve(IMAGES)) == FOR_IMAGES | of_images
    assert dataclasses.asdict(config.resolve(POINTS)) == FOR_POINTS | of_points


@pytest.mark.parametrize("name", TRANSLATORS)
def test_defaults_of_image_to_image_models(name):
    assert dataclasses.asdict(getattr(models, name).config_class()) == TRANSLATORS[name]


@pytest.mark.parametrize("name", DEFAULTS)
def test_given_values_replace_defaults(name):
    config_class = getattr(models, name).config_class
    given = {"network": "resnet", "filters": 7, "discriminator_steps": 3, "r1": 0.5}
    for shape in (IMAGES, POINTS):
        resolved = dataclasses.asdict(config_class(**given).resolve(shape))
        assert {field: resolved[field] for field in given} == given
    assert config_class(r1=0.0).resolve(IMAGES).r1 == 0.0  # not the default


@pytest.mark.parametrize(
    "name, fields",
    [
        ("gan", ["pretrain_discriminator"]),
        ("wgan", ["clip"]),
        ("acgan", ["class_weight"]),
        ("infogan", ["information_weight"]),
        ("r3gan", ["gamma"]),
        ("fastgan", ["reconstruction_weight"]),
        ("pix2pix", ["l1_weight"]),
        ("cyclegan", ["cycle_weight", "identity_weight", "pool_size"]),
    ],
)
def test_constructors_have_the_same_defaults_for_images(name, fields, variants):
    created = variants[name].create()
    networks = [*created.generators.values(), *created.discriminators.values()]
    model = type(created)(*networks, seed=0)
    defaults = TRANSLATORS.get(type(model).__name__) or DEFAULTS[type(model).__name__][0]
    for field in fields:
        assert getattr(model, field) == defaults[field]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"latent_dim": 0}, "latent_dim must be a whole number, 1 or more, not 0"),
        ({"filters": -1}, "filters must be a whole number, 1 or more, not -1"),
        ({"discriminator_steps": 0}, "discriminator_steps must be a whole number"),
        ({"r1": -0.1}, "r1 must be a number, 0 or more, not -0.1"),
        ({"r1": float("nan")}, "r1 must be a number, 0 or more, not nan"),
        ({"r1": float("inf")}, "r1 must be a number, 0 or more, not inf"),
        ({"instance_noise": -1.0}, "instance_noise must be a number, 0 or more"),
        ({"label_smoothing": 1.0}, "label_smoothing must be a number from 0 to under 1, not 1.0"),
        ({"network": "vae"}, "network must be one of mlp, dcgan, resnet, r3gan, fastgan, not vae"),
    ],
)
def test_values_out_of_range_are_errors(values, message):
    with pytest.raises(ValueError, match=message):
        configs.DCGANConfig(**values)


@pytest.mark.parametrize(
    "config_class, values",
    [
        (configs.GANConfig, {"generator_loss": "hinge"}),
        (configs.GANConfig, {"pretrain_discriminator": -1}),
        (configs.LSGANConfig, {"coding": "unary"}),
        (configs.WGANConfig, {"clip": 0.0}),
        (configs.WGANGPConfig, {"penalty_weight": -1.0}),
        (configs.ACGANConfig, {"class_weight": -1.0}),
        (configs.InfoGANConfig, {"categories": 0}),
        (configs.InfoGANConfig, {"information_weight": -1.0}),
        (configs.R3GANConfig, {"gamma": -1.0}),
        (configs.FastGANConfig, {"reconstruction_weight": -1.0}),
        (configs.SNGANConfig, {"conditioning": "images"}),
        (configs.Pix2PixConfig, {"l1_weight": -1.0}),
        (configs.CycleGANConfig, {"network": "dcgan"}),
        (configs.CycleGANConfig, {"blocks": -1}),
        (configs.CycleGANConfig, {"pool_size": -1}),
        (configs.CUTConfig, {"nce_weight": -1.0}),
        (configs.CUTConfig, {"patches": 0}),
    ],
)
def test_each_models_own_ranges(config_class, values):
    (name,) = values
    with pytest.raises(ValueError, match=f"{name} must be"):
        config_class(**values)


def test_limits_are_allowed():
    configs.DCGANConfig(r1=0.0, label_smoothing=0.0, filters=1, latent_dim=1)
    configs.CycleGANConfig(blocks=0, pool_size=0, identity_weight=0.0)


@pytest.mark.parametrize(
    "values, weights",
    [
        ({}, (1.0, 1.0)),
        ({"fast": True}, (10.0, 0.0)),
        ({"fast": True, "identity_nce_weight": 2.0}, (10.0, 2.0)),
        ({"nce_weight": 0.0}, (0.0, 1.0)),
    ],
)
def test_fastcut_has_other_weights_unless_they_are_given(values, weights):
    assert configs.CUTConfig(**values).weights == weights


def test_importing_the_configs_needs_no_tensorflow():
    code = "import sys, keras_gans.configs; assert not {'tensorflow', 'keras'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
