"""From a command's options to a trained model in a run directory."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import keras

from keras_gans import callbacks, data
from keras_gans.adversarial import AdversarialModel
from keras_gans.callbacks.checkpoint import save_atomically
from keras_gans.data.folders import training_folders
from keras_gans.measures import QUICK
from train.common.errors import UsageError
from train.common.evaluating import evaluation
from train.common.flags import hyperparameters
from train.common.plan import Plan
from train.common.precision import choose_precision, set_precision
from train.common.run import Run
from train.common.watching import ASKED, Watchers, refuse_idle

# How this call goes, not what comes out: the run does not depend on them.
NOT_SETTINGS = {"data", "data_dir", "run_dir", "restart", "minutes", "cpu_minutes"}
NOT_SETTINGS |= {"evaluate_every", *ASKED}
NAMED = 10  # classes, at most, in a run's first line
# Examples in the sample grid. Points are many: their picture is a scatter plot.
PREVIEWS = {"images": 64, "labelled": 64, "unpaired": 6, "paired": 8, "points": 2000}


def train(entry: Any, options: dict[str, Any], command: str) -> int:
    """Train as the options say, or go on with the run that is there.

    Args:
        entry: the variant's `train.common.entry.Entry`.
        options: the command line's, by name.
        command: what the user typed, to say how to go on.

    Returns:
        The process's exit code: 0, or 128 plus the number of the signal that stopped it.

    Raises:
        UsageError, DataError, DivergedError: what the user can put right, or has to know.
    """
    refuse_idle(options)
    folder = options["run_dir"] or os.path.join("runs", f"{entry.name}-{_short_name(options)}")
    request = _request(entry, options)
    _refuse_inside(folder, request)
    with contextlib.closing(Run(folder)) as run:
        with data.decoded_once():
            dataset = data.load(**request, seed=options["seed"], jitter=entry.jitter)
            settings = _settings(options, run)
            keras.utils.set_random_seed(settings["seed"])
            set_precision(settings["precision"])
            model = _create(entry.model_class, dataset, settings)
            examples = data.load(**request, split="test").examples(_preview_count(dataset))
            measures = _evaluation(request, dataset, options)
        config = _config(entry, settings, request, dataset)
        run.begin(config, keras.tree.flatten(examples), restart=options["restart"])
        plan = Plan(model, dataset, settings)
        plan.compile()
        _resume(model, run)
        print(_greeting(entry, dataset, settings, run), flush=True)
        watchers = Watchers(plan, run, examples, options, measures)
        return _play(plan, run, watchers, command)


def _play(plan: Plan, run: Run, watchers: Watchers, command: str) -> int:
    if plan.done >= plan.total:
        print(f"finished at step {plan.done}: --epochs may grow, --restart begins again")
        if not run.model_file.exists():  # killed between the last checkpoint and this file
            _write_model(plan.model, run)
        return 0
    stopped_by = _fit(plan, watchers)
    if stopped_by is not None and plan.done < plan.total:
        name = signal.Signals(stopped_by).name
        print(f"{name} at step {plan.done}, which is saved; to go on: {command}", flush=True)
        return 128 + stopped_by
    _write_model(plan.model, run)
    if plan.done < plan.total:
        print(f"stopped at step {plan.done} of {plan.total}; to go on: {command}", flush=True)
    return 0


def _fit(plan: Plan, watchers: Watchers) -> int | None:
    """Train to the end, for some minutes, or to a signal, whose number is returned."""
    plan.fit(watchers.callbacks)
    watchers.close()
    return watchers.on_signal.received


def _request(entry: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return the call that loads the data."""
    name = options["data"]
    return {
        "name": os.path.abspath(name) if data.is_folder(name) else name,
        "form": _form(entry.model_class, options),
        "image_size": options["image_size"],
        "channels": options["channels"],
        "data_dir": options["data_dir"] and os.path.abspath(options["data_dir"]),
        "direction": options.get("direction", "a_to_b"),
    }


def _refuse_inside(run_dir: str, request: dict[str, Any]) -> None:
    if not data.is_folder(request["name"]):
        return
    for read in training_folders(Path(request["name"]), request["form"]):
        if Path(run_dir).resolve().is_relative_to(read.resolve()):
            raise UsageError(
                f"{run_dir} is inside the data's folder: its sample grids would be trained on\n"
                "Give a --run-dir elsewhere"
            )


def _form(variant: type[AdversarialModel], options: dict[str, Any]) -> str:
    """Return the form of data that the variant takes: plain images where labels are not wanted."""
    return variant.data_form if options.get("labels", True) else "images"


def _evaluation(request: dict[str, Any], dataset: data.Dataset, options: dict[str, Any]) -> Any:
    if options["evaluate_every"] is None:
        return None
    asked = {name: options[name] for name in ("features", "metrics", "samples")}
    # The best model is chosen by these: what it is reported on afterwards is better left out.
    measures = evaluation(request, dataset, **asked, split="val", usual=QUICK)
    try:
        measures.monitor(options["monitor"])
    except ValueError as error:
        raise UsageError(str(error)) from error
    return measures


def _short_name(options: dict[str, Any]) -> str:
    return Path(os.path.abspath(options["data"])).name


def _settings(options: dict[str, Any], run: Run) -> dict[str, Any]:
    settings = {name: value for name, value in options.items() if name not in NOT_SETTINGS}
    before = run.before(options["restart"])
    if before is not None and settings["precision"] == "auto":
        settings["precision"] = before["settings"]["precision"]
    return settings | {"precision": choose_precision(settings["precision"])}


def _create(variant: type[AdversarialModel], dataset: data.Dataset, settings: dict[str, Any]):
    own = {name: settings[name] for name in hyperparameters(variant)}
    if dataset.class_names is not None:
        own["classes"] = len(dataset.class_names)
    try:
        return variant.create(dataset.image_shape, **own, seed=settings["seed"])
    except ValueError as error:  # sizes and settings that do not fit: the message says which do
        raise UsageError(str(error)) from error


def _resume(model: AdversarialModel, run: Run) -> None:
    try:
        callbacks.restore(model, run.checkpoints)
    except callbacks.CheckpointError as error:
        raise UsageError(f"{error}: --restart begins again") from error


def _preview_count(dataset: data.Dataset) -> int:
    return PREVIEWS["points" if len(dataset.image_shape) == 1 else dataset.form]


def _config(entry: Any, settings: dict, request: dict, dataset: data.Dataset) -> dict[str, Any]:
    import tensorflow as tf

    import keras_gans

    versions = {m.__name__: m.__version__ for m in (keras_gans, keras, tf)}
    pictures = request | {
        "fingerprint": dataset.fingerprint,
        "class_names": dataset.class_names,
    }
    return {"variant": entry.name, "settings": settings, "data": pictures, "versions": versions}


def _greeting(entry: Any, dataset: data.Dataset, settings: dict[str, Any], run: Run) -> str:
    shape = "x".join(map(str, dataset.image_shape))
    return (
        f"{entry.name} on {dataset.name}: {len(dataset):,} examples of {shape}{_classes(dataset)}, "
        f"{settings['precision']}, seed {settings['seed']}\n"
        f"{run.folder}   (watch it: tensorboard --logdir {run.folder.parent})"
    )


def _classes(dataset: data.Dataset) -> str:
    names = dataset.class_names or ()
    if not names:
        return ""
    further = ", ..." if len(names) > NAMED else ""
    return f", {len(names):,} classes ({', '.join(names[:NAMED])}{further})"


def _write_model(model: AdversarialModel, run: Run) -> None:
    with model.averaged():
        save_atomically(model, run.model_file)
    print(f"model: {run.model_file}   pictures: {run.samples}")
    print(f"export: python -m export {run.folder}", flush=True)
