"""From the options of a command to a trained model in a run directory."""

import contextlib
import shlex
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple, cast

import keras

from keras_gans import data
from keras_gans.callbacks import DivergedError
from keras_gans.cli.flags import flat
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.run_info import RunInfo
from keras_gans.errors import UserError
from keras_gans.evaluation.evaluator import Evaluator
from keras_gans.evaluation.metric_specs import QUICK
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.distribution import any_worker, of_chief
from keras_gans.training.saving import save_atomically
from train.common.callbacks import RunCallbacks
from train.common.cluster import Cluster, find_cluster
from train.common.devices import AUTO, check_batch_size, choose_devices, make_strategy
from train.common.evaluation import make_evaluator
from train.common.greeting import greeting
from train.common.initialization import begin_from, freeze, refuse_frozen_noise
from train.common.options import EvaluationOptions, Precision, TrainOptions
from train.common.precision import choose_precision, set_determinism, set_precision
from train.common.recipe import Recipe
from train.common.resuming import begin, newest_of, restore_checkpoint, versions, with_defaults
from train.common.trainer import Trainer
from train.common.workers import check_agreement, errors_of_workers, own_directory

# Examples in the sample grid. 2-D points are many: they are drawn as a scatter plot.
EXAMPLES = {"images": 64, "labelled": 64, "unpaired": 6, "paired": 8}
POINTS = 2000


def train(recipe: Recipe, options: TrainOptions, resume: str) -> int:
    """Train as the options say, or resume the run that is there.

    Args:
        recipe: the model's.
        options: of the training.
        resume: the command that resumes it.

    Returns:
        The process's exit code: 0, or 128 plus the number of the signal that stopped it.

    Raises:
        UserError: something cannot be done as asked.
    """
    config = options.data.data_config(_task(recipe, options))
    cluster = find_cluster()
    run = recipe.run_directory(options)
    _refuse_inside_data(run, config)
    with contextlib.closing(run), errors_of_workers(cluster, resume):
        # Of several workers, none stops before all are there to hear of it.
        look = run.lock if cluster is None else run.find
        earlier = look(restart=options.run.restart)
        options = _with_machine(options, earlier, cluster)
        if cluster is not None:
            print(f"{cluster.own_name}, waiting for the other workers", flush=True)
        strategy = make_strategy(options.training.devices, cluster)  # before any tensor is made
        check_batch_size(options.training.batch_size, strategy.num_replicas_in_sync)
        if cluster is not None and cluster.is_chief:
            earlier = run.lock(restart=options.run.restart)
        with own_directory(run, cluster) as own:
            try:
                loaded = _load(recipe, config, options)
            except data.UnreadableError as error:
                own.write_left_out(error.left_out)
                raise UserError(f"{error}\nAll of them: {run.left_out_file}") from error
            with strategy.scope():
                code = _train(recipe, config, options, loaded, own, earlier, cluster, resume)
                any_worker(False)  # all are done: one that ends earlier would be missed
                return code


class _Loaded(NamedTuple):
    """What a training is shown: its data, examples for sample grids, and an evaluator."""

    dataset: data.Dataset
    examples: Any
    evaluator: Evaluator | None


def _train(
    recipe: Recipe,
    config: data.DataConfig,
    options: TrainOptions,
    loaded: _Loaded,
    run: RunDirectory,
    earlier: RunInfo | None,
    cluster: Cluster | None,
    resume: str,
) -> int:
    dataset, examples, evaluator = loaded
    # What is black and what is white in these images is so in all others.
    config = replace(config, value_range=dataset.value_range)
    keras.utils.set_random_seed(options.training.seed)
    set_precision(options.training.precision)
    set_determinism(options.training.deterministic)
    hyperparameters = flat(options.model.resolve(dataset.image_shape))
    info = RunInfo(
        recipe.name,
        options.settings | hyperparameters,
        replace(config, seed=options.training.seed),
        dataset.fingerprint,
        dataset.class_names,
        versions(),
    )
    checkpoint = newest_of(run) if earlier is not None else None
    # Before workers make anything together: they would wait for one that makes something else.
    check_agreement(
        cluster,
        configuration=info.config,
        data=info.fingerprint,
        checkpoint=checkpoint and checkpoint.name,
    )
    model = recipe.create_model(dataset, options, hyperparameters, checkpoint)
    if checkpoint is None:
        new = begin_from(options.training.init, recipe, model, dataset, hyperparameters)
        refuse_frozen_noise(new, options.training.freeze_discriminator)
    freeze(model, options.training.freeze_discriminator)
    earlier = earlier and with_defaults(earlier, hyperparameters)
    begin(run, info, keras.tree.flatten(examples), earlier, checkpoint, options)
    run.write_left_out(dataset.left_out)
    trainer = Trainer(model, dataset, options.training)
    trainer.compile()
    if checkpoint is not None:
        restore_checkpoint(model, checkpoint)
    trainer.set_learning_rates()
    print(greeting(recipe, dataset, options, run), flush=True)
    with _errors_of_tensorflow(run, dataset):
        watching = RunCallbacks(trainer, run, examples, options.run, options.evaluation, evaluator)
        return _fit(recipe, trainer, run, watching, resume)


def _load(recipe: Recipe, config: data.DataConfig, options: TrainOptions) -> _Loaded:
    with data.shared_decoding(options.run.image_cache):
        dataset = data.load_config(
            replace(config, seed=options.training.seed, jitter=recipe.jitter)
        )
        config = replace(config, value_range=dataset.value_range)
        examples = data.load_config(replace(config, split="test")).examples(
            POINTS if len(dataset.image_shape) == 1 else EXAMPLES[dataset.task]
        )
        evaluator = _evaluator(config, dataset, options.evaluation)
        return _Loaded(dataset, examples, evaluator)


def _task(recipe: Recipe, options: TrainOptions) -> str:
    """Return what the data have to be: plain images if the model is to do without labels."""
    return recipe.task if getattr(options.model, "labels", True) else "images"


def _fit(
    recipe: Recipe, trainer: Trainer, run: RunDirectory, watching: RunCallbacks, resume: str
) -> int:
    if trainer.finished:
        print(f"finished at step {trainer.done}: --epochs may grow, --restart begins again")
        missing = not run.model_file.exists()  # killed between the last checkpoint and this file
        if of_chief([missing])[0]:
            _write_model(recipe, trainer.model, run)
        return 0
    try:
        watching.cpu_timer.begin(trainer.done)
        if watching.cpu_timer.is_over:
            trainer.fit_nothing(watching.all)
        else:
            trainer.fit(watching.all)
    except DivergedError as error:
        raise UserError(
            f"{error}, and begin again with --restart\nCheckpoints from before it are kept"
        ) from error
    watching.close()
    received = watching.on_signal.received
    if received is not None and not trainer.finished:
        name = signal.Signals(received).name
        print(f"{name}: saved at step {trainer.done}. To resume: {resume}", flush=True)
        return 128 + received
    _write_model(recipe, trainer.model, run)
    if not trainer.finished:
        more = "Its processor time is over: --cpu-minutes may grow"
        to_resume = more if watching.cpu_timer.is_over else f"To resume: {resume}"
        print(f"stopped at step {trainer.done} of {trainer.total}. {to_resume}", flush=True)
    return 0


@contextlib.contextmanager
def _errors_of_tensorflow(run: RunDirectory, dataset: data.Dataset) -> Iterator[None]:
    """Say in a line what TensorFlow has errors of its own for: of images, and of full disks."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        if isinstance(dataset.failure, UserError):
            raise dataset.failure from error
        if "Summary" not in str(error):
            raise
        raise UserError(f"{run.logs} cannot be written: is the disk full?") from error


def _refuse_inside_data(run: RunDirectory, config: data.DataConfig) -> None:
    if not data.is_local(config.name):
        return
    for folder in data.training_folders(config):
        if run.folder.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                f"{run.folder} is inside the data's folder: its sample grids would be trained on\n"
                "Give a --run-dir elsewhere"
            )


def _with_machine(
    options: TrainOptions, earlier: RunInfo | None, cluster: Cluster | None
) -> TrainOptions:
    """Return the options with what "auto" means on this machine; an earlier run's is kept."""
    precision, devices = options.training.precision, options.training.devices
    if earlier is not None and precision == "auto":
        precision = cast(Precision, earlier.config["precision"])
    if earlier is not None and devices == AUTO:
        devices = earlier.config.get("devices", AUTO)
    training = replace(
        options.training,
        precision=choose_precision(precision),
        devices=choose_devices(devices, cluster),
    )
    return replace(options, training=training)


def _evaluator(
    config: data.DataConfig, dataset: data.Dataset, options: EvaluationOptions
) -> Evaluator | None:
    if options.evaluate_every is None:
        return None
    evaluator = make_evaluator(
        config,
        dataset,
        features=options.features,
        domain_classifier=options.domain_classifier,
        metrics=options.metric_names,
        samples=options.samples,
        # The best model is chosen by these, so that a test split is kept for the final figures.
        split="val",
        default_metrics=QUICK,
    )
    try:
        evaluator.monitor(options.monitor)
    except ValueError as error:
        raise UserError(str(error)) from error
    return evaluator


def _write_model(recipe: Recipe, model: AdversarialModel, run: RunDirectory) -> None:
    with model.averaged():
        save_atomically(model, run.model_file)
    print(f"model: {run.model_file}   images: {run.samples}")
    own = ["--model", recipe.name] if ":" in recipe.name else []
    command = ["python", "-m", "export", str(run.folder), *own]
    print(f"export: {shlex.join(command)}", flush=True)
