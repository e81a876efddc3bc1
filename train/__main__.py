"""`python -m train`: the variants and the data sets, a line each."""

import importlib
import pkgutil
import sys

import train

COMMANDS = ("compare", "digits", "evaluate")  # which are not of a variant


def entries() -> dict[str, str]:
    """Return what each variant's module says of itself, by name."""
    names = [m.name for m in pkgutil.iter_modules(train.__path__)]
    names = [name for name in names if name not in ("common", "__main__", *COMMANDS)]
    return {name: importlib.import_module(f"train.{name}").__doc__ or "" for name in names}


def main() -> None:
    """Print the lists."""
    from keras_gans.data import BUILT_IN

    print("Train with `python -m train.VARIANT --data DATA`; --help shows the flags.\n\nVARIANT")
    _table(entries())
    print("\nMEASURE")
    print("  python -m train.evaluate RUN    how good a run's generators are")
    print("  python -m train.compare         variants trained for the same time, on one page")
    print("\nDATA")
    _table(BUILT_IN | {"stacked_mnist": "three digits of MNIST as the colour channels, 28x28"})
    print("  or a TensorFlow Datasets name (mnist, cifar10, horse2zebra), or a folder of pictures")
    for name in sys.argv[1:]:
        if name in entries():
            sys.exit(f"error: train it with python -m train.{name}")
        if name not in ("-h", "--help"):
            sys.exit(f"error: there is no variant {name!r}; the variants are listed above")


def _table(lines: dict[str, str]) -> None:
    for name, text in sorted(lines.items()):
        print(f"  {name:<10} {text}")


if __name__ == "__main__":
    main()
