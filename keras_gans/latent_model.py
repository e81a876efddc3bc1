"""Games whose generator makes images from noise: what GAN's descendants share."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

import keras
import numpy as np
from keras import ops, tree

from keras_gans import layers, losses
from keras_gans.adversarial import AdversarialModel
from keras_gans.gradients import Terms
from keras_gans.networks import dcgan, mlp, parts, r3gan, resnet
from keras_gans.penalties import R1, Penalty

NETWORKS = {"mlp": mlp, "dcgan": dcgan, "resnet": resnet, "r3gan": r3gan}
PREVIEWED = 8, 10  # examples of a label, and labels, in a preview


class LatentModel(AdversarialModel):
    """A game whose generator makes images from latents, and from labels where there are some.

    A batch is images (n, h, w, c), or (images, labels (n,)) where `classes` says how many labels
    there are. The game and the networks are independent: a variant may override the loss and what
    each side minimizes, or `make_generator` and `make_discriminator`.

    Args:
        generator: latents (n, d), or [latents, labels], to images in [-1, 1].
        discriminator: images, or [images, labels], to logits (n, 1).
        adversarial_loss: one of `keras_gans.losses`; the variant's own where None.
        penalties: of `keras_gans.penalties`, further terms of the discriminator's loss.
        classes: number of labels; None where there are none.
        **kwargs: those of `AdversarialModel`.
    """

    data_form = "images"
    imitations = {"generator": (None, 0)}
    adversarial_loss: losses.AdversarialLoss
    network = "dcgan"
    r1 = 0.0

    def __init__(
        self,
        generator,
        discriminator,
        adversarial_loss: losses.AdversarialLoss | None = None,
        penalties: Sequence[Penalty] = (),
        classes: int | None = None,
        **kwargs,
    ):
        super().__init__({"generator": generator}, {"discriminator": discriminator}, **kwargs)
        self.generator, self.discriminator = generator, discriminator
        if adversarial_loss is not None:
            self.adversarial_loss = adversarial_loss
        self.penalties = tuple(penalties)
        self.classes = classes

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, ...],
        *,
        network: Literal["mlp", "dcgan", "resnet", "r3gan"] | None = None,
        latent_dim: int = 100,
        filters: int | None = None,
        discriminator_steps: int = 1,
        r1: float | None = None,
        augment: bool = False,
        instance_noise: float = 0.0,
        label_smoothing: float = 0.0,
        classes: int | None = None,
        seed: int | None = None,
        **own,
    ) -> "LatentModel":
        """Build the game on networks of a family.

        Args:
            image_shape: (h, w, c), or (2,) for points.
            network: both sides' networks; default the variant's own, and mlp for points.
            latent_dim: length of a latent vector.
            filters: channels at half the image's side, twice as many at each smaller one; the
                MLP's width is in proportion. Default 32, and 64 for points.
            discriminator_steps: discriminator updates a generator update.
            r1: weight of the penalty on the discriminator's slope at real images, 0 for none;
                default the variant's own, and none for points.
            augment: show the discriminator all images in other colours, shifted, partly covered.
            instance_noise: standard deviation of noise on all that the discriminator sees.
            label_smoothing: how far under 1 the label of real images is; 0.1 is usual.
            classes: number of labels; None where there are none.
            seed: of the noise drawn in training.
            **own: the variant's own constructor arguments.
        """
        points = len(image_shape) == 1
        family = NETWORKS[network or ("mlp" if points else cls.network)]
        if filters is None:
            filters = 64 if points else 32
        if r1 is None:  # the modes of points need a steep discriminator
            r1 = 0.0 if points else cls.r1
        views = [layers.DiffAugment(seed=seed)] if augment else []
        views += [layers.InstanceNoise(instance_noise, seed=seed)] if instance_noise else []
        loss = own.pop("adversarial_loss", cls.adversarial_loss)
        penalties = own.pop("penalties", ())
        discriminator = cls.make_discriminator(family, image_shape, filters, classes)
        return cls(
            cls.make_generator(family, image_shape, latent_dim, filters, classes),
            parts.seen_through(discriminator, views),
            adversarial_loss=loss.smoothed(label_smoothing) if label_smoothing else loss,
            penalties=(*penalties, R1(r1)) if r1 else penalties,
            classes=classes,
            discriminator_steps=discriminator_steps,
            seed=seed,
            **own,
        )

    @classmethod
    def make_generator(
        cls,
        family: ModuleType,
        image_shape: tuple[int, ...],
        latent_dim: int,
        filters: int,
        classes: int | None,
    ) -> keras.Model:
        """Return the generator: the family's, told the label where there are labels."""
        if not classes:
            return family.generator(image_shape, latent_dim, filters)
        network = family.generator(image_shape, latent_dim + classes, filters)
        return parts.labelled_generator(network, classes)

    @classmethod
    def make_discriminator(
        cls, family: ModuleType, image_shape: tuple[int, ...], filters: int, classes: int | None
    ) -> keras.Model:
        """Return the discriminator: the family's body and a verdict."""
        return parts.verdict(family.body(image_shape, filters))

    def latents(self, count: Any, seeds: keras.random.SeedGenerator | None = None) -> Any:
        """Draw latents (count, d) from the standard normal distribution; by default in training."""
        return keras.random.normal((count, self.latent_dim), seed=seeds or self.seed_generator)

    @property
    def latent_dim(self) -> int:
        """Length of a latent vector."""
        return self.generator.inputs[0].shape[-1]

    def judge(self, images, *labels) -> Any:
        """Return the discriminator's logits (n, 1) in training."""
        return self.discriminator([images, *labels] if labels else images, training=True)

    def generate(self, batch):
        """Return as many fakes as there are images, of the same labels."""
        images, *labels = tree.flatten(batch)
        latents = self.latents(ops.shape(images)[0])
        return self.generator([latents, *labels] if labels else latents, training=True)

    def generator_loss(self, batch, fakes):
        """Maximize the discriminator's logits for generated images."""
        _, *labels = tree.flatten(batch)
        return {"adversarial": self.adversarial_loss.generator(self.judge(fakes, *labels))}

    def discriminator_loss(self, batch, fakes):
        """Tell real images from generated ones, a batch of each: batch norm must not mix them."""
        images, *labels = tree.flatten(batch)
        real, fake = self.judge(images, *labels), self.judge(fakes, *labels)
        terms = {"adversarial": self.adversarial_loss.discriminator(real, fake)}
        return terms | self.penalty_terms(batch, fakes)

    def penalty_terms(self, batch: Any, fakes: Any) -> Terms:
        """Return each penalty's term by its name."""
        images, *labels = tree.flatten(batch)

        def judge(seen):
            return self.judge(seen, *labels)

        return {
            penalty.name: penalty(judge, images, fakes, self.seed_generator)
            for penalty in self.penalties
        }

    def sampling_inputs(
        self, count: int, seed: int, labels: Sequence[int] | None = None
    ) -> dict[str, np.ndarray]:
        """Return what the generator is given to make samples, by the name of its inputs.

        Args:
            count: how many samples. The first n are the same whatever the count.
            seed: of the latents.
            labels: the labels to go round; all of them where None.

        Raises:
            ValueError: a label is out of range, or there are none to choose from.
        """
        inputs = {
            name: ops.convert_to_numpy(values)
            for name, values in self.draw(count, keras.random.SeedGenerator(seed)).items()
        }
        if self.classes is None:
            if labels is not None:
                raise ValueError("this generator knows no labels")
            return inputs
        labels = range(self.classes) if labels is None else labels
        if not all(0 <= label < self.classes for label in labels):
            raise ValueError(f"labels are from 0 to {self.classes - 1}, not {list(labels)}")
        inputs["labels"] = np.resize(np.asarray(labels, "int32"), count)
        return {tensor.name: inputs[tensor.name] for tensor in self.generator.inputs}

    def draw(self, count: Any, seeds: keras.random.SeedGenerator) -> dict[str, Any]:
        """Return random inputs of the generator, by name: latents (count, d)."""
        return {"latents": self.latents(count, seeds)}

    def example_inputs(self, batch):
        """Return latents that are the same at every call, one an image, and the images' labels."""
        images, *labels = tree.flatten(batch)
        latents = keras.random.normal((ops.shape(images)[0], self.latent_dim), seed=0)
        inputs = [latents, *map(ops.convert_to_tensor, labels)]
        return {"generator": inputs if labels else latents}

    def preview(self, batch):
        """Show samples from latents that are the same at every call; a column a label."""
        inputs = self.example_inputs(batch)["generator"]
        if self.classes is None:
            return {"samples": self.generator(inputs, training=False)}
        rows, columns = PREVIEWED
        latents, labels, *codes = (values[:rows] for values in inputs)
        return {
            str(label): self.generator(
                [latents, ops.full_like(labels, label), *codes], training=False
            )
            for label in range(min(columns, self.classes))
        }
