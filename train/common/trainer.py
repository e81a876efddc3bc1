"""How a model goes through its data."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from keras_gans import callbacks, data
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.gradients import without_loss_scaling
from train.common.options import TrainingOptions

# Of thirty images, a pass is one step: fifty of them train nothing.
LEAST_STEPS_PER_EPOCH = 100


class Trainer:
    """How many steps a training has, which step it is at, and what each step sees.

    Args:
        model: the model to train.
        dataset: its examples.
        options: batch size, epochs, learning rate and the like.
    """

    def __init__(self, model: AdversarialModel, dataset: data.Dataset, options: TrainingOptions):
        self.model, self.dataset, self.options = model, dataset, options
        # Each discriminator update has real examples of its own.
        self.batch_size = options.batch_size * model.discriminator_steps
        self.per_epoch = options.steps_per_epoch or max(
            dataset.steps_per_epoch(self.batch_size), LEAST_STEPS_PER_EPOCH
        )
        self.epochs = options.epochs
        self.total = self.per_epoch * self.epochs
        self._rates: dict[str, float] = {}

    @property
    def done(self) -> int:
        """Steps that the model has been trained for."""
        return self.model.step

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.done >= self.total

    def compile(self) -> None:
        """Give the model its optimizers."""
        options = self.options
        average = {"use_ema": True, "ema_momentum": options.ema} if options.ema else {}
        updates = self.total * self.model.discriminator_steps
        self.model.compile(
            self.model.make_generator_optimizer(
                total_steps=self.total, **average, **self._rate(options.generator_learning_rate)
            ),
            self.model.make_optimizer(
                total_steps=updates, **self._rate(options.discriminator_learning_rate)
            ),
        )
        self._rates = {
            name: float(ops.convert_to_numpy(optimizer.learning_rate))  # of several devices, too
            for name, optimizer in self._optimizers.items()
            if not isinstance(optimizer._learning_rate, LearningRateSchedule)
        }

    def set_learning_rates(self) -> None:
        """Set the rates that the model was compiled with: a checkpoint has brought its own.

        Those of schedules are not in checkpoints.
        """
        for name, rate in self._rates.items():
            self._optimizers[name].learning_rate = rate

    @property
    def _optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        return {
            "generator": without_loss_scaling(self.model.generator_optimizer),
            "discriminator": without_loss_scaling(self.model.discriminator_optimizer),
        }

    def fit(self, watching: Sequence[keras.callbacks.Callback] = ()) -> None:
        """Train from the model's step to the end, or until a callback stops it."""
        # Last: the time of these steps counts for the callbacks before.
        watching = [*watching, callbacks.ExtraDiscriminatorSteps(self._extra_batches)]
        epoch, offset = divmod(self.done, self.per_epoch)
        if offset:  # the training stopped within an epoch: the rest of it comes first
            self._fit(epoch, epoch + 1, self.per_epoch - offset, watching)
            epoch += 1
        if epoch < self.epochs and not self.model.stop_training:
            self._fit(epoch, self.epochs, self.per_epoch, watching)

    def fit_nothing(self, watching: Sequence[keras.callbacks.Callback]) -> None:
        """Begin and end a training without a step: `fit` takes one before it can be stopped."""
        every = keras.callbacks.CallbackList(watching, model=self.model)
        every.on_train_begin()
        every.on_train_end()

    def _rate(self, own: float | None) -> dict[str, float]:
        """Return an optimizer's rate, its own or that of both; nothing for the paper's."""
        rate = own or self.options.learning_rate
        return {} if rate == "paper" else {"learning_rate": rate}

    def _extra_batches(self, start: int) -> Any:
        # An order of their own: the other steps' examples do not depend on these.
        seed = self.options.seed + 1
        return self.dataset.distributed_batches(self.options.batch_size, seed=seed, start=start)

    def _fit(self, first: int, last: int, steps: int, watching: list) -> None:
        stream = self.dataset.distributed_batches(
            self.batch_size,
            seed=self.options.seed,
            start=self.done,
            updates=self.model.discriminator_steps,
        )
        self.model.fit(
            stream,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps,
            callbacks=watching,
            shuffle=False,
            verbose=0,
        )
