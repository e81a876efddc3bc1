"""CUT: image-to-image translation without paired images, in one direction."""

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import CUTConfig
from keras_gans.networks import patch, patch_features, resnet_translator
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.schedules import DecayingRate


@keras.saving.register_keras_serializable("keras_gans")
class CUT(DecayingRate, AdversarialModel):
    """Contrastive unpaired translation. [Park et al., 2020](https://arxiv.org/abs/2007.15651).

    A patch of the translation shall resemble the patch of the input in the same place more than
    the input's other patches. A batch is a tuple of images (n, h, w, c) of domains a and b.

    Args:
        generator: a ResNet from images of domain a to images of the same shape.
        discriminator: from images of domain b to one logit per patch.
        mlps: `patch_features.mlps` of the generator's encoder; trained with the generator.
        nce_weight: weight of the PatchNCE loss of images and their translations.
        identity_nce_weight: that of images of domain b and what the generator makes of them.
        flip_equivariance: compare the translations of half of the images with mirrored images.
        patches: patches of each layer that are compared with one another, at most.
    """

    task = "unpaired"
    config_class = CUTConfig
    generator_domains = {"generator": (0, 1)}
    adversarial_loss = losses.LeastSquares()

    def __init__(
        self,
        generator,
        discriminator,
        mlps,
        nce_weight: float = 1.0,
        identity_nce_weight: float = 1.0,
        flip_equivariance: bool = False,
        patches: int = CUTConfig.patches,
        **kwargs,
    ):
        super().__init__({"generator": generator}, {"discriminator": discriminator}, **kwargs)
        self.generator, self.discriminator, self.mlps = generator, discriminator, mlps
        self.nce_weight, self.identity_nce_weight = nce_weight, identity_nce_weight
        self.flip_equivariance, self.patches = flip_equivariance, patches
        # A method, which Keras does not save: the layers are the generator's.
        self._encode = patch_features.encoder(generator).__call__

    def auxiliary_networks(self) -> dict[str, keras.Model]:
        """Return the MLPs."""
        return {"mlps": self.mlps}

    @property
    def generator_variables(self) -> list[keras.Variable]:
        """The trainable weights of the generator and of the MLPs."""
        return [*super().generator_variables, *self.mlps.trainable_variables]

    @classmethod
    def create(cls, image_shape, *, classes=None, seed=None, **hyperparameters) -> "CUT":
        """Build the model with the paper's networks.

        Args:
            image_shape: (height, width, channels), multiples of 4 and at least 24.
            classes: not used: the data have no labels.
            seed: random seed of the patches' locations.
            **hyperparameters: the fields of `CUTConfig`.

        Raises:
            ValueError: a hyperparameter is out of its range, or the networks do not take images of
                that height and width.
        """
        config = CUTConfig(**hyperparameters)
        patch.check_sides(image_shape)  # the ResNet's error would suggest sizes that are too small
        blocks = resnet_translator.number_of_blocks(config.blocks, image_shape)
        generator = resnet_translator.translator(image_shape, config.filters, blocks, "generator")
        return cls(
            generator,
            patch.discriminator(image_shape, config.discriminator_filters),
            patch_features.mlps(patch_features.encoder(generator)),
            nce_weight=config.weights[0],
            identity_nce_weight=config.weights[1],
            flip_equivariance=config.fast,
            patches=config.patches,
            seed=seed,
        )

    def generate(self, batch):
        """Return what the generator makes of domain a and, for the identity loss, of domain b."""
        return self.generator(self._sources(batch), training=True)

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss of images of domain b and of translations."""
        _, b = batch
        images = ops.concatenate([b, fakes[: ops.shape(b)[0]]])
        real, fake = ops.split(self.discriminator(images, training=True), 2)
        return {"adversarial": self.adversarial_discriminator_loss(real, fake)}

    def generator_loss(self, batch, fakes):
        """Return the adversarial loss, and the PatchNCE losses of both domains."""
        count = ops.shape(batch[0])[0]
        logits = self.discriminator(fakes[:count], training=True)
        nce = self._patch_nce(self._sources(batch), fakes)
        # LeastSquares has a factor of 1/2, which the authors have for the discriminator only.
        named = {"adversarial": 2.0 * self.adversarial_loss.generator(logits)}
        named["nce"] = self.nce_weight * ops.mean(nce[:count])
        if self.identity_nce_weight:
            named["identity_nce"] = self.identity_nce_weight * ops.mean(nce[count:])
        return named

    def _sources(self, batch):
        # Instance normalization treats each image separately, so that one pass equals two.
        return ops.concatenate(batch) if self.identity_nce_weight else batch[0]

    def _patch_nce(self, sources, images):
        """Return the mean over the layers of each image's loss, (n,)."""
        queries = self._encode(images, training=True)
        if self.flip_equivariance:
            shape = (ops.shape(sources)[0], 1, 1, 1)
            mirrored = keras.random.uniform(shape, seed=self.seed_generator) < 0.5
            sources = _mirror(sources, mirrored)
            queries = [_mirror(features, mirrored) for features in queries]
        keys = self._encode(sources, training=True)
        sampled = patch_features.sample([keys, queries], self.patches, self.seed_generator)
        keys, queries = (self.mlps(features, training=True) for features in sampled)
        return sum(map(losses.patch_nce, queries, keys)) / len(keys)

    def example_inputs(self, batch):
        """Return the images of domain a."""
        a, _ = batch
        return {"generator": a}

    def sample_grid(self, batch):
        """Return images of domain a, their translations, and images of domain b."""
        a, b = batch
        return {"a": a, "a to b": self.generator(a, training=False), "b": b}


def _mirror(x, mirrored):
    return ops.where(mirrored, x[:, :, ::-1], x)
