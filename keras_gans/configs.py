"""The hyperparameters of every model: what they mean, their defaults and what is allowed.

Each model's `create` takes the fields of its class here as keyword arguments, and each command has
them as flags. Importing this module is quick: it needs no TensorFlow.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from keras_gans.validation import (
    Config,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    UnitFloat,
)

Architecture = Literal["mlp", "dcgan", "resnet", "r3gan", "fastgan"]


@dataclass(frozen=True)
class ModelConfig(Config):
    """Hyperparameters of a model.

    A field that is None has the default for its kind of data: see `image_defaults` and, for 2-D
    points, `point_defaults`.
    """

    image_defaults: ClassVar[dict[str, Any]] = {}
    point_defaults: ClassVar[dict[str, Any]] = {}

    def resolve(self, image_shape: tuple[int, ...]) -> Self:
        """Return a copy in which the defaults for data of a shape replace None."""
        defaults = self.image_defaults if len(image_shape) == 3 else self.point_defaults
        return replace(
            self, **{name: value for name, value in defaults.items() if getattr(self, name) is None}
        )


@dataclass(frozen=True)
class LatentConfig(ModelConfig):
    """Hyperparameters of a model that makes images from noise.

    Args:
        network: architecture of both networks.
        latent_dim: length of a latent vector.
        filters: channels at half the image's side, twice as many at each smaller side. The MLP's
            width is in proportion.
        discriminator_steps: discriminator updates per generator update.
        r1: weight of the R1 penalty, the discriminator's squared gradient norm at real images; 0
            for none.
        augment: DiffAugment: show the discriminator all images in other colors, shifted and partly
            covered.
        instance_noise: standard deviation of the noise added to all images the discriminator sees.
        label_smoothing: one-sided: the label of real images is this far below 1. 0.1 is usual.
    """

    network: Architecture | None = None
    latent_dim: PositiveInt = 100
    filters: PositiveInt | None = None
    discriminator_steps: PositiveInt | None = None
    r1: NonNegativeFloat | None = None
    augment: bool = False
    instance_noise: NonNegativeFloat = 0.0
    label_smoothing: UnitFloat = 0.0

    image_defaults = {"network": "dcgan", "filters": 32, "discriminator_steps": 1, "r1": 0.0}
    # The modes of 2-D points need a steep discriminator: no penalty.
    point_defaults = {"network": "mlp", "filters": 64, "discriminator_steps": 1, "r1": 0.0}


@dataclass(frozen=True)
class GANConfig(LatentConfig):
    """Hyperparameters of `GAN`.

    Args:
        generator_loss: what the generator minimizes; "minimax" is equation 1 of the paper.
        pretrain_discriminator: discriminator updates before the first step.
    """

    generator_loss: Literal["non_saturating", "minimax"] = "non_saturating"
    pretrain_discriminator: NonNegativeInt = 0

    image_defaults = {**LatentConfig.image_defaults, "network": "mlp", "filters": 64}


@dataclass(frozen=True)
class DCGANConfig(LatentConfig):
    """Hyperparameters of `DCGAN`."""

    image_defaults = {**LatentConfig.image_defaults, "r1": 3.0}  # 1 gives less even digits


@dataclass(frozen=True)
class LSGANConfig(LatentConfig):
    """Hyperparameters of `LSGAN`.

    Args:
        coding: targets for fake images, for real images and for the generator: "binary" is 0, 1
            and 1 (equation 9); "pearson", Pearson's chi-squared divergence, is -1, 1 and 0
            (equation 8).
    """

    coding: Literal["binary", "pearson"] = "binary"

    image_defaults = {**LatentConfig.image_defaults, "r1": 1.0}


@dataclass(frozen=True)
class WassersteinConfig(LatentConfig):
    """Hyperparameters of a model with a critic."""

    image_defaults = {**LatentConfig.image_defaults, "discriminator_steps": 5}
    point_defaults = {**LatentConfig.point_defaults, "discriminator_steps": 5, "filters": 32}


@dataclass(frozen=True)
class WGANConfig(WassersteinConfig):
    """Hyperparameters of `WGAN`.

    Args:
        clip: the critic's weights are clipped to [-clip, clip].
    """

    clip: PositiveFloat = 0.01


@dataclass(frozen=True)
class WGANGPConfig(WassersteinConfig):
    """Hyperparameters of `WGANGP`.

    Args:
        penalty_weight: weight of the gradient penalty.
    """

    penalty_weight: NonNegativeFloat | None = None

    image_defaults = {
        **WassersteinConfig.image_defaults,
        "discriminator_steps": 1,  # small images are learnt fastest; the paper has 5
        "penalty_weight": 10.0,
    }
    # The modes of 2-D points need a steep critic, as in the authors' code.
    point_defaults = {**WassersteinConfig.point_defaults, "penalty_weight": 0.1}


@dataclass(frozen=True)
class CGANConfig(LatentConfig):
    """Hyperparameters of `CGAN`."""


@dataclass(frozen=True)
class ACGANConfig(LatentConfig):
    """Hyperparameters of `ACGAN`.

    Args:
        class_weight: weight of the classification loss of both networks.
    """

    class_weight: NonNegativeFloat = 2.0

    image_defaults = {**LatentConfig.image_defaults, "r1": 1.0}


@dataclass(frozen=True)
class InfoGANConfig(LatentConfig):
    """Hyperparameters of `InfoGAN`.

    Args:
        categories: values of the categorical code.
        information_weight: weight of the mutual information loss.
    """

    categories: PositiveInt = 10
    information_weight: NonNegativeFloat = 1.0

    image_defaults = {**LatentConfig.image_defaults, "r1": 1.0}


@dataclass(frozen=True)
class SNGANConfig(LatentConfig):
    """Hyperparameters of `SNGAN`.

    Args:
        labels: whether the model is class-conditional; if not, the data need no labels.
        conditioning: where the generator's label enters: "latents", to which it is appended, or
            "normalization", a gamma and a beta per class in each batch normalization.
    """

    labels: bool = True
    conditioning: Literal["latents", "normalization"] | None = None

    # Measured better on MNIST in five minutes: docs/papers.md.
    image_defaults = {**LatentConfig.image_defaults, "conditioning": "latents"}
    # An MLP for 2-D points has no normalization.
    point_defaults = {**LatentConfig.point_defaults, "conditioning": "latents"}


@dataclass(frozen=True)
class R3GANConfig(LatentConfig):
    """Hyperparameters of `R3GAN`.

    Args:
        gamma: weight of the R1 penalty, on real images, and of R2, on generated ones.
    """

    gamma: NonNegativeFloat | None = None

    image_defaults = {**LatentConfig.image_defaults, "gamma": 2.0}
    point_defaults = {**LatentConfig.point_defaults, "filters": 32, "gamma": 0.01}


@dataclass(frozen=True)
class FastGANConfig(LatentConfig):
    """Hyperparameters of `FastGAN`.

    Args:
        reconstruction_weight: weight of the distance between real images and those decoded from
            the discriminator's features; 0 for none.
    """

    augment: bool = True
    reconstruction_weight: NonNegativeFloat = 1.0

    image_defaults = {**LatentConfig.image_defaults, "network": "fastgan"}


@dataclass(frozen=True)
class Pix2PixConfig(ModelConfig):
    """Hyperparameters of `Pix2Pix`.

    Args:
        filters: channels of the generator's first layer.
        discriminator_filters: channels of the discriminator's first layer.
        l1_weight: weight of the L1 distance from the target image; 0 for none.
    """

    filters: PositiveInt = 64
    discriminator_filters: PositiveInt = 64
    l1_weight: NonNegativeFloat = 100.0


@dataclass(frozen=True)
class CycleGANConfig(ModelConfig):
    """Hyperparameters of `CycleGAN`.

    Args:
        network: architecture of both generators; "mobile" is a ResNet with an eighth of the
            weights, "subpixel" a network made for phones, "unet" the U-Net of pix2pix.
        filters: channels of a generator's first layer.
        blocks: residual blocks of a ResNet; None for 9 for a height of 256 or more, else 6.
        discriminator_filters: channels of a discriminator's first layer.
        cycle_weight: weight of the cycle consistency loss.
        identity_weight: weight of the identity loss; 0 for none.
        pool_size: generated images of each domain that its discriminator is shown again.
    """

    network: Literal["resnet", "unet", "mobile", "subpixel"] = "resnet"
    filters: PositiveInt = 64
    blocks: NonNegativeInt | None = None
    discriminator_filters: PositiveInt = 64
    cycle_weight: NonNegativeFloat = 10.0
    identity_weight: NonNegativeFloat = 5.0
    pool_size: NonNegativeInt = 50


@dataclass(frozen=True)
class CUTConfig(ModelConfig):
    """Hyperparameters of `CUT`.

    Args:
        fast: FastCUT: without identity loss, and with images mirrored at random.
        filters: channels of the generator's first layer.
        blocks: residual blocks of the generator; None for 9 for a height of 256 or more, else 6.
        discriminator_filters: channels of the discriminator's first layer.
        nce_weight: weight of the PatchNCE loss; None for 1, with fast 10.
        identity_nce_weight: weight of that loss in domain b, its identity loss; None for 1, with
            fast 0, which is none.
        patches: patches of each layer that are compared.
    """

    fast: bool = False
    filters: PositiveInt = 64
    blocks: NonNegativeInt | None = None
    discriminator_filters: PositiveInt = 64
    nce_weight: NonNegativeFloat | None = None
    identity_nce_weight: NonNegativeFloat | None = None
    patches: PositiveInt = 256

    @property
    def weights(self) -> tuple[float, float]:
        """The weights of the PatchNCE losses of domain a and of domain b."""
        default = (10.0, 0.0) if self.fast else (1.0, 1.0)
        given = self.nce_weight, self.identity_nce_weight
        a, b = (d if x is None else x for x, d in zip(given, default, strict=True))
        return a, b
