"""Translation between two domains of pictures that are not paired."""

from typing import Literal

import keras
from keras import ops

from keras_gans import losses
from keras_gans.adversarial import AdversarialModel
from keras_gans.layers import ImagePool
from keras_gans.networks import patch, resnet_translator, unet
from keras_gans.schedules import ConstantThenLinear

RESNETS = {"resnet": resnet_translator.translator, "mobile": resnet_translator.mobile}


@keras.saving.register_keras_serializable("keras_gans")
class CycleGAN(AdversarialModel):
    """Cycle-consistent GAN. [Zhu et al., 2017](https://arxiv.org/abs/1703.10593).

    A batch is a tuple of images (n, h, w, c) of domain a and as many of domain b.

    Args:
        a_to_b, b_to_a: translators, images to images of the same shape.
        discriminator_a, discriminator_b: images of a domain to logits a patch.
        cycle_weight: of |b_to_a(a_to_b(a)) - a| and its mirror image.
        identity_weight: of |a_to_b(b) - b| and its mirror image. 0 leaves those passes out.
        pool_size: past fakes of each domain that the discriminators are shown.
    """

    data_form = "unpaired"
    imitations = {"a_to_b": (0, 1), "b_to_a": (1, 0)}
    adversarial_loss = losses.LeastSquares()

    def __init__(
        self,
        a_to_b,
        b_to_a,
        discriminator_a,
        discriminator_b,
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        pool_size: int = 50,
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
        self.pool_a = ImagePool(pool_size, seed=None if self.seed is None else self.seed + 1)
        self.pool_b = ImagePool(pool_size, seed=None if self.seed is None else self.seed + 2)
        self.pool_a.build(b_to_a.output_shape)
        self.pool_b.build(a_to_b.output_shape)

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, int, int],
        *,
        network: Literal["resnet", "unet", "mobile"] = "resnet",
        filters: int = 64,
        blocks: int | None = None,
        discriminator_filters: int = 64,
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        pool_size: int = 50,
        seed: int | None = None,
    ) -> "CycleGAN":
        """Build the game on the paper's networks.

        Args:
            image_shape: (height, width, channels); the sides are multiples of 4, 24 at least, for a
                U-Net 32, 64, 128 or a multiple of 256.
            network: the translators; mobile is a ResNet with an eighth of the weights, unet the
                U-Net of pix2pix.
            filters: channels of a translator's first layer.
            blocks: residual blocks of a ResNet; default 9 for sides of 256 and more, else 6.
            discriminator_filters: channels of a discriminator's first layer.
            cycle_weight: weight of the way there and back.
            identity_weight: weight of leaving pictures of the own domain alone; 0 for none.
            pool_size: past translations of each domain that its discriminator is shown.
            seed: of the pools' choices and the U-Nets' dropout.

        Raises:
            ValueError: the images' sides or `blocks` do not fit the network.
        """
        if network == "unet" and blocks is not None:
            raise ValueError("a U-Net has no residual blocks: leave --blocks out")
        blocks = (9 if image_shape[0] >= 256 else 6) if blocks is None else blocks

        def translator(name: str, stream: int) -> keras.Model:
            if network == "unet":
                noise = None if seed is None else seed + stream
                return unet.translator(image_shape, filters, name, seed=noise)
            return RESNETS[network](image_shape, filters, blocks, name)

        return cls(
            translator("a_to_b", stream=3),  # the pools take streams 1 and 2, a U-Net takes three
            translator("b_to_a", stream=6),
            patch.discriminator(image_shape, discriminator_filters, name="discriminator_a"),
            patch.discriminator(image_shape, discriminator_filters, name="discriminator_b"),
            cycle_weight=cycle_weight,
            identity_weight=identity_weight,
            pool_size=pool_size,
            seed=seed,
        )

    @classmethod
    def make_optimizer(cls, learning_rate=2e-4, *, total_steps=None, **kwargs):
        """Return Adam whose rate is constant, then falls linearly: both halves of `total_steps`."""
        if total_steps is not None:
            learning_rate = ConstantThenLinear(learning_rate, total_steps)
        return super().make_optimizer(learning_rate, **kwargs)

    def generate(self, batch):
        """Translate both ways; where the identity term counts, each translator's own domain too."""
        a, b = batch
        fake_b, same_b = self._translate(self.a_to_b, a, b)
        fake_a, same_a = self._translate(self.b_to_a, b, a)
        return {"a": fake_a, "b": fake_b, "same_a": same_a, "same_b": same_b}

    def _translate(self, translator, source, target):
        if not self.identity_weight:
            return translator(source, training=True), target
        # Instance norm keeps images apart, so that two passes can be one.
        images = translator(ops.concatenate([source, target]), training=True)
        return ops.split(images, 2)

    def generator_loss(self, batch, fakes):
        """Fool both discriminators, come back around both cycles, leave the own domain alone."""
        a, b = batch
        verdicts = (
            self.discriminator_a(fakes["a"], training=True),
            self.discriminator_b(fakes["b"], training=True),
        )
        around_a = self.b_to_a(fakes["b"], training=True)
        around_b = self.a_to_b(fakes["a"], training=True)
        # The paper halves the discriminators' loss only; LeastSquares halves both sides'.
        terms = {
            "adversarial": 2.0 * sum(self.adversarial_loss.generator(v) for v in verdicts),
            "cycle": self.cycle_weight * (_distance(around_a, a) + _distance(around_b, b)),
        }
        if self.identity_weight:
            same = _distance(fakes["same_a"], a) + _distance(fakes["same_b"], b)
            terms["identity"] = self.identity_weight * same
        return terms

    def discriminator_loss(self, batch, fakes):
        """Tell each domain's images from translations, past ones among them."""
        a, b = batch
        return {
            "adversarial_a": self._judge(self.discriminator_a, a, self.pool_a(fakes["a"])),
            "adversarial_b": self._judge(self.discriminator_b, b, self.pool_b(fakes["b"])),
        }

    def _judge(self, discriminator, real, fake):
        logits = discriminator(ops.concatenate([real, fake]), training=True)
        return self.adversarial_loss.discriminator(*ops.split(logits, 2))

    def example_inputs(self, batch):
        """Return each translator's own source domain."""
        a, b = batch
        return {"a_to_b": a, "b_to_a": b}

    def preview(self, batch):
        """Show each domain's pictures, their translations, and those translated back."""
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


def _distance(x, y):
    return ops.mean(ops.abs(x - y))
