"""What every `python -m train.<variant>` is: a name, a model, and defaults."""

import shlex
import sys
from dataclasses import dataclass

from keras_gans.command_line import import_tensorflow_quietly

DEFAULTS = ("data", "batch_size", "epochs", "ema", "learning_rate", "precision")


@dataclass(frozen=True)
class Entry:
    """A variant's command.

    Args:
        name: of the command and of the run's directory.
        model: class in `keras_gans.models`.
        data: the default data set, a built-in one.
        batch_size: default of the flag: real examples a discriminator update.
        epochs: default of the flag.
        jitter: whether the paper crops and mirrors the pictures at random.
        ema: default of the flag: momentum of the average of the generator's weights; 0 for none.
        learning_rate: default of the flag: a number, or "paper".
        precision: default of the flag.
    """

    name: str
    model: str
    data: str
    batch_size: int
    epochs: int
    jitter: bool = False
    ema: float = 0.0
    learning_rate: float | str = "paper"
    precision: str = "auto"

    @property
    def module(self) -> str:
        """What `python -m` runs."""
        return f"train.{self.name}"

    @property
    def model_class(self) -> type:
        """The variant's class."""
        from keras_gans import models

        return getattr(models, self.model)

    def main(self, arguments: list[str] | None = None) -> None:
        """Train as the command line says, and exit."""
        import_tensorflow_quietly()
        from keras_gans.callbacks import DivergedError
        from keras_gans.data import DataError
        from train.common.errors import UsageError
        from train.common.flags import parser
        from train.common.training import train

        arguments = sys.argv[1:] if arguments is None else arguments
        going_on = [argument for argument in arguments if argument != "--restart"]
        command = shlex.join(["python", "-m", self.module, *going_on])
        defaults = {name: getattr(self, name) for name in DEFAULTS}
        options = parser(self.model_class, prog=f"python -m {self.module}", defaults=defaults)
        try:
            sys.exit(train(self, vars(options.parse_args(arguments)), command))
        except (UsageError, DataError) as error:
            sys.exit(f"error: {error}")
        except DivergedError as error:
            sys.exit(f"error: {error}\nCheckpoints from before it are kept")
        except OSError as error:  # a full disk, or one that went away
            sys.exit(f"error: {error}; checkpoints from before it are kept")
        except KeyboardInterrupt:
            print(f"\nstopped at once; from the last checkpoint goes on: {command}", flush=True)
            sys.exit(130)
