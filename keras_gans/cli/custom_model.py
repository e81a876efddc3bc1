"""Models of the user's own, which are imported because the command line names them."""

import importlib
import os
import sys

import keras

from keras_gans.errors import UserError, first_line
from keras_gans.training.adversarial_model import AdversarialModel


def import_model(name: str) -> type[AdversarialModel]:
    """Import a model class, "module:Class"; the working directory is searched first.

    Raises:
        UserError: there is no such module or class, or the class is no `AdversarialModel`.
    """
    module_name, _, class_name = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UserError(
            f"--model {name} cannot be imported ({error}): modules are looked for in the working "
            "directory and among the installed ones"
        ) from error
    except Exception as error:  # whatever the user's module raises
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(f"--model {name} cannot be imported ({reason})") from error
    found = getattr(module, class_name, None)
    if found is None:
        raise UserError(f"--model {name}: {module.__file__} has no class {class_name}")
    if not (isinstance(found, type) and issubclass(found, AdversarialModel)):
        raise UserError(f"--model {name} is no AdversarialModel: see docs/extending.md")
    if keras.saving.get_registered_name(found) == found.__name__:
        keras.saving.register_keras_serializable(module_name)(found)
    return found


def import_model_of_run(folder: os.PathLike, trained: str, named: str | None) -> None:
    """Import a run's model, if it is the user's own, because the command line names it.

    Args:
        folder: the run's directory.
        trained: the model that the run says it was trained with, which is not imported for that.
        named: the model that the command line names; None for none.

    Raises:
        UserError: the run's model is not the one that is named.
    """
    if ":" in trained and named is None:
        raise UserError(f"{folder} is of a model of your own: give --model {trained} to import it")
    if named is not None and named != trained:
        raise UserError(f"{folder} is of the model {trained}, not of {named}")
    if named is not None and ":" in named:
        import_model(named)
