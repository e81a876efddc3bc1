"""Models whose generator makes images from noise."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from keras_gans import layers, losses
from keras_gans.configs import LatentConfig
from keras_gans.networks import dcgan, fastgan, mlp, r3gan, resnet
from keras_gans.networks.conditioning import conditional_generator, with_augmentation
from keras_gans.networks.heads import logits_head
from keras_gans.penalties import R1, Penalty
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.gradients import Losses
from keras_gans.training.random import stream_seed

ARCHITECTURES = {
    "mlp": mlp,
    "dcgan": dcgan,
    "resnet": resnet,
    "r3gan": r3gan,
    "fastgan": fastgan,
}
GRID_ROWS, GRID_CLASSES = 8, 10  # of a class-conditional sample grid


class LatentModel(AdversarialModel):
    """A model whose generator makes images from latents, and from labels if it is conditional.

    A batch is images (n, h, w, c), or (images, labels (n,)) if there are `classes`. Losses and
    networks are independent: a subclass may override `generator_loss` and `discriminator_loss`, or
    `make_generator` and `make_discriminator`. For hyperparameters of its own, it sets
    `config_class` to a subclass of `LatentConfig`.

    Args:
        generator: latents (n, d), or [latents, labels], to images in [-1, 1].
        discriminator: images, or [images, labels], to logits (n, 1).
        adversarial_loss: one of `keras_gans.losses`; None for the model's own.
        penalties: from `keras_gans.penalties`; losses of the discriminator.
        classes: number of classes; None for an unconditional model.
        **kwargs: those of `AdversarialModel`.
    """

    task = "images"
    config_class = LatentConfig
    generator_domains = {"generator": (None, 0)}
    adversarial_loss: losses.AdversarialLoss

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

    # Building ------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, ...],
        *,
        classes: int | None = None,
        seed: int | None = None,
        **hyperparameters,
    ) -> "LatentModel":
        """Build the model with networks of the configured architecture.

        Args:
            image_shape: (h, w, c), or (2,) for 2-D points.
            classes: number of classes; None if the data have no labels.
            seed: random seed of the noise drawn in training.
            **hyperparameters: the fields of `config_class`.

        Raises:
            ValueError: a hyperparameter is out of its range, or the architecture has no networks
                for such images.
        """
        config: Any = cls.config_class(**hyperparameters).resolve(image_shape)
        architecture = ARCHITECTURES[config.network]
        classes = cls.classes_from(config, classes)
        discriminator = cls.make_discriminator(architecture, image_shape, config.filters, classes)
        return cls(
            cls.generator_from(config, architecture, image_shape, classes),
            with_augmentation(discriminator, _augmentations(config, seed)),
            adversarial_loss=_smoothed(cls.loss_from(config), config.label_smoothing),
            penalties=cls.penalties_from(config),
            classes=classes,
            discriminator_steps=config.discriminator_steps,
            seed=seed,
            **cls.arguments_from(config),
        )

    @classmethod
    def make_generator(
        cls,
        architecture: ModuleType,
        image_shape: tuple[int, ...],
        latent_dim: int,
        filters: int,
        classes: int | None,
    ) -> keras.Model:
        """Return the generator, class-conditional if there are classes."""
        if not classes:
            return architecture.generator(image_shape, latent_dim, filters)
        network = architecture.generator(image_shape, latent_dim + classes, filters)
        return conditional_generator(network, classes)

    @classmethod
    def make_discriminator(
        cls,
        architecture: ModuleType,
        image_shape: tuple[int, ...],
        filters: int,
        classes: int | None,
    ) -> keras.Model:
        """Return the discriminator: the architecture's backbone with a head of one logit."""
        return logits_head(architecture.backbone(image_shape, filters))

    @classmethod
    def generator_from(
        cls,
        config: Any,
        architecture: ModuleType,
        image_shape: tuple[int, ...],
        classes: int | None,
    ) -> keras.Model:
        """Return `make_generator`'s network of the configured size."""
        return cls.make_generator(
            architecture, image_shape, config.latent_dim, config.filters, classes
        )

    @classmethod
    def loss_from(cls, config: Any) -> losses.AdversarialLoss:
        """Return the adversarial loss."""
        return cls.adversarial_loss

    @classmethod
    def penalties_from(cls, config: Any) -> tuple[Penalty, ...]:
        """Return the penalties: R1, if it has a weight."""
        return (R1(config.r1),) if config.r1 else ()

    @classmethod
    def classes_from(cls, config: Any, classes: int | None) -> int | None:
        """Return the model's number of classes, given that of the data."""
        return classes

    @classmethod
    def arguments_from(cls, config: Any) -> dict[str, Any]:
        """Return the arguments that a subclass's `__init__` adds."""
        return {}

    # Training ------------------------------------------------------------------------------------

    def generate(self, batch):
        """Return as many fake images as there are real ones, of the same classes."""
        images, *labels = tree.flatten(batch)
        latents = self.sample_latents(ops.shape(images)[0])
        return self.generator([latents, *labels] if labels else latents, training=True)

    def discriminate(self, images, *labels) -> Any:
        """Return the discriminator's logits (n, 1), as in training."""
        return self.discriminator([images, *labels] if labels else images, training=True)

    def discriminator_loss(self, batch, fakes):
        """Return the adversarial loss and the penalties."""
        images, *labels = tree.flatten(batch)
        # Two passes: batch normalization must not mix real images and fakes.
        real, fake = self.discriminate(images, *labels), self.discriminate(fakes, *labels)
        adversarial = {"adversarial": self.adversarial_discriminator_loss(real, fake)}
        return adversarial | self.penalty_losses(batch, fakes)

    def generator_loss(self, batch, fakes):
        """Return the adversarial loss."""
        _, *labels = tree.flatten(batch)
        return {"adversarial": self.adversarial_loss.generator(self.discriminate(fakes, *labels))}

    def penalty_losses(self, batch: Any, fakes: Any) -> Losses:
        """Return the weighted penalties by name."""
        images, *labels = tree.flatten(batch)
        return {
            penalty.name: penalty(
                lambda x: self.discriminate(x, *labels), images, fakes, self.seed_generator
            )
            for penalty in self.penalties
        }

    # Sampling ------------------------------------------------------------------------------------

    @property
    def latent_dim(self) -> int:
        """Length of a latent vector."""
        return self.generator.inputs[0].shape[-1]

    def sample_latents(self, count: Any, seeds: keras.random.SeedGenerator | None = None) -> Any:
        """Draw latents (count, d) from the standard normal distribution.

        Args:
            count: number of latents.
            seeds: None for the model's own seed generator, as in training.
        """
        return keras.random.normal((count, self.latent_dim), seed=seeds or self.seed_generator)

    def random_inputs(self, count: Any, seeds: keras.random.SeedGenerator) -> dict[str, Any]:
        """Return random inputs of the generator by name: latents (count, d)."""
        return {"latents": self.sample_latents(count, seeds)}

    def sampling_inputs(
        self, count: int, seed: int, labels: Sequence[int] | None = None
    ) -> dict[str, np.ndarray]:
        """Return inputs of the generator by name, to draw samples.

        Args:
            count: number of samples. The first n samples do not depend on it.
            seed: random seed of the latents.
            labels: the samples' classes, which are cycled through; None for all classes.

        Raises:
            ValueError: a label is out of range, or the model is not class-conditional.
        """
        inputs = {
            name: ops.convert_to_numpy(values)
            for name, values in self.random_inputs(count, keras.random.SeedGenerator(seed)).items()
        }
        if self.classes is None:
            if labels is not None:
                raise ValueError("this model is not class-conditional: it takes no labels")
            return inputs
        labels = range(self.classes) if labels is None else labels
        if not all(0 <= label < self.classes for label in labels):
            raise ValueError(f"labels must be from 0 to {self.classes - 1}, not {list(labels)}")
        inputs["labels"] = np.resize(np.asarray(labels, "int32"), count)
        return {tensor.name: inputs[tensor.name] for tensor in self.generator.inputs}

    def example_inputs(self, batch):
        """Return fixed latents, one per image of the batch, and the images' labels."""
        images, *labels = tree.flatten(batch)
        latents = keras.random.normal((ops.shape(images)[0], self.latent_dim), seed=0)
        inputs = [latents, *map(ops.convert_to_tensor, labels)]
        return {"generator": inputs if labels else latents}

    def sample_grid(self, batch):
        """Return samples for fixed latents: one column, or one per class."""
        inputs = self.example_inputs(batch)["generator"]
        if self.classes is None:
            return {"samples": self.generator(inputs, training=False)}
        latents, labels, *codes = (values[:GRID_ROWS] for values in inputs)
        return {
            str(label): self.generator(
                [latents, ops.full_like(labels, label), *codes], training=False
            )
            for label in range(min(self.classes, GRID_CLASSES))
        }


def _augmentations(config: LatentConfig, seed: int | None) -> list[keras.layers.Layer]:
    augmentations: list[keras.layers.Layer] = []
    if config.augment:
        augmentations.append(layers.DiffAugment(seed=stream_seed(seed, "augmentation")))
    if noise := config.instance_noise:
        augmentations.append(layers.InstanceNoise(noise, seed=stream_seed(seed, "instance_noise")))
    return augmentations


def _smoothed(loss: losses.AdversarialLoss, amount: float) -> losses.AdversarialLoss:
    return loss.smoothed(amount) if amount else loss
