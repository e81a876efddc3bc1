"""The adversarial training step: two networks, two optimizers, one `train_step` for every model."""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any, ClassVar

import keras
from keras import ops, tree

from keras_gans.configs import ModelConfig
from keras_gans.losses import AdversarialLoss
from keras_gans.training.batches import split_batch
from keras_gans.training.distribution import ReplicatedModel
from keras_gans.training.gradients import (
    Losses,
    has_averages,
    minimize,
    record,
    with_loss_scaling,
)
from keras_gans.training.loss_tracker import LossTracker
from keras_gans.training.persistence import PersistentModel
from keras_gans.training.random import SeedGenerator, stream_seed


class AdversarialModel(ReplicatedModel, PersistentModel):
    """A model of generators and discriminators that are trained against each other by `fit`.

    A subclass passes its networks to `__init__` and overrides `generate`, `generator_loss`,
    `discriminator_loss`, `example_inputs`, `sample_grid` and `create`. Losses are logged by name,
    as `generator/<name>` and `discriminator/<name>`.

    To be saved, each argument of a subclass's `__init__` must become an attribute of that name.

    A batch is float32 images (n, h, w, c) in [-1, 1], or a tuple, depending on the task. With
    `discriminator_steps=k`, n must be a multiple of k: each discriminator update has n/k real
    examples of its own, and the generator update uses those of the last one.

    Args:
        generators: the generator networks by name; exported files carry these names.
        discriminators: the discriminator networks by name; none if it is trained without.
        discriminator_steps: discriminator updates per generator update.
        seed: random seed of the noise drawn in training. None draws one.

    Attributes:
        task: what a batch is: "images", "labelled", "unpaired" or "paired"; see `keras_gans.data`.
        config_class: dataclass of the model's hyperparameters.
        generator_domains: each generator's input domain (None for noise) and output domain.
        adversarial_loss: one of `keras_gans.losses`.
    """

    task: ClassVar[str]
    config_class: ClassVar[type[ModelConfig]]
    generator_domains: ClassVar[dict[str, tuple[int | None, int]]]
    adversarial_loss: AdversarialLoss

    def __init__(
        self,
        generators: dict[str, keras.Model],
        discriminators: dict[str, keras.Model],
        *,
        discriminator_steps: int = 1,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if discriminator_steps < 1:
            raise ValueError(f"discriminator_steps must be 1 or more, not {discriminator_steps}")
        self.generators = generators
        self.discriminators = discriminators
        self.discriminator_steps = discriminator_steps
        self.seed = seed
        self.seed_generator = SeedGenerator(stream_seed(seed, "model"))
        self.steps = self.add_weight(name="steps", dtype="int64", trainable=False)
        self.loss_tracker = LossTracker()
        self.built = True  # the networks are: without this, saved optimizers are dropped on load

    # What a subclass defines ---------------------------------------------------------------------

    def generate(self, batch: Any) -> Any:
        """Return fake images for a batch: a tensor, or a structure of tensors."""
        raise NotImplementedError

    def generator_loss(self, batch: Any, fakes: Any) -> Losses:
        """Return the named, weighted losses whose sum the generators minimize."""
        raise NotImplementedError

    def discriminator_loss(self, batch: Any, fakes: Any) -> Losses:
        """Return the named, weighted losses whose sum the discriminators minimize."""
        raise NotImplementedError

    def example_inputs(self, batch: Any) -> dict[str, Any]:
        """Return each generator's inputs at inference, by the generator's name."""
        raise NotImplementedError

    def sample_grid(self, batch: Any) -> dict[str, Any]:
        """Return the columns of a sample grid by title: images (n, h, w, c) in [-1, 1]."""
        raise NotImplementedError

    def adversarial_discriminator_loss(self, real: Any, fake: Any) -> Any:
        """Return a discriminator's adversarial loss, given its logits for real and fake images."""
        return self.adversarial_loss.discriminator(real, fake)

    def extra_logs(self, losses: Losses) -> Losses:
        """Return more values to log, given a step's losses by their full names."""
        return {}

    def extra_discriminator_steps(self, step: int) -> int:
        """Return the number of updates by `ExtraDiscriminatorSteps` before step `step`, from 0."""
        return 0

    @classmethod
    def create(
        cls,
        image_shape: tuple[int, ...],
        *,
        classes: int | None = None,
        seed: int | None = None,
        **hyperparameters,
    ) -> "AdversarialModel":
        """Build the model with its paper's networks.

        Args:
            image_shape: shape of one image, (h, w, c).
            classes: number of classes; None if the data have no labels.
            seed: random seed of the noise drawn in training.
            **hyperparameters: the fields of `config_class`.
        """
        raise NotImplementedError

    @classmethod
    def make_optimizer(
        cls, learning_rate: float = 2e-4, *, total_steps: int | None = None, **kwargs
    ) -> keras.Optimizer:
        """Return the optimizer of the model's paper.

        Args:
            learning_rate: the learning rate, or the initial one of a schedule.
            total_steps: number of updates, for a schedule; None for a constant rate.
            **kwargs: those of any Keras optimizer, such as `use_ema`.
        """
        return keras.optimizers.Adam(learning_rate, beta_1=0.5, **kwargs)

    @classmethod
    def make_generator_optimizer(cls, **kwargs) -> keras.Optimizer:
        """Return `make_optimizer(**kwargs)`, or another one for the generators if the paper has."""
        return cls.make_optimizer(**kwargs)

    # Training ------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """The number of training steps so far."""
        return int(ops.convert_to_numpy(self.steps))  # on several devices, of the first

    @property
    def translates(self) -> bool:
        """Whether the generators make images from images, and not from noise."""
        return any(source is not None for source, _ in self.generator_domains.values())

    def train_step(self, batch: Any) -> Losses:
        """Update the discriminators `discriminator_steps` times, then the generators once."""
        *earlier, chunk = split_batch(batch, self.discriminator_steps)
        for real in earlier:
            self.discriminator_step(real)
        # The last discriminator update and the generator update share one generator pass.
        tape = record(self.generator_variables)
        with tape:
            fakes = self.generate(chunk)
        discriminator_losses = self._update_discriminators(chunk, fakes)
        generator_losses = minimize(
            lambda: self.generator_loss(chunk, fakes),
            self.generator_optimizer,
            self.generator_variables,
            tape,
        )
        self.steps.assign_add(1)
        return self._log(discriminator_losses, generator_losses)

    def discriminator_step(self, batch: Any) -> Losses:
        """Update the discriminators alone, once."""
        return self._update_discriminators(batch, self.generate(batch))

    def test_step(self, batch: Any) -> Losses:
        """Return the losses of a batch. No weight, image pool or random state changes."""
        with keras.StatelessScope():
            fakes = self.generate(batch)
            discriminator_losses = self.discriminator_loss(batch, fakes)
            generator_losses = self.generator_loss(batch, fakes)
        return self._log(discriminator_losses, generator_losses)

    def _update_discriminators(self, batch: Any, fakes: Any) -> Losses:
        if not self.discriminators:
            return {}
        fakes = tree.map_structure(ops.stop_gradient, fakes)
        return minimize(
            lambda: self.discriminator_loss(batch, fakes),
            self.discriminator_optimizer,
            self.discriminator_variables,
        )

    def _log(self, discriminator_losses: Losses, generator_losses: Losses) -> Losses:
        losses = {f"discriminator/{name}": loss for name, loss in discriminator_losses.items()}
        losses |= {f"generator/{name}": loss for name, loss in generator_losses.items()}
        losses |= self.extra_logs(losses)
        self.loss_tracker.update_state(losses)
        return losses

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The mean of each loss over the epoch so far."""
        return [self.loss_tracker]

    def auxiliary_networks(self) -> dict[str, keras.Model]:
        """Return further networks, which only training needs, by name.

        No property: Keras would save what it returns, under its name.
        """
        return {}

    @property
    def generator_variables(self) -> list[keras.Variable]:
        """The trainable weights of all generators."""
        return [v for network in self.generators.values() for v in network.trainable_variables]

    @property
    def discriminator_variables(self) -> list[keras.Variable]:
        """The trainable weights of all discriminators."""
        return [v for network in self.discriminators.values() for v in network.trainable_variables]

    def compile(
        self,
        generator_optimizer: keras.Optimizer,
        discriminator_optimizer: keras.Optimizer,
        **kwargs,
    ) -> None:
        """Set the two optimizers.

        Args:
            generator_optimizer: for the generators. See `averaged` for `use_ema=True`.
            discriminator_optimizer: for the discriminators. A schedule counts its own updates.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.
        """
        # optimizer=None: by default, Keras would make a third optimizer.
        super().compile(optimizer=None, **kwargs)
        if self.compute_dtype == "float16":
            generator_optimizer = with_loss_scaling(generator_optimizer)
            discriminator_optimizer = with_loss_scaling(discriminator_optimizer)
        generator_optimizer.build(self.generator_variables)
        discriminator_optimizer.build(self.discriminator_variables)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Use the averaged weights in the generators within a `with` block.

        Does nothing if the generator optimizer does not average (`use_ema=False`), has made no step
        yet, or is not there.
        """
        optimizer = getattr(self, "generator_optimizer", None)
        if optimizer is None or not has_averages(optimizer):
            yield
            return
        variables = self.generator_variables
        current = [ops.copy(variable.value) for variable in variables]
        optimizer.finalize_variable_values(variables)
        try:
            yield
        finally:
            for variable, value in zip(variables, current, strict=True):
                variable.assign(value)

    # Saving --------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialized: attributes of the same names."""
        names = ["discriminator_steps", "seed", "name"]
        for parent in type(self).__mro__[: type(self).__mro__.index(AdversarialModel)]:
            if "__init__" in vars(parent):
                _, *parameters = inspect.signature(vars(parent)["__init__"]).parameters.values()
                names += [p.name for p in parameters if not str(p).startswith("*")]
        serialize = keras.saving.serialize_keras_object
        config = {name: serialize(getattr(self, name)) for name in names}
        return config | {"dtype": serialize(self.dtype_policy)}

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the two optimizers, serialized; None if there are none yet."""
        if not self.compiled:
            return None
        names = ("generator_optimizer", "discriminator_optimizer")
        return {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in names}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with the optimizers that `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))
