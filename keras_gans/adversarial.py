"""The adversarial step: two sides, two optimizers, one `train_step` for every variant."""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras import ops, tree

from keras_gans.gradients import SeedGenerator, Terms, minimize
from keras_gans.metrics import TermMeans


class AdversarialModel(keras.Model):
    """A game between generators and discriminators, trained by `fit`.

    A variant passes its two sides to `__init__` and overrides `generate`, `generator_loss`,
    `discriminator_loss`, `example_inputs`, `preview` and `create`. Every loss term it names is
    logged as `generator/<term>` or `discriminator/<term>`.

    Each argument of a variant's `__init__` is kept as an attribute of that name: so it is saved.

    A batch is whatever the variant's data is: float32 images (n, h, w, c) in [-1, 1], or a tuple of
    such. With `discriminator_steps=k`, n must be a multiple of k: each discriminator update sees
    its own n/k real examples, the generator's update shares the last of them.

    Args:
        generators: the generator networks by name. Exports carry these names.
        discriminators: the discriminator networks by name.
        discriminator_steps: discriminator updates a generator update.
        seed: of the noise drawn in training. None draws one.

    Attributes:
        imitations: for each generator, by name, which domain of the data it is shown, None for
            noise, and which one it makes pictures of.
    """

    imitations: dict[str, tuple[int | None, int]]

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
        self.seed_generator = SeedGenerator(seed)
        self.steps = self.add_weight(name="steps", dtype="int64", trainable=False)
        self.term_means = TermMeans()
        self.built = True  # the networks are: without this, saved optimizers are dropped on load

    # What a variant says -------------------------------------------------------------------------

    def generate(self, batch: Any) -> Any:
        """Return the fakes that the discriminators judge: a tensor, or a structure of tensors."""
        raise NotImplementedError

    def generator_loss(self, batch: Any, fakes: Any) -> Terms:
        """Return the named, weighted terms whose sum the generators minimize."""
        raise NotImplementedError

    def discriminator_loss(self, batch: Any, fakes: Any) -> Terms:
        """Return the named, weighted terms whose sum the discriminators minimize."""
        raise NotImplementedError

    def example_inputs(self, batch: Any) -> dict[str, Any]:
        """Return what each generator, by name, is given to make images at inference."""
        raise NotImplementedError

    def preview(self, batch: Any) -> dict[str, Any]:
        """Return columns of images (n, h, w, c) in [-1, 1], by title, that show progress."""
        raise NotImplementedError

    def measures(self, terms: Terms) -> Terms:
        """Return what to log beside the terms of a round, whose names begin with the side."""
        return {}

    def extra_discriminator_steps(self, step: int) -> int:
        """Return how many updates the discriminators are ahead before round `step`, from 0.

        `keras_gans.callbacks.ExtraDiscriminatorSteps` makes them, on real examples of their own.
        """
        return 0

    @classmethod
    def create(cls, image_shape: tuple[int, ...], **hyperparameters) -> "AdversarialModel":
        """Build the game on its paper's networks, for data of a shape.

        The keyword-only parameters that a variant gives this method are its hyperparameters: they
        become flags of its command, and their lines in the docstring's Args the help.
        """
        raise NotImplementedError

    @classmethod
    def creators(cls) -> list[Callable]:
        """Return the class's `create`, and those of its parents that it hands settings on to."""
        found: list[Callable] = []
        for parent in cls.__mro__:
            if "create" in vars(parent):
                found.append(vars(parent)["create"].__func__)
                parameters = inspect.signature(found[-1]).parameters.values()
                if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
                    break
        return found

    @classmethod
    def make_optimizer(
        cls, learning_rate: float = 2e-4, *, total_steps: int | None = None, **kwargs
    ) -> keras.Optimizer:
        """Return one side's optimizer, as the variant's paper has it.

        Args:
            learning_rate: the rate, or the first one of a schedule.
            total_steps: updates in all, for a schedule that ends with the training.
            **kwargs: any of a Keras optimizer: `use_ema=True, ema_momentum=0.999` averages weights.
        """
        return keras.optimizers.Adam(learning_rate, beta_1=0.5, **kwargs)

    # The game ------------------------------------------------------------------------------------

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
            generator_optimizer: with `use_ema=True` the generators' weights are averaged; see
                `averaged`. A learning rate schedule counts this side's own updates.
            discriminator_optimizer: likewise.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.
        """
        # optimizer=None: Keras would otherwise make a third optimizer that trains nothing.
        super().compile(optimizer=None, **kwargs)
        if self.compute_dtype == "float16":
            generator_optimizer = _scaled(generator_optimizer)
            discriminator_optimizer = _scaled(discriminator_optimizer)
        generator_optimizer.build(self.generator_variables)
        discriminator_optimizer.build(self.discriminator_variables)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    def train_step(self, batch: Any) -> Terms:
        """Play one round: `discriminator_steps` discriminator updates and a generator update."""
        *earlier, share = self._shares(batch)
        for real in earlier:
            self.discriminator_step(real)
        terms = {}

        def objective(pause):
            # One forward pass of the generators serves both sides. The discriminators move first.
            fakes = self.generate(share)
            with pause():
                terms.update(self._update_discriminators(share, fakes))
            return self.generator_loss(share, fakes)

        generator_terms = minimize(objective, self.generator_optimizer, self.generator_variables)
        self.steps.assign_add(1)
        return self._log(_named("discriminator", terms) | _named("generator", generator_terms))

    def discriminator_step(self, batch: Any) -> Terms:
        """Update the discriminators alone, once."""
        return self._update_discriminators(batch, self.generate(batch))

    def test_step(self, batch: Any) -> Terms:
        """Return the terms of a round that changes nothing: no weight, no pool, no random state."""
        with keras.StatelessScope():
            fakes = self.generate(batch)
            terms = _named("discriminator", self.discriminator_loss(batch, fakes))
            terms |= _named("generator", self.generator_loss(batch, fakes))
        return self._log(terms)

    def _shares(self, batch: Any) -> list[Any]:
        steps = self.discriminator_steps
        if steps == 1:
            return [batch]
        count = tree.flatten(batch)[0].shape[0]
        if count is not None and count % steps:
            raise ValueError(f"a batch of {count} has no {steps} equal shares: discriminator_steps")
        parts = [ops.split(part, steps) for part in tree.flatten(batch)]
        return [tree.pack_sequence_as(batch, share) for share in zip(*parts, strict=True)]

    def _update_discriminators(self, batch: Any, fakes: Any) -> Terms:
        fakes = tree.map_structure(ops.stop_gradient, fakes)
        return minimize(
            lambda pause: self.discriminator_loss(batch, fakes),
            self.discriminator_optimizer,
            self.discriminator_variables,
        )

    def _log(self, terms: Terms) -> Terms:
        terms |= self.measures(terms)
        self.term_means.update_state(terms)
        return terms

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The mean of each term over the epoch so far."""
        return [self.term_means]

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averaged weights into the generators for the length of a `with` block.

        Does nothing where the generator's optimizer does not average (`use_ema=False`).
        """
        optimizer = self.generator_optimizer
        if not getattr(optimizer, "inner_optimizer", optimizer).use_ema or int(self.steps) == 0:
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
        """Return all constructor arguments, serialized: each is an attribute of the same name."""
        names = ["discriminator_steps", "seed", "name"]
        for variant in type(self).__mro__[: type(self).__mro__.index(AdversarialModel)]:
            if "__init__" in vars(variant):
                _, *parameters = inspect.signature(vars(variant)["__init__"]).parameters.values()
                names += [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        serialize = keras.saving.serialize_keras_object
        config = {name: serialize(getattr(self, name)) for name in names}
        return config | {"dtype": serialize(self.dtype_policy)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AdversarialModel":
        """Build the model from `get_config`, its networks included."""
        return cls(**keras.saving.deserialize_keras_object(config))

    def get_compile_config(self) -> dict[str, Any]:
        """Return the two optimizers, serialized."""
        return {
            "generator_optimizer": keras.saving.serialize_keras_object(self.generator_optimizer),
            "discriminator_optimizer": keras.saving.serialize_keras_object(
                self.discriminator_optimizer
            ),
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with the optimizers that `get_compile_config` gave."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store: Any) -> None:
        """Save the model's own weights and every random state: Keras leaves the latter out."""
        for index, variable in enumerate(self._own_state()):
            store[str(index)] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` saved."""
        for index, variable in enumerate(self._own_state()):
            variable.assign(store[str(index)])

    def _own_state(self) -> list[keras.Variable]:
        weights = {id(weight) for weight in self.weights}
        random_states = [v for v in self.variables if id(v) not in weights]
        return [*self._trainable_variables, *self._non_trainable_variables, *random_states]


def _scaled(optimizer: keras.Optimizer) -> keras.Optimizer:
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


def _named(side: str, terms: Terms) -> Terms:
    return {f"{side}/{name}": value for name, value in terms.items()}
