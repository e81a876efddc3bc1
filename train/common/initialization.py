"""A training that begins from the weights of a run or a preset."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from keras_gans.cli.custom_model import import_model_of_run
from keras_gans.cli.flags import to_flags
from keras_gans.cli.run_info import RunInfo
from keras_gans.cli.trained import PresetDirectory, open_directory
from keras_gans.data import Dataset
from keras_gans.errors import UserError
from keras_gans.presets.weights import networks_of
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.transfer import Classes, copy_weights, freeze_discriminators
from keras_gans.validation import ImageSize
from train.common.recipe import Recipe


def begin_from(
    source: str | None,
    recipe: Recipe,
    model: AdversarialModel,
    dataset: Dataset,
    hyperparameters: Mapping[str, Any],
) -> None:
    """Copy the weights of a run or a preset into a new model, and say which.

    A discriminator that does not fit, or that the preset does not have, stays new.

    Args:
        source: the run or the preset; None for new weights.
        recipe: the model's.
        model: the new model.
        dataset: what it will be trained on.
        hyperparameters: of the model.

    Raises:
        UserError: there is no such run or preset, or its generators have other layers.
    """
    if source is None:
        return
    directory = open_directory(source)
    info = directory.read()
    import_model_of_run(directory.folder, info.model, recipe.name if ":" in info.model else None)
    trained = directory.load_model()
    known = networks_of(trained)
    held = directory.preset.networks if isinstance(directory, PresetDirectory) else list(known)
    probes, classes = _classes(recipe, model, dataset, hyperparameters, trained, info)
    begun: list[str] = []
    new: list[str] = []
    with trained.averaged():
        for name, network in networks_of(model).items():
            fits = name in held and copy_weights(network, known[name], probes.get(name), classes)
            (begun if fits else new).append(name)
    if missing := [name for name in model.generators if name in new]:
        raise _misfit(source, missing[0], info, trained, model, hyperparameters)
    print(f"{', '.join(begun)}: the weights of {source}", flush=True)
    if new:
        print(f"{', '.join(new)}: new, as {source} has none that fits", flush=True)
    if others := _new_classes(dataset.class_names or (), classes):
        print(f"new classes: {', '.join(others)}", flush=True)


def freeze(model: AdversarialModel, count: int) -> None:
    """Do not train the first layers of the discriminators.

    Raises:
        UserError: they have no more layers than that.
    """
    try:
        if count:
            freeze_discriminators(model, count)
    except ValueError as error:
        raise UserError(f"--freeze-discriminator {count}: {error}") from error


def _classes(
    recipe: Recipe,
    model: AdversarialModel,
    dataset: Dataset,
    hyperparameters: Mapping[str, Any],
    trained: AdversarialModel,
    info: RunInfo,
) -> tuple[dict[str, Any], Classes]:
    """Return the model's networks with a class more, and which classes both models have."""
    names = dataset.class_names
    if names is None or recipe.task != "labelled":
        return {}, Classes()
    probe = recipe.model_class.create(
        dataset.image_shape, classes=len(names) + 1, **hyperparameters
    )
    count = getattr(trained, "classes", None) or 0
    earlier = info.class_names or tuple(map(str, range(count)))
    shared = {names.index(name): earlier.index(name) for name in names if name in earlier}
    return networks_of(probe), Classes(len(names), count, shared if count else {})


def _new_classes(names: Sequence[str], classes: Classes) -> list[str]:
    return [name for label, name in enumerate(names) if label not in classes.shared]


def _misfit(
    source: str,
    network: str,
    info: RunInfo,
    trained: AdversarialModel,
    model: AdversarialModel,
    hyperparameters: Mapping[str, Any],
) -> UserError:
    """Return the error of other networks, with the flags that make the same ones."""
    if network not in trained.generators:
        return UserError(f"{source} is a {type(trained).__name__}, which has no {network}")
    wanted = {
        name: info.config[name]
        for name, value in hyperparameters.items()
        if name in info.config and info.config[name] != value
    }
    shape, given = (x.generators[network].output_shape[1:] for x in (trained, model))
    if shape != given and len(shape) == 3:
        wanted |= {"image_size": ImageSize(f"{shape[0]}x{shape[1]}"), "channels": shape[2]}
    flags = shlex.join(to_flags(wanted))
    if not flags:
        return UserError(f"{source} is a {type(trained).__name__}, whose {network} does not fit")
    return UserError(f"{source} has another {network}: give {flags}")
