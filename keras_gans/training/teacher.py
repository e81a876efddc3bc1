"""A trained translator from which another one learns."""

import hashlib
from collections.abc import Collection
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gans.networks import activations
from keras_gans.networks.copying import copy_network
from keras_gans.training.adversarial_model import AdversarialModel


class Teacher:
    """A trained generator, and its discriminator. Neither is trained, nor saved with a student.

    Args:
        generator: from images of the source domain to images of the target domain.
        discriminator: of the target domain; None if there is none.
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model | None = None):
        self.generator = generator
        self.discriminator = discriminator

    @classmethod
    def of(
        cls, model: AdversarialModel, domains: tuple[int, int], trained: Collection[str]
    ) -> "Teacher | None":
        """Return copies of a translator's networks of one direction, with averaged weights.

        They compute in the current `keras.config.dtype_policy()`, whatever the translator's.

        Args:
            model: the translator.
            domains: the source and the target: (0, 1) for a to b.
            trained: names of its discriminators that have trained weights.

        Returns:
            None if the model does not translate in that direction.
        """
        policy = keras.config.dtype_policy()
        names = [name for name, found in model.generator_domains.items() if found == domains]
        if not names:
            return None
        # One for each domain, in their order, or one for the target alone.
        several = len(model.discriminators) > 1
        discriminators = list(model.discriminators)[domains[1] if several else 0 :][:1]
        with model.averaged():
            generator = copy_network(model.generators[names[0]], policy)
        found = [
            copy_network(model.discriminators[x], policy) for x in discriminators if x in trained
        ]
        return cls(generator, *found)

    def check_shape(self, image_shape: tuple[int, ...]) -> None:
        """Check the shape of images.

        Raises:
            ValueError: it translates images of another shape.
        """
        shapes = self.generator.input_shape[1:], tuple(image_shape)
        if shapes[0] != shapes[1]:
            own, given = ("x".join(map(str, shape)) for shape in shapes)
            raise ValueError(f"the teacher translates images of {own}, not of {given}")

    @cached_property
    def sha256(self) -> str:
        """The hash of all weights."""
        digest = hashlib.sha256()
        for network in filter(None, (self.generator, self.discriminator)):
            for weight in network.weights:
                digest.update(np.ascontiguousarray(ops.convert_to_numpy(weight)).tobytes())
        return digest.hexdigest()

    def translate(self, images: Any) -> Any:
        """Return the translations (n, h, w, c)."""
        return self.generator(images, training=False)

    def discriminator_features(self, images: Any) -> list[Any]:
        """Return the discriminator's features of images; gradients go through it."""
        found = self._discriminator_features(images, training=False)
        return keras.tree.flatten(found)  # of one output, Keras returns no list

    @cached_property
    def _discriminator_features(self) -> keras.Model:
        if self.discriminator is None:
            raise ValueError("the teacher has no discriminator")
        return activations.of_discriminator(self.discriminator)
