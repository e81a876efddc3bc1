"""`python -m train`: lists the models and data sets, or trains what suits a folder of images.

`python -m train --data FOLDER` takes the default model for what the folder holds, and its flags.
`python -m train --model my_gan:MyGAN --data FOLDER` imports the class MyGAN from my_gan.py in the
working directory. `python -m train --config run.yaml` trains the model that the file names.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import train
from keras_gans.cli.flags import last_value, split_model, with_config_files
from keras_gans.cli.main import import_tensorflow_quietly, run_command
from keras_gans.errors import UserError
from train.common.command import main as train_command
from train.common.recipe import Recipe, recipe_of

# Commands that are not of a model.
COMMANDS = (
    "compare",
    "digit_classifier",
    "domain_classifier",
    "evaluate",
    "inception_features",
    "photo_features",
    "publish",
)


def recipe_names() -> list[str]:
    """Return the names of the models' commands."""
    names = [module.name for module in pkgutil.iter_modules(train.__path__)]
    return [name for name in names if name not in ("common", "__main__", *COMMANDS)]


def open_recipe(name: str) -> Recipe:
    """Return the recipe of a model by its command's name, or of a model of the user's own.

    Raises:
        UserError: there is no such model.
    """
    if ":" in name:
        import_tensorflow_quietly()
        from keras_gans.cli.custom_model import import_model

        return recipe_of(name, import_model(name))
    if name.endswith(".py"):
        raise UserError(f"a model of your own is MODULE:CLASS, such as {name[:-3]}:MyGAN")
    if name not in recipe_names():
        raise UserError(f"no model {name!r}: give one of {', '.join(recipe_names())}")
    return importlib.import_module(f"train.{name}").RECIPE


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the model that is named; without one, print the lists."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    run_command(lambda: _train(given))


def _train(arguments: Sequence[str]) -> None:
    if not arguments or arguments in (["-h"], ["--help"]):
        print(_lists())
        return
    name, flags = _model_and_flags(arguments)
    train_command(open_recipe(name), flags)


def _model_and_flags(arguments: Sequence[str]) -> tuple[str, list[str]]:
    model, flags = split_model(with_config_files(arguments))
    if model is not None:
        return model, flags
    if flags and flags[0] in recipe_names():
        raise UserError(f"train it with python -m train.{flags[0]}")
    if (data := last_value("--data", flags)) is not None:
        from train.common.default_model import default_model

        name, why = default_model(data)
        print(why, file=sys.stderr)
        return name, flags
    raise UserError(
        "which model? Give --data FOLDER for the default one, or --model NAME, or a file with a "
        "line such as model: dcgan"
    )


def _lists() -> str:
    from keras_gans.data import BUILT_IN

    docs = {name: open_recipe(name).summary or "" for name in recipe_names()}
    sets = BUILT_IN | {"stacked_mnist": "three MNIST digits as the color channels, 28x28"}
    return (
        "Train: python -m train.MODEL --data DATA (--help shows the flags)\n"
        "The default model for a folder of images: python -m train --data FOLDER\n"
        "A model of your own: python -m train --model my_gan:MyGAN --data DATA\n\n"
        f"MODEL\n{_table(docs)}\n\n"
        "Evaluate:\n  python -m train.evaluate RUN    how good a run's generators are\n"
        "  python -m train.compare         models trained for the same time, side by side\n\n"
        f"DATA\n{_table(sets)}\n"
        "  or a TensorFlow Datasets name (mnist, cifar10, horse2zebra), or a folder of images"
    )


def _table(lines: dict[str, str]) -> str:
    return "\n".join(f"  {name:<13} {text}" for name, text in sorted(lines.items()))


if __name__ == "__main__":
    main()
