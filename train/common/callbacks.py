"""The callbacks of a run."""

from typing import Any

import keras

from keras_gans import callbacks
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.evaluation.evaluator import Evaluator
from train.common.options import EvaluationOptions, RunOptions
from train.common.trainer import Trainer

ADVICE = "A run's settings cannot change: begin again with --restart and the flag of that name."


class RunCallbacks:
    """The callbacks of a run.

    Args:
        trainer: what is trained.
        run: where everything is written.
        examples: a batch for sample grids.
        limits: minutes and CPU minutes.
        evaluation: when to evaluate, and which model is best.
        evaluator: None for no evaluation.

    Attributes:
        all: the callbacks, in their order.
        cpu_timer: knows whether the processor time is over.
        on_signal: knows whether a signal arrived.
    """

    def __init__(
        self,
        trainer: Trainer,
        run: RunDirectory,
        examples: Any,
        limits: RunOptions,
        evaluation: EvaluationOptions,
        evaluator: Evaluator | None,
    ):
        import tensorflow as tf

        self._writer = writer = tf.summary.create_file_writer(str(run.logs))
        self.on_signal = callbacks.StopOnSignal()
        checkpoint = callbacks.Checkpoint(run.checkpoints)
        self.cpu_timer = callbacks.CpuTimer(checkpoint, run.cpu_seconds_file, limits.cpu_minutes)
        self.all: list[keras.callbacks.Callback] = [
            self.cpu_timer,
            callbacks.StopOnDivergence(writer),
            callbacks.TrainingMonitor(examples, writer, advice=ADVICE),
            callbacks.Scalars(writer),
            callbacks.SampleGrid(examples, run.samples, writer),
            checkpoint,
            callbacks.Progress(trainer.epochs, trainer.per_epoch, minutes=limits.minutes),
            self.on_signal,
        ]
        if limits.minutes is not None:
            self.all.append(callbacks.StopAfter(limits.minutes))
        self._evaluate: callbacks.Evaluate | None = None
        if evaluator is not None:
            self._evaluate = callbacks.Evaluate(
                evaluator,
                run.history_file,
                run.best_file,
                monitor=evaluator.monitor(evaluation.monitor),
                every=evaluation.interval,
                timed=evaluation.timed,
                cpu_timer=self.cpu_timer,
                patience=evaluation.patience,
                writer=writer,
            )
            self.all.append(self._evaluate)

    def close(self) -> None:
        """Evaluate the last step, if evaluations are wanted and no signal asked to stop."""
        if self._evaluate is not None and self.on_signal.received is None:
            self._evaluate.evaluate()
        self._writer.close()
