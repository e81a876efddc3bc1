"""The console script: `keras-gans train dcgan --data mnist`, `keras-gans export RUN`."""

import importlib.util
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_gans.cli.main import run_command

ROOT = Path(__file__).parents[2]  # where the packages train and export are installed
USAGE = """\
usage: keras-gans train MODEL --data DATA     train a model; MODEL --help shows its flags
       keras-gans train                       list the models and data sets
       keras-gans train --model my_gan:MyGAN  train a model of your own
       keras-gans evaluate RUN                how good a run's generators are
       keras-gans publish RUN --to PLACE      make a preset of a run
       keras-gans compare ...                 models trained for the same time, side by side
       keras-gans export RUN                  export a run's generators in all formats
       keras-gans export images RUN ...       one format: images, tflite, saved_model, onnx, ...

Every command is a module too: python -m train.MODEL, python -m export RUN."""
OF_TRAIN = ("evaluate", "publish", "compare")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the first words name."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command, *rest = given or ["--help"]
    if command in ("-h", "--help"):
        run_command(lambda: print(USAGE))
    if command in OF_TRAIN:
        package, name = "train", command
    elif command in ("train", "export"):
        package, name = command, "__main__"
        if rest and _is_module(package, rest[0]):
            name = rest.pop(0)
    else:
        sys.exit(f"error: no command {command!r}\n{USAGE}")
    _put_first(package)
    sys.argv = [name, *rest]
    runpy.run_module(f"{package}.{name}", run_name="__main__", alter_sys=True)


def _is_module(package: str, name: str) -> bool:
    return name.isidentifier() and (ROOT / package / f"{name}.py").is_file()


def _put_first(package: str) -> None:
    """Find our packages before a file or folder of the same name in the working directory."""
    if str(ROOT) not in sys.path[:1]:
        sys.path.insert(0, str(ROOT))
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None or Path(spec.origin).parent != ROOT / package:
        found = spec and (spec.origin or list(spec.submodule_search_locations or [])[0])
        way = os.path.relpath(found) if found else package
        sys.exit(
            f"error: {way} is in the way of the commands, as it is called like the package "
            f"{package}: rename it, or work in another folder"
        )


if __name__ == "__main__":
    main()
