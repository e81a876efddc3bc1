"""A training that begins from the weights of a run or a preset."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_gans.cli.custom_model import import_model_of_run
from keras_gans.cli.flags import to_flags
from keras_gans.cli.run_info import RunInfo
from keras_gans.cli.trained import PresetDirectory, open_directory
from keras_gans.data import Dataset
from keras_gans.errors import UserError
from keras_gans.presets.weights import networks_of
from keras_gans.training.adversarial_model import AdversarialModel
from keras_gans.training.transfer import SharedClasses, copy_weights, freeze_discriminators
from keras_gans.validation import ImageSize
from train.common.recipe import Recipe


@dataclass(frozen=True)
class _New:
    """The training that begins: the arguments of `begin_from`."""

    recipe: Recipe
    model: AdversarialModel
    dataset: Dataset
    hyperparameters: Mapping[str, Any]


@dataclass(frozen=True)
class _Trained:
    """What it begins from.

    Attributes:
        source: as the user gave it.
        model: with its weights.
        info: what the model was trained with and on.
    """

    source: str
    model: AdversarialModel
    info: RunInfo


def begin_from(
    source: str | None,
    recipe: Recipe,
    model: AdversarialModel,
    dataset: Dataset,
    hyperparameters: Mapping[str, Any],
) -> list[str]:
    """Copy the weights of a run or a preset into a new model, and say which.

    A discriminator that does not fit, or that the preset does not have, stays new.

    Args:
        source: the run or the preset; None for new weights.
        recipe: the model's.
        model: the new model.
        dataset: what it will be trained on.
        hyperparameters: of the model.

    Returns:
        The networks that stay new.

    Raises:
        UserError: there is no such run or preset, or its generators have other layers.
    """
    if source is None:
        return list(networks_of(model))
    directory = open_directory(source)
    info = directory.read()
    import_model_of_run(directory.folder, info.model, recipe.name if ":" in info.model else None)
    trained = _Trained(source, directory.load_model(), info)
    known = networks_of(trained.model)
    held = directory.preset.networks if isinstance(directory, PresetDirectory) else list(known)
    new_training = _New(recipe, model, dataset, hyperparameters)
    probes, classes = _classes(new_training, trained)
    begun: list[str] = []
    new: list[str] = []
    with trained.model.averaged():
        for name, network in networks_of(model).items():
            fits = name in held and copy_weights(network, known[name], probes.get(name), classes)
            (begun if fits else new).append(name)
    if missing := [name for name in model.generators if name in new]:
        raise _misfit(missing[0], new_training, trained)
    print(f"{', '.join(begun)}: the weights of {source}", flush=True)
    if new:
        print(f"{', '.join(new)}: new, as {source} has none that fits", flush=True)
    if others := _new_classes(dataset.class_names or (), classes):
        print(f"new classes: {', '.join(others)}", flush=True)
    return new


def refuse_frozen_noise(new: Sequence[str], count: int) -> None:
    """Refuse to freeze layers of a discriminator that has new weights.

    Args:
        new: the networks with new weights.
        count: of layers to freeze.

    Raises:
        UserError: a discriminator is new.
    """
    names = [name for name in new if name.startswith("discriminator")]
    if count and names:
        raise UserError(
            f"--freeze-discriminator {count} would keep random weights, as {names[0]} is new: "
            "leave it out, or give --init a run or preset with discriminators that fit"
        )


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


def _classes(new: _New, trained: _Trained) -> tuple[dict[str, Any], SharedClasses]:
    """Return the new model's networks with a class more, and which classes both models have."""
    names = new.dataset.class_names
    if names is None or new.recipe.task != "labelled":
        return {}, SharedClasses()
    probe = new.recipe.model_class.create(
        new.dataset.image_shape, classes=len(names) + 1, **new.hyperparameters
    )
    count = getattr(trained.model, "classes", None) or 0
    earlier = trained.info.class_names or tuple(map(str, range(count)))
    shared = {names.index(name): earlier.index(name) for name in names if name in earlier}
    return networks_of(probe), SharedClasses(len(names), count, shared if count else {})


def _new_classes(names: Sequence[str], classes: SharedClasses) -> list[str]:
    return [name for label, name in enumerate(names) if label not in classes.shared]


def _misfit(network: str, new: _New, trained: _Trained) -> UserError:
    """Return the error of other networks, with the flags that make the same ones."""
    source, kind = trained.source, type(trained.model).__name__
    if network not in trained.model.generators:
        return UserError(f"{source} is a {kind}, which has no {network}")
    config = trained.info.config
    wanted = {
        name: config[name]
        for name, value in new.hyperparameters.items()
        if name in config and config[name] != value
    }
    models = trained.model, new.model
    shape, given = (model.generators[network].output_shape[1:] for model in models)
    if shape != given and len(shape) == 3:
        wanted |= {"image_size": ImageSize(f"{shape[0]}x{shape[1]}"), "channels": shape[2]}
    flags = shlex.join(to_flags(wanted))
    if not flags:
        return UserError(f"{source} is a {kind}, whose {network} does not fit")
    return UserError(f"{source} has another {network}: give {flags}")
