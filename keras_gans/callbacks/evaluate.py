"""Measures during training: to TensorBoard, to a file, and to keep the best model."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from keras_gans.callbacks.console import print_line
from keras_gans.callbacks.cpu_timer import CpuTimer
from keras_gans.evaluation.evaluator import Evaluator, comparable
from keras_gans.evaluation.history import read_history, write_history
from keras_gans.evaluation.metric_specs import sort_key
from keras_gans.training.distribution import of_chief, without_strategy
from keras_gans.training.saving import save_atomically


class Evaluate(keras.callbacks.Callback):
    """Evaluate the averaged weights every few steps, and keep the best model.

    A resumed training drops the evaluations of steps that it repeats, and finds the same values. If
    it was killed while a checkpoint was evaluated, that is evaluated again.

    Args:
        evaluator: computes the metrics.
        file: gets one JSON object per line: "step", "seconds", the metrics, what they depend on.
            Values that are not finite are null.
        best: where the best model so far is saved, a `.keras` file. Only evaluations that can be
            compared with the last one, and finite values, are considered.
        monitor: the value that says which is best; of several generators, their mean.
        every: steps between two evaluations; with `timed`, processor seconds.
        cpu_timer: measures the seconds.
        timed: whether `every` is seconds.
        patience: stop after so many evaluations without a better one; None for never.
        writer: a `tf.summary` writer; None for none.
        print_fn: gets one line of text after each evaluation.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        file: str | os.PathLike,
        best: str | os.PathLike,
        *,
        monitor: str,
        every: float,
        cpu_timer: CpuTimer,
        timed: bool = False,
        patience: int | None = None,
        writer: Any = None,
        print_fn: Callable[[str], None] = print_line,
    ):
        super().__init__()
        self.evaluator, self.file, self.best = evaluator, Path(file), Path(best)
        self.monitor, self.every, self.cpu_timer = monitor, every, cpu_timer
        self.timed, self.patience, self.writer, self.print_fn = timed, patience, writer, print_fn
        self.lines: list[dict[str, Any]] = []
        self._mark, self._begun = 0, False

    def on_train_begin(self, logs=None):
        """Read what an earlier process of the run found, once."""
        if self._begun:
            return
        self._begun = True
        step = self.model.step
        self.lines = [line for line in read_history(self.file) if line["step"] <= step]
        self._mark = self._marks()
        if step > 0 and not self.timed and step % self.every == 0:
            self.evaluate()

    def on_train_batch_end(self, batch, logs=None):
        """Evaluate if it is time to."""
        if self._marks() > self._mark:
            self.evaluate()
            if self.patience is not None and self.since_best >= self.patience:
                self.print_fn(
                    f"no better {self.monitor} in {self.since_best} evaluations: stopping"
                )
                self.model.stop_training = True

    def evaluate(self) -> None:
        """Evaluate now, unless this step has been."""
        self._mark = self._marks()
        step = self.model.step
        if self.lines and self.lines[-1]["step"] == step:
            return
        self.cpu_timer.write()  # this may take minutes, in which a process may be killed
        values = without_strategy(lambda: self.evaluator(self.model))
        values = dict(zip(values, of_chief([*values.values()]), strict=True))
        line = {"step": step, "seconds": round(self.cpu_timer.seconds, 1), **values}
        self.lines.append(line | self.evaluator.conditions(self.model))
        if self.since_best == 0:  # saved before the line that says so
            with self.model.averaged():
                save_atomically(self.model, self.best)
        write_history(self.file, self.lines)
        self._log(step, values)

    @property
    def since_best(self) -> int:
        """How many evaluations ago the best one was; the number of evaluations if none is best."""
        keys = [sort_key(line, self.monitor) for line in comparable(self.lines)]
        best = min(keys)
        return len(keys) - 1 - keys.index(best) if math.isfinite(best[0]) else len(keys)

    def _marks(self) -> int:
        return int((self.cpu_timer.seconds if self.timed else self.model.step) // self.every)

    def _log(self, step: int, values: dict[str, float]) -> None:
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        shown = "  ".join(f"{name} {value:.4g}" for name, value in finite.items())
        best = "  (best)" if self.since_best == 0 else ""
        self.print_fn(f"step {step}: {shown}{best}")
        if self.writer is None:
            return
        import tensorflow as tf

        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(f"metrics/{name}", value)
        self.writer.flush()
