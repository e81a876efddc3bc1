"""InfoGAN: a GAN that learns interpretable latent codes without labels."""

import itertools

import keras
from keras import ops

from keras_gans import losses
from keras_gans.configs import InfoGANConfig
from keras_gans.models.acgan import cross_entropy
from keras_gans.networks.conditioning import conditional_generator
from keras_gans.networks.heads import with_auxiliary_head
from keras_gans.training.latent_model import GRID_ROWS, LatentModel

CODES = 2  # continuous latent codes
TRAVERSAL = {"-": -1.0, "": 0.0, "+": 1.0}  # of each of them in sample grids


@keras.saving.register_keras_serializable("keras_gans")
class InfoGAN(LatentModel):
    """Information maximizing GAN. [Chen et al., 2016](https://arxiv.org/abs/1606.03657).

    Besides latents, the generator's inputs are latent codes: a category, and continuous codes in
    [-1, 1]. A second head of the discriminator, Q, predicts them from the image: class logits, and
    the means of normal distributions of variance 1. Both networks minimize the negative log
    likelihood of the codes, which maximizes a lower bound of the mutual information between codes
    and images. The data need no labels.

    Args:
        generator: [latents (n, d), labels (n,), codes (n, k)] to images. The labels are the
            categories.
        discriminator: images to [logits (n, 1), (n, categories + k)].
        *args: those of `LatentModel`, whose `classes` is the number of categories.
        information_weight: weight of the category's loss. That of the continuous codes is a tenth
            of it.
        **kwargs: those of `LatentModel`.
    """

    config_class = InfoGANConfig
    adversarial_loss = losses.NonSaturating()

    def __init__(
        self,
        generator,
        discriminator,
        *args,
        information_weight: float = InfoGANConfig.information_weight,
        **kwargs,
    ):
        super().__init__(generator, discriminator, *args, **kwargs)
        self.information_weight = information_weight

    @classmethod
    def make_generator(cls, architecture, image_shape, latent_dim, filters, classes):
        """Return a generator of [latents, labels, codes]."""
        network = architecture.generator(image_shape, latent_dim + classes + CODES, filters)
        return conditional_generator(network, classes, CODES)

    @classmethod
    def make_discriminator(cls, architecture, image_shape, filters, classes):
        """Return a discriminator with the head Q."""
        return with_auxiliary_head(architecture.backbone(image_shape, filters), classes + CODES)

    @classmethod
    def classes_from(cls, config, classes):
        """Return the number of categories."""
        return config.categories

    @classmethod
    def arguments_from(cls, config):
        """Return the weight of the mutual information loss."""
        return {"information_weight": config.information_weight}

    @classmethod
    def make_generator_optimizer(cls, *, learning_rate=1e-3, **kwargs):
        """Return Adam with the rate of the paper's generator; the discriminator's is 2e-4."""
        return cls.make_optimizer(learning_rate, **kwargs)

    def generate(self, batch):
        """Return as many fakes as there are real images, with their codes."""
        count = ops.shape(batch)[0]
        labels = keras.random.randint((count,), 0, self.classes, seed=self.seed_generator)
        codes = _codes(count, self.seed_generator)
        inputs = [self.sample_latents(count), labels, codes]
        return {"images": self.generator(inputs, training=True), "labels": labels, "codes": codes}

    def discriminate(self, images, *labels):
        """Return the adversarial logits (n, 1)."""
        return self.discriminator(images, training=True)[0]

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial and the mutual information losses, and the penalties."""
        fake, predicted = self.discriminator(fakes["images"], training=True)
        real = self.discriminate(batch)
        adversarial = {"adversarial": self.adversarial_discriminator_loss(real, fake)}
        information = self._mutual_information_losses(fakes, predicted)
        return adversarial | information | self.penalty_losses(batch, fakes["images"])

    def generator_loss(self, batch, fakes):
        """Return the adversarial and the mutual information losses."""
        logits, predicted = self.discriminator(fakes["images"], training=True)
        adversarial = {"adversarial": self.adversarial_loss.generator(logits)}
        return adversarial | self._mutual_information_losses(fakes, predicted)

    def _mutual_information_losses(self, fakes, predicted):
        """Return -log q(code | image) for both kinds of codes, without constants."""
        category, means = ops.split(predicted, [self.classes], axis=-1)
        squares = ops.sum(ops.square(fakes["codes"] - means), axis=-1)
        return {
            "category": self.information_weight * cross_entropy(fakes["labels"], category),
            "codes": 0.1 * self.information_weight * 0.5 * ops.mean(squares),
        }

    def random_inputs(self, count, seeds):
        """Return normal latents (count, d) and uniform codes (count, 2)."""
        return super().random_inputs(count, seeds) | {"codes": _codes(count, seeds)}

    def example_inputs(self, batch):
        """Return fixed latents, categories and codes."""
        inputs = self.sampling_inputs(len(batch), seed=0)
        return {"generator": [ops.convert_to_tensor(value) for value in inputs.values()]}

    def sample_grid(self, batch):
        """Return a column per category, then per value of each continuous code.

        All else is the same within a row.
        """
        columns = super().sample_grid(batch)
        latents, labels, codes = (x[:GRID_ROWS] for x in self.example_inputs(batch)["generator"])
        for index, sign in itertools.product(range(CODES), TRAVERSAL):
            varied = ops.where(ops.arange(CODES) == index, TRAVERSAL[sign], codes)
            images = self.generator([latents, labels, varied], training=False)
            columns[f"c{index + 1}{sign}"] = images
        return columns


def _codes(count, seeds):
    """Draw continuous codes (count, 2)."""
    return keras.random.uniform((count, CODES), -1.0, 1.0, seed=seeds)
