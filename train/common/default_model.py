"""Which model is trained if none is named, by what the data are."""

from pathlib import Path

from keras_gans.data import DataError, is_local
from keras_gans.data.recognition import Kind, recognize
from keras_gans.errors import UserError

# The names of the commands. docs/data.md says what the choices go by.
DEFAULTS: dict[Kind, str] = {
    "two domains": "cyclegan",
    "pairs": "pix2pix",
    "labels": "sngan",
    "photographs": "fastgan",
    "other images": "wgan_gp",
}


def default_model(data: str) -> tuple[str, str]:
    """Return the name of the model that a folder is trained with by default, and why.

    Raises:
        UserError: the data are no folder of images.
    """
    if not (is_local(data) and Path(data).expanduser().is_dir()):  # nor a file of arrays
        raise UserError(
            f"a model is chosen for a folder of images only, and {data} is none: name a model, "
            f"python -m train.MODEL --data {data}"
        )
    try:
        found = recognize(data)
    except DataError as error:
        raise UserError(f"no model can be chosen: {error}") from error
    name = DEFAULTS[found.kind]
    return name, f"{data} holds {found.kind} ({found.reason}): train.{name}"
