"""`python -m train.publish RUN --to FOLDER`: make a preset of a run.

A preset has the model with its weights, and a model card with samples, the command, the seed, the
commit, the processor time and the measures. `--to hf://owner/name` or
`--to kaggle://owner/model/keras/variation` publishes it on a hub. To publish a preset that is
there, give its folder as RUN.
"""

import json
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from tyro.conf import Positional

from keras_gans.cli.evaluations import evaluation_text
from keras_gans.cli.flags import flat, to_flags
from keras_gans.cli.main import import_tensorflow_quietly, parse_and_run
from keras_gans.cli.run_directory import RunDirectory
from keras_gans.cli.trained import PresetDirectory, open_directory, record_of
from keras_gans.errors import UserError
from keras_gans.presets import PresetFolder, Provenance, upload_preset
from keras_gans.validation import Config
from train.__main__ import open_recipe

MOST_EXAMPLES = 4  # of a preset: each is an image or two, which cannot be compressed


@dataclass(frozen=True, kw_only=True)
class PublishOptions(Config):
    """What to publish, and where.

    Args:
        run: a run's directory, such as runs/dcgan-mnist, or a preset, which is published as it is:
            it needs --to only.
        to: a folder, hf://owner/name or kaggle://owner/model/keras/variation.
        license: of the training data, in words. A run needs it.
        limits: what the model is not good at, for its card.
        best: the best model of the run's evaluations, not the last one.
        model: the run's model, if it is of your own: my_gan:MyGAN. It is imported.
        discriminators: write the discriminators too, with which a training begins better.
        dtype: of the weights in the file; float16 is half as large.
        commit: of the library that trained the run, if the run does not know it.
        reverse_name: another name of the preset, for a translator's other direction; it counts
            for presets that are installed with the library.
    """

    run: Positional[str]
    to: str
    license: str = ""
    limits: str = ""
    best: bool = False
    model: str | None = None
    discriminators: bool = True
    dtype: Literal["float16", "float32"] = "float16"
    commit: str = ""
    reverse_name: str | None = None


def publish(options: PublishOptions) -> None:
    """Write a preset, and upload it if it is to be on a hub.

    Raises:
        UserError: it cannot be written or uploaded.
    """
    import_tensorflow_quietly()
    directory = open_directory(options.run)
    if isinstance(directory, PresetDirectory):
        _refuse_changes(options)
        _publish_preset(directory.preset, options.to)
    elif not options.license:
        raise UserError('a card names the license of the training data: give --license "..."')
    elif "://" not in options.to:
        _write(directory, options, Path(options.to))
    else:
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent, options.to.rstrip("/").rpartition("/")[2])
            _write(directory, options, folder)
            upload_preset(options.to, folder)
    print(f"preset: {options.to}")


def _publish_preset(preset: PresetFolder, to: str) -> None:
    """Copy or upload a preset's files as they are."""
    if preset.swapped:
        raise UserError(
            f"{preset.name} is the other name of {preset.path.name}: publish {preset.path.name}"
        )
    if "://" in to:
        upload_preset(to, preset.path)
    else:
        preset.copy_to(to)


def _refuse_changes(options: PublishOptions) -> None:
    """Refuse the flags that say what a run's preset is to be."""
    asked = {
        field.name: getattr(options, field.name)
        for field in fields(options)
        if field.name not in ("run", "to") and getattr(options, field.name) != field.default
    }
    if asked:
        raise UserError(
            f"{options.run} is a preset, which is published as it is: "
            f"leave {shlex.join(to_flags(asked))} out, or give the run it was made of"
        )


def _write(directory: RunDirectory, options: PublishOptions, folder: Path) -> None:
    from keras_gans.cli.custom_model import import_model_of_run

    info = directory.read()
    import_model_of_run(directory.folder, info.model, options.model)
    model = directory.load_model(best=options.best)
    if options.reverse_name and not hasattr(model, "swapped"):
        raise UserError(f"--reverse-name: a {info.model} translates in one direction or not at all")
    record = record_of(info)
    provenance = Provenance(
        data=record["metadata"]["data"]["name"],
        license=options.license,
        command=_command(info.model, record["config"], model),
        seed=info.config["seed"],
        commit=options.commit or info.versions.get("commit", ""),
        cpu_minutes=_cpu_minutes(directory, model.step),
        measures=evaluation_text(directory, model.step),
        limits=options.limits,
        reverse_name=options.reverse_name,
        run=record,
    )
    model.save_to_preset(
        folder,
        dtype=options.dtype,
        discriminators=options.discriminators,
        # What is made from noise needs no example, which would publish training data.
        examples=_examples(directory) if model.translates else None,
        provenance=provenance,
    )


def _examples(directory: RunDirectory) -> Any:
    """Return the first of a run's examples, which a preset shows and is exported with."""
    from keras import tree

    return tree.map_structure(lambda part: part[:MOST_EXAMPLES], directory.read_examples())


def _command(name: str, config: dict[str, Any], model: Any) -> str:
    """Return the command of the training: the flags that are not the defaults."""
    recipe = open_recipe(name)
    shape = next(iter(model.generators.values())).output_shape[1:]
    defaults = recipe.defaults.settings | flat(recipe.defaults.model.resolve(shape))
    given = {
        name: value
        for name, value in config.items()
        if name != "model" and (name == "data" or value != defaults.get(name))
    }
    return shlex.join([*recipe.command, *to_flags(given)])


def _cpu_minutes(directory: RunDirectory, step: int) -> float | None:
    """Return the processor time of the steps up to one; None if it is not known."""
    try:
        written = json.loads(directory.cpu_seconds_file.read_text())
        return round(float(written[str(step)]) / 60.0, 2)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parse_and_run(
        PublishOptions, publish, name="train.publish", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
