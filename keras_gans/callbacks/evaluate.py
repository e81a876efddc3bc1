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
from keras_gans.training.saving import save_atomically


class Evaluate(keras.callbacks.Callback):
    """Evaluate the averaged weights every few steps, and keep the best model.

    A run that goes on drops the lines of steps that it makes again, and finds the same figures. One
    that was killed while it measured a state that is saved measures it again.

    Args:
        evaluation: what measures.
        file: gets a JSON object a line: "step", "seconds", the measures, what they depend on. A
            measure that is no finite number is null.
        best: where the best model so far goes, a `.keras` file. Figures that depend on other things
            than the last ones, and those that are no finite number, do not take part.
        monitor: the value that says which is best; of several generators, their mean.
        every: steps between two evaluations; with `timed`, processor seconds.
        cpu_timer: of the seconds.
        timed: whether `every` is seconds.
        patience: stop after so many evaluations without a better one; None for never.
        writer: a `tf.summary` writer; None for none.
        say: is given a line to read after each evaluation.
    """

    def __init__(
        self,
        evaluation: Evaluator,
        file: str | os.PathLike,
        best: str | os.PathLike,
        *,
        monitor: str,
        every: float,
        cpu_timer: CpuTimer,
        timed: bool = False,
        patience: int | None = None,
        writer: Any = None,
        say: Callable[[str], None] = print_line,
    ):
        super().__init__()
        self.evaluation, self.file, self.best = evaluation, Path(file), Path(best)
        self.monitor, self.every, self.cpu_timer = monitor, every, cpu_timer
        self.timed, self.patience, self.writer, self.say = timed, patience, writer, say
        self.lines: list[dict[str, Any]] = []
        self._mark, self._begun = 0, False

    def on_train_begin(self, logs=None):
        """Read what an earlier process of the run found, once."""
        if self._begun:
            return
        self._begun = True
        step = int(self.model.steps)
        self.lines = [line for line in read_history(self.file) if line["step"] <= step]
        self._mark = self._marks()
        if step > 0 and not self.timed and step % self.every == 0:
            self.evaluate()

    def on_train_batch_end(self, batch, logs=None):
        """Evaluate where it is time to."""
        if self._marks() > self._mark:
            self.evaluate()
            if self.patience is not None and self.since_best >= self.patience:
                self.say(f"no better {self.monitor} in {self.since_best} evaluations: stopping")
                self.model.stop_training = True

    def evaluate(self) -> None:
        """Evaluate now, unless this step has been."""
        self._mark = self._marks()
        step = int(self.model.steps)
        if self.lines and self.lines[-1]["step"] == step:
            return
        self.cpu_timer.write()  # this may take minutes, in which a process may be killed
        values = self.evaluation(self.model)
        line = {"step": step, "seconds": round(self.cpu_timer.seconds, 1), **values}
        self.lines.append(line | self.evaluation.conditions(self.model))
        if self.since_best == 0:  # saved before the line that says so
            with self.model.averaged():
                save_atomically(self.model, self.best)
        write_history(self.file, self.lines)
        self._log(step, values)

    @property
    def since_best(self) -> int:
        """How many evaluations ago the best one was; as many as there are where none is best."""
        keys = [sort_key(line, self.monitor) for line in comparable(self.lines)]
        best = min(keys)
        return len(keys) - 1 - keys.index(best) if math.isfinite(best[0]) else len(keys)

    def _marks(self) -> int:
        return int((self.cpu_timer.seconds if self.timed else int(self.model.steps)) // self.every)

    def _log(self, step: int, values: dict[str, float]) -> None:
        shown = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        best = "  (best)" if self.since_best == 0 else ""
        self.say(f"step {step}: {shown}{best}")
        if self.writer is None:
            return
        import tensorflow as tf

        with self.writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(f"metrics/{name}", value)
        self.writer.flush()
