"""How a model goes through its data."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_gans import callbacks, data
from keras_gans.adversarial import AdversarialModel


class Plan:
    """How many steps a training has, where it stands, and what each step sees.

    Args:
        model: to train.
        dataset: its examples.
        settings: batch_size, epochs, steps_per_epoch (None for once through the data),
            learning_rate (None for the variant's own), ema (None for no average), seed.
    """

    def __init__(self, model: AdversarialModel, dataset: data.Dataset, settings: dict[str, Any]):
        self.model, self.dataset, self.settings = model, dataset, settings
        # Each discriminator update has real examples of its own.
        self.batch_size = settings["batch_size"] * model.discriminator_steps
        per_epoch = settings["steps_per_epoch"] or dataset.steps_per_epoch(self.batch_size)
        self.per_epoch, self.epochs = per_epoch, settings["epochs"]
        self.total = per_epoch * self.epochs

    @property
    def done(self) -> int:
        """Steps that the model has made."""
        return int(self.model.steps)

    def compile(self) -> None:
        """Give the model its optimizers."""
        rate, momentum = self.settings["learning_rate"], self.settings["ema"]
        rate = {} if rate is None else {"learning_rate": rate}
        average = {"use_ema": True, "ema_momentum": momentum} if momentum else {}
        updates = self.total * self.model.discriminator_steps
        self.model.compile(
            self.model.make_optimizer(total_steps=self.total, **rate, **average),
            self.model.make_optimizer(total_steps=updates, **rate),
        )

    def fit(self, watchers: Sequence[keras.callbacks.Callback] = ()) -> None:
        """Train from where the model stands to the end, or until a watcher stops it."""
        # Last: a watcher of the time has to see these steps too.
        watchers = [*watchers, callbacks.ExtraDiscriminatorSteps(self._extra_batches)]
        epoch, offset = divmod(self.done, self.per_epoch)
        if offset:  # a run that stopped within an epoch: what is left of that one first
            self._fit(epoch, epoch + 1, self.per_epoch - offset, watchers)
            epoch += 1
        if epoch < self.epochs and not self.model.stop_training:
            self._fit(epoch, self.epochs, self.per_epoch, watchers)

    def _extra_batches(self, start: int) -> Any:
        # An order of their own: the game's examples do not depend on how far ahead one side is.
        seed = self.settings["seed"] + 1
        return self.dataset.batches(self.settings["batch_size"], seed=seed, start=start)

    def _fit(self, first: int, last: int, steps: int, watchers: list) -> None:
        stream = self.dataset.batches(self.batch_size, seed=self.settings["seed"], start=self.done)
        self.model.fit(
            stream,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps,
            callbacks=watchers,
            shuffle=False,
            verbose=0,
        )
