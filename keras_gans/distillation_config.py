"""The hyperparameters of students. Importing this module is quick: it needs no TensorFlow."""

from dataclasses import dataclass
from typing import Literal

from keras_gans.configs import ModelConfig
from keras_gans.validation import NonNegativeFloat, NonNegativeInt, PositiveInt


@dataclass(frozen=True)
class DistillationConfig(ModelConfig):
    """Hyperparameters of `DistilledTranslator`.

    Args:
        student: architecture of the student; "subpixel" is made for phones, "mobile" the small
            ResNet of CycleGAN.
        filters: channels of the student's first layer, of subpixel half of them.
        blocks: residual blocks; None for 4, of mobile for 9 for a height of 256 or more, else 6.
        discriminator_filters: channels of the discriminator's first layer, if the teacher has no
            discriminator.
        l1_weight: weight of the L1 distance from the teacher's image; 0 for none.
        ssim_weight: weight of 1 - the structural similarity to it; 0 for none.
        discriminator_feature_weight: weight of the distance of features in the teacher's
            discriminator; 0 for none.
        adversarial_weight: weight of the adversarial loss; 0 for none.
    """

    student: Literal["subpixel", "mobile"] = "subpixel"
    filters: PositiveInt = 16
    blocks: NonNegativeInt | None = None
    discriminator_filters: PositiveInt = 64
    l1_weight: NonNegativeFloat = 10.0
    ssim_weight: NonNegativeFloat = 10.0
    discriminator_feature_weight: NonNegativeFloat = 10.0
    adversarial_weight: NonNegativeFloat = 1.0
