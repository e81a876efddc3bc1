"""What every `python -m train.<model>` does: parse the flags, print them, train."""

import shlex
import sys
from collections.abc import Sequence
from typing import NoReturn

from keras_gans.cli.flags import parse, split_model, to_yaml, with_config_files
from keras_gans.cli.main import import_tensorflow_quietly, run_command
from keras_gans.errors import UserError
from train.common.options import TrainOptions
from train.common.recipe import Recipe


def main(recipe: Recipe, arguments: Sequence[str] | None = None) -> NoReturn:
    """Train as the command line says, and exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    resume = shlex.join([*recipe.command, *(x for x in given if x != "--restart")])
    run_command(
        lambda: _train(recipe, given, resume),
        interrupted=f"stopped at once. To resume from the last checkpoint: {resume}",
        without_memory=(
            "Give a smaller --batch-size, --image-size or --filters, and another --run-dir for it\n"
            f"The last checkpoint is kept. To resume from it with more memory: {resume}"
        ),
    )


def parse_options(recipe: Recipe, arguments: Sequence[str]) -> TrainOptions:
    """Return the options that a command line means, its configuration file included.

    Raises:
        UserError: the configuration file cannot be read, or is of another model.
    """
    if recipe.first_flag and arguments and not arguments[0].startswith("-"):
        arguments = [recipe.first_flag, *arguments]
    model, flags = split_model(with_config_files(arguments))
    if model not in (None, recipe.name):
        raise UserError(f"the configuration is of the model {model}, not of {recipe.name}")
    return parse(
        recipe.defaults,
        prog=shlex.join(recipe.command),
        description=recipe.summary,
        arguments=flags,
    )


def _train(recipe: Recipe, arguments: list[str], resume: str) -> int:
    options = parse_options(recipe, arguments)
    suited = recipe.suited_to(options)
    if suited is not recipe:
        recipe, options = suited, parse_options(suited, arguments)
    print(to_yaml({"model": recipe.name, **options.settings}), flush=True)
    if options.run.dry_run:
        return 0
    import_tensorflow_quietly()
    from train.common.training import train

    return train(recipe, options, resume)
