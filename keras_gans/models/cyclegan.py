"""CycleGAN: image-to-image translation without paired images."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import CycleGANConfig
from keras_gans.layers import ImagePool
from keras_gans.networks import patch, resnet_translator, subpixel_translator, unet
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.random import stream_seed
from keras_gans.training.schedules import DecayingRate

RESNETS = {
    "resnet": resnet_translator.translator,
    "mobile": resnet_translator.mobile,
    "subpixel": subpixel_translator.translator,
}


@keras.saving.register_keras_serializable("keras_gans")
class CycleGAN(DecayingRate, AdversarialModel):
    """Cycle-consistent GAN. [Zhu et al., 2017](https://arxiv.org/abs/1703.10593).

    A batch is a tuple of images (n, h, w, c) of domain a and as many of domain b.

    Args:
        a_to_b, b_to_a: generators, from images to images of the same shape.
        discriminator_a, discriminator_b: from images of a domain to one logit per patch.
        cycle_weight: weight of the cycle consistency loss, |b_to_a(a_to_b(a)) - a| and the other
            way around.
        identity_weight: weight of the identity loss, |a_to_b(b) - b| and the other way around;
            0 for none.
        pool_size: size of each discriminator's pool of generated images.
    """

    task = "unpaired"
    config_class = CycleGANConfig
    generator_domains = {"a_to_b": (0, 1), "b_to_a": (1, 0)}
    adversarial_loss = losses.LeastSquares()

    def __init__(
        self,
        a_to_b,
        b_to_a,
        discriminator_a,
        discriminator_b,
        cycle_weight: float = CycleGANConfig.cycle_weight,
        identity_weight: float = CycleGANConfig.identity_weight,
        pool_size: int = CycleGANConfig.pool_size,
        **kwargs,
    ):
        super().__init__(
            {"a_to_b": a_to_b, "b_to_a": b_to_a},
            {"a": discriminator_a, "b": discriminator_b},
            **kwargs,
        )
        self.a_to_b, self.b_to_a = a_to_b, b_to_a
        self.discriminator_a, self.discriminator_b = discriminator_a, discriminator_b
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight
        self.pool_size = pool_size
        self.pool_a = ImagePool(pool_size, seed=stream_seed(self.seed, "pool_a"))
        self.pool_b = ImagePool(pool_size, seed=stream_seed(self.seed, "pool_b"))
        self.pool_a.build(b_to_a.output_shape)
        self.pool_b.build(a_to_b.output_shape)

    @classmethod
    def create(cls, image_shape, *, classes=None, seed=None, **hyperparameters) -> "CycleGAN":
        """Build the model with the paper's networks.

        Args:
            image_shape: (height, width, channels). Height and width must be multiples of 4 and at
                least 24; for a U-Net, 32, 64, 128 or a multiple of 256.
            classes: not used: the data have no labels.
            seed: random seed of the image pools and of the U-Nets' dropout.
            **hyperparameters: the fields of `CycleGANConfig`.

        Raises:
            ValueError: a hyperparameter is out of its range, or the networks do not take images of
                that height and width.
        """
        config = CycleGANConfig(**hyperparameters)
        return cls(
            _generator(config, image_shape, "a_to_b", seed),
            _generator(config, image_shape, "b_to_a", seed),
            patch.discriminator(image_shape, config.discriminator_filters, "discriminator_a"),
            patch.discriminator(image_shape, config.discriminator_filters, "discriminator_b"),
            cycle_weight=config.cycle_weight,
            identity_weight=config.identity_weight,
            pool_size=config.pool_size,
            seed=seed,
        )

    def swapped(self) -> "CycleGAN":
        """Return a model of the same networks in which the domains a and b have changed places."""
        return CycleGAN(
            self.b_to_a,
            self.a_to_b,
            self.discriminator_b,
            self.discriminator_a,
            cycle_weight=self.cycle_weight,
            identity_weight=self.identity_weight,
            pool_size=self.pool_size,
            seed=self.seed,
        )

    def generate(self, batch):
        """Return both domains' fakes, and each generator's output for its target domain."""
        a, b = batch
        fake_b, identity_b = self._translate(self.a_to_b, a, b)
        fake_a, identity_a = self._translate(self.b_to_a, b, a)
        return {"a": fake_a, "b": fake_b, "identity_a": identity_a, "identity_b": identity_b}

    def _translate(self, generator, source, target):
        if not self.identity_weight:
            return generator(source, training=True), target
        # Instance normalization treats each image separately, so that one pass equals two.
        images = generator(ops.concatenate([source, target]), training=True)
        return ops.split(images, 2)

    def discriminator_loss(self, batch, fakes):
        """Return each discriminator's adversarial loss, for fakes from its image pool."""
        a, b = batch
        return {
            "adversarial_a": self._adversarial(self.discriminator_a, a, self.pool_a(fakes["a"])),
            "adversarial_b": self._adversarial(self.discriminator_b, b, self.pool_b(fakes["b"])),
        }

    def _adversarial(self, discriminator, real, fake):
        logits = discriminator(ops.concatenate([real, fake]), training=True)
        return self.adversarial_discriminator_loss(*ops.split(logits, 2))

    def generator_loss(self, batch, fakes):
        """Return the adversarial, cycle consistency and identity losses of both generators."""
        a, b = batch
        logits_a = self.discriminator_a(fakes["a"], training=True)
        logits_b = self.discriminator_b(fakes["b"], training=True)
        adversarial = sum(map(self.adversarial_loss.generator, (logits_a, logits_b)))
        reconstructed_a = self.b_to_a(fakes["b"], training=True)
        reconstructed_b = self.a_to_b(fakes["a"], training=True)
        difference = losses.mean_absolute_difference
        cycle = difference(reconstructed_a, a) + difference(reconstructed_b, b)
        named = {
            # LeastSquares has a factor of 1/2, which the paper has for discriminators only.
            "adversarial": 2.0 * adversarial,
            "cycle": self.cycle_weight * cycle,
        }
        if self.identity_weight:
            identity = difference(fakes["identity_a"], a) + difference(fakes["identity_b"], b)
            named["identity"] = self.identity_weight * identity
        return named

    def example_inputs(self, batch):
        """Return each generator's source images."""
        a, b = batch
        return {"a_to_b": a, "b_to_a": b}

    def sample_grid(self, batch):
        """Return each domain's images, their translations and their reconstructions."""
        a, b = batch
        fake_b, fake_a = self.a_to_b(a, training=False), self.b_to_a(b, training=False)
        return {
            "a": a,
            "a to b": fake_b,
            "and back to a": self.b_to_a(fake_b, training=False),
            "b": b,
            "b to a": fake_a,
            "and back to b": self.a_to_b(fake_a, training=False),
        }


def _generator(config: CycleGANConfig, image_shape, name: str, seed: int | None) -> keras.Model:
    if config.network == "unet":
        if config.blocks is not None:
            raise ValueError("a U-Net has no residual blocks: blocks must be None")
        return unet.translator(image_shape, config.filters, name, seed=stream_seed(seed, name))
    patch.check_sides(image_shape)  # the ResNet's error would suggest sizes that are too small
    blocks = resnet_translator.number_of_blocks(config.blocks, image_shape)
    return RESNETS[config.network](image_shape, config.filters, blocks, name)
