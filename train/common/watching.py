"""What happens around a training: the callbacks of a run."""

from typing import Any

import keras

from keras_gans import callbacks
from keras_gans.evaluation import Evaluation
from train.common.errors import UsageError
from train.common.plan import Plan
from train.common.run import Run

ASKED = ("metrics", "features", "samples", "monitor", "patience")  # of an evaluation


class Watchers:
    """A run's callbacks.

    Args:
        plan: what is trained.
        run: where everything goes.
        examples: a batch for sample grids.
        options: the command line's: minutes, cpu_minutes, evaluate_every, monitor, patience.
        evaluation: what measures; None for nothing.

    Attributes:
        on_signal: knows whether a signal came.
    """

    def __init__(
        self,
        plan: Plan,
        run: Run,
        examples: Any,
        options: dict[str, Any],
        evaluation: Evaluation | None,
    ):
        import tensorflow as tf

        self.writer = writer = tf.summary.create_file_writer(str(run.logs))
        self.on_signal = callbacks.StopOnSignal()
        checkpoint = callbacks.Checkpoint(run.checkpoints)
        stopwatch = callbacks.Stopwatch(checkpoint, run.seconds_file, options["cpu_minutes"])
        self.callbacks: list[keras.callbacks.Callback] = [
            stopwatch,
            callbacks.StopOnDivergence(writer),
            callbacks.WatchBalance(examples, writer),
            callbacks.Scalars(writer),
            callbacks.SampleGrid(examples, run.samples, writer),
            checkpoint,
            callbacks.Progress(plan.epochs, plan.per_epoch),
            self.on_signal,
        ]
        if options["minutes"] is not None:
            self.callbacks.append(callbacks.StopAfter(options["minutes"]))
        self.evaluate = None
        if evaluation is not None:
            self.evaluate = _evaluate(evaluation, run, options, stopwatch, writer)
            self.callbacks.append(self.evaluate)

    def close(self) -> None:
        """Evaluate the last state, where evaluations are wanted and no signal asks for haste."""
        if self.evaluate is not None and self.on_signal.received is None:
            self.evaluate.evaluate()
        self.writer.close()


def _evaluate(
    evaluation: Evaluation,
    run: Run,
    options: dict[str, Any],
    stopwatch: callbacks.Stopwatch,
    writer: Any,
) -> callbacks.Evaluate:
    every, timed = options["evaluate_every"]
    return callbacks.Evaluate(
        evaluation,
        run.metrics_file,
        run.best_file,
        monitor=evaluation.monitor(options["monitor"]),
        every=every,
        timed=timed,
        stopwatch=stopwatch,
        patience=options["patience"],
        writer=writer,
    )


def refuse_idle(options: dict[str, Any]) -> None:
    """Refuse flags of evaluations where none are made.

    Raises:
        UsageError: there are such.
    """
    idle = [f"--{name}" for name in ASKED if options[name] is not None]
    if options["evaluate_every"] is None and idle:
        raise UsageError(f"{', '.join(idle)}: give --evaluate-every N too, such as 1000")
