"""The GAN that finds out by itself what its pictures differ in."""

import itertools

import keras
from keras import ops

from keras_gans import losses
from keras_gans.latent_model import PREVIEWED, LatentModel
from keras_gans.models.acgan import cross_entropy
from keras_gans.networks import parts

CODES = 2  # continuous codes
SWEEP = {"-": -1.0, "": 0.0, "+": 1.0}  # of each of them in previews


@keras.saving.register_keras_serializable("keras_gans")
class InfoGAN(LatentModel):
    """Information maximizing GAN. [Chen et al., 2016](https://arxiv.org/abs/1606.03657).

    Beside latents the generator is given codes: a category, and numbers in [-1, 1]. A second head
    of the discriminator reads them off the picture, the numbers as the mean of a normal
    distribution of variance 1, and both sides help it to: that raises a lower bound of the mutual
    information of codes and pictures. No labels are needed.

    Args:
        generator: [latents (n, d), labels (n,), codes (n, k)] to images; a label is a category.
        discriminator: images to [logits (n, 1), (n, categories + k)].
        *args: those of `LatentModel`, of which `classes` is the number of categories.
        information_weight: of reading the category; reading the numbers counts a tenth of it.
        **kwargs: those of `LatentModel`.
    """

    adversarial_loss = losses.NonSaturating()
    r1 = 1.0

    def __init__(self, generator, discriminator, *args, information_weight: float = 1.0, **kwargs):
        super().__init__(generator, discriminator, *args, **kwargs)
        self.information_weight = information_weight

    @classmethod
    def create(
        cls, image_shape, *, categories: int = 10, information_weight: float = 1.0, **settings
    ) -> "InfoGAN":
        """Build the game.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            categories: values of the categorical code.
            information_weight: weight of reading the codes off the pictures.
            **settings: those of `LatentModel.create`.
        """
        settings["information_weight"] = information_weight
        return super().create(image_shape, classes=categories, **settings)

    @classmethod
    def make_generator(cls, family, image_shape, latent_dim, filters, classes):
        """Return a generator of latents, category and continuous codes."""
        network = family.generator(image_shape, latent_dim + classes + CODES, filters)
        return parts.labelled_generator(network, classes, CODES)

    @classmethod
    def make_discriminator(cls, family, image_shape, filters, classes):
        """Return a discriminator with a second head."""
        return parts.with_auxiliary(family.body(image_shape, filters), classes + CODES)

    def judge(self, images, *labels):
        """Return the verdict alone."""
        return self.discriminator(images, training=True)[0]

    def generate(self, batch):
        """Return as many fakes as there are images, with the codes that they were made from."""
        count = ops.shape(batch)[0]
        labels = keras.random.randint((count,), 0, self.classes, seed=self.seed_generator)
        codes = _codes(count, self.seed_generator)
        inputs = [self.latents(count), labels, codes]
        return {"images": self.generator(inputs, training=True), "labels": labels, "codes": codes}

    def generator_loss(self, batch, fakes):
        """Pass as real, and let the codes be read."""
        logits, reading = self.discriminator(fakes["images"], training=True)
        terms = {"adversarial": self.adversarial_loss.generator(logits)}
        return terms | self._information(fakes, reading)

    def discriminator_loss(self, batch, fakes):
        """Tell real from generated, and read the codes of the latter."""
        fake, reading = self.discriminator(fakes["images"], training=True)
        terms = {"adversarial": self.adversarial_loss.discriminator(self.judge(batch), fake)}
        terms |= self._information(fakes, reading)
        return terms | self.penalty_terms(batch, fakes["images"])

    def _information(self, fakes, reading):
        """Return -log q(code | picture) of both kinds of codes, but for constants."""
        category, means = ops.split(reading, [self.classes], axis=-1)
        squares = ops.sum(ops.square(fakes["codes"] - means), axis=-1)
        return {
            "category": self.information_weight * cross_entropy(fakes["labels"], category),
            "codes": 0.1 * self.information_weight * 0.5 * ops.mean(squares),
        }

    def draw(self, count, seeds):
        """Return latents (count, d), and codes (count, 2) drawn evenly from [-1, 1]."""
        return super().draw(count, seeds) | {"codes": _codes(count, seeds)}

    def example_inputs(self, batch):
        """Return latents, categories and codes that are the same at every call."""
        inputs = self.sampling_inputs(len(batch), seed=0)
        return {"generator": [ops.convert_to_tensor(value) for value in inputs.values()]}

    def preview(self, batch):
        """Sweep the category, then one continuous code at a time: a row differs in nothing else."""
        columns = super().preview(batch)
        rows, _ = PREVIEWED
        latents, labels, codes = (x[:rows] for x in self.example_inputs(batch)["generator"])
        for index, sign in itertools.product(range(CODES), SWEEP):
            swept = ops.where(ops.arange(CODES) == index, SWEEP[sign], codes)
            images = self.generator([latents, labels, swept], training=False)
            columns[f"c{index + 1}{sign}"] = images
        return columns


def _codes(count, seeds):
    """Draw continuous codes (count, 2)."""
    return keras.random.uniform((count, CODES), -1.0, 1.0, seed=seeds)
