"""What `benchmarks.train_step` trains, and the implementations that it compares."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A model and its sizes.

    Attributes:
        name: "cyclegan" or "dcgan".
        image_shape: (side, side, channels).
        batch_size: examples per step.
        steps: timed steps per turn.
        filters: channels of the first layer of CycleGAN's networks and of DCGAN's discriminator,
            and of the last hidden layer of DCGAN's generator.
        blocks: residual blocks of CycleGAN's generators.
        latent_dim: length of DCGAN's latents.
    """

    name: str
    image_shape: tuple[int, int, int]
    batch_size: int
    steps: int
    filters: int = 64
    blocks: int = 6
    latent_dim: int = 100


@dataclass(frozen=True, eq=False)
class Implementation:
    """An implementation of the cases.

    Attributes:
        title: its name in the table.
        target: "module:class". The class is called with the case and the arguments. It has
            `layers`, the weights and outputs of each network's layers, and `train(steps)`, which
            returns the seconds of each step.
        arguments: keyword arguments of the class.
        tensorflow: whether the module imports TensorFlow.
    """

    title: str
    target: str
    arguments: dict[str, Any] = field(default_factory=dict)
    tensorflow: bool = True


CASES = {
    "cyclegan": Case("cyclegan", (128, 128, 3), batch_size=1, steps=3),
    "dcgan": Case("dcgan", (28, 28, 1), batch_size=128, steps=20),
}
PLAIN_KERAS = Implementation("plain Keras float32", "benchmarks.peers_keras:PlainKeras")


def keras_gans(precision: str) -> Implementation:
    """Return keras_gans."""
    target = "benchmarks.own_training:KerasGans"
    return Implementation(f"keras_gans {precision}", target, {"precision": precision})


def pytorch() -> list[Implementation]:
    """Return PyTorch in both precisions and both memory formats: it depends which is fastest."""
    return [
        Implementation(
            f"PyTorch {precision}{', channels last' if channels_last else ''}",
            "benchmarks.peers_torch:PyTorch",
            {"precision": precision, "channels_last": channels_last},
            tensorflow=False,
        )
        for precision in ("float32", "bfloat16")
        for channels_last in (False, True)
    ]
