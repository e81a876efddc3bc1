"""Images of a trained generator: `python -m export.images RUN`.

A noise-to-image generator makes `--count` samples of the latents of `--seed`, whose labels cycle
through `--labels` if the model is class-conditional. `--interpolate` walks from each latent to the
next one, and `--arithmetic` adds and subtracts the mean latents of classes. An image-to-image
generator translates `--input`, images or folders of images of any size; `--input-side` takes half
of each, where it is a pair side by side.

Writes PNG files into RUN/export/images, or to `--output`: a folder; FILE.png or FILE.jpg, if it is
one image; or FILE.npz, which holds
`images`, uint8 (n, h, w, c), and `labels`, int32 (n,), and `class_names` if the model is
class-conditional; or, for `--interpolate`, FILE.gif, which loops.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from tyro.conf import arg, create_mutex_group

from export.common import latent_walks
from export.common.animation import enlarge, write_gif
from export.common.errors import ExportError
from export.common.generator import Generator, Inputs
from export.common.image_files import (
    NamedImage,
    label_of,
    named_image,
    write_folder,
    write_image,
    write_npz,
)
from export.common.input_images import ImageInput, named_inputs
from export.common.options import RunOptions
from export.common.trained_run import TrainedRun, open_run_of
from keras_gans.cli.main import parse_and_run
from keras_gans.data.images import MAX_PIXELS
from keras_gans.data.values import ValueRange
from keras_gans.pixels import to_pixels
from keras_gans.validation import PositiveInt, SeedInt

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
# Of images, arrays and films that are not written: nobody means a folder by one.
OTHER_SUFFIXES = tuple(
    ".apng .avi .avif .bmp .heic .heif .jp2 .jxl .m4v .mkv .mov .mp4 .npy .tif .tiff .webm".split()
)
# Options that only one kind of generator has.
OF_NOISE: tuple[str, ...] = ("count", "seed", "labels", "interpolate", "arithmetic")
OF_IMAGES: tuple[str, ...] = (
    "input",
    "input_side",
    "longest_side",
    "tile",
    "max_pixels",
    "direction",
)
LARGEST = 2  # times the side of training images: what a network has learnt has a size
GIF_FRAME_SECONDS = 0.06
GIF_MIN_SIDE = 128  # pixels: smaller images are enlarged

OneOf = create_mutex_group(required=False)


@dataclass(frozen=True)
class ImagesOptions(RunOptions):
    """Options of `python -m export.images`.

    Args:
        count: samples, interpolations, or rows of exemplars
        seed: random seed of the latents
        labels: names or numbers of classes, which are cycled; none for all
        input: images to translate, or folders of images
        input_side: half of each input to translate, where it is a pair side by side
        interpolate: make --count interpolations of N images, from one latent to the next
        arithmetic: names or numbers of three classes: an image of A - B + C
        longest_side: shrink larger images before they are translated; None for twice the side of
            the training's images, or with --tile for their own size
        tile: translate in tiles of N x N pixels, with the result of the whole image; None for
            tiles only where an image is too large for memory
        max_pixels: inputs of more pixels are left out
        output: a folder, FILE.npz, FILE.gif or, for one image, FILE.png or FILE.jpg; None for
            RUN/export/images
        direction: generator of CycleGAN to use; None for a_to_b
    """

    count: Annotated[PositiveInt, arg(metavar="N")] = 16
    seed: Annotated[SeedInt, arg(metavar="S")] = 0
    labels: Annotated[tuple[str, ...], arg(metavar="LABEL [LABEL ...]")] = ()
    input: Annotated[tuple[Path, ...], arg(metavar="PATH [PATH ...]"), OneOf] = ()
    input_side: Literal["whole", "left", "right"] = "whole"
    interpolate: Annotated[int | None, arg(metavar="N"), OneOf] = None
    arithmetic: Annotated[tuple[str, ...], arg(metavar="A B C"), OneOf] = ()
    longest_side: Annotated[PositiveInt | None, arg(metavar="N")] = None
    tile: Annotated[PositiveInt | None, arg(metavar="N")] = None
    max_pixels: Annotated[PositiveInt, arg(metavar="N")] = MAX_PIXELS
    output: Annotated[Path | None, arg(metavar="PATH")] = None
    direction: Literal["a_to_b", "b_to_a"] | None = None

    def __post_init__(self):
        """Check what the types cannot say.

        Raises:
            ValueError: a value is out of its range.
        """
        super().__post_init__()
        if self.interpolate is not None and self.interpolate < 2:
            raise ValueError(
                f"interpolate must be 2 or more, for both ends, not {self.interpolate}"
            )
        if len(self.arithmetic) not in (0, 3):
            raise ValueError(f"arithmetic needs 3 classes, not {len(self.arithmetic)}")
        if self.output and self.output.suffix.lower() in OTHER_SUFFIXES:
            raise ValueError(
                f"{self.output} cannot be written: give a folder, or a file in "
                f"{', '.join(IMAGE_SUFFIXES)}, .npz or .gif"
            )
        if self.suffix == ".gif" and not self.interpolate:
            raise ValueError(f"{self.output} needs interpolate: other images need a folder or .npz")

    @property
    def suffix(self) -> str:
        """The suffix of the file that is to be written, in lower case; "" for a folder."""
        suffix = self.output.suffix.lower() if self.output else ""
        return suffix if suffix in {*IMAGE_SUFFIXES, ".gif", ".npz"} else ""


def export(run: TrainedRun, generator: Generator, options: ImagesOptions) -> None:
    """Make images and write them.

    Raises:
        ExportError: the generator cannot make what the options ask for.
        UserError: there is no image to translate, or no labeled data for arithmetic.
    """
    output = options.output or run.directory.exports / "images"
    _refuse_inputs(output, options.input)
    _refuse_others(run.directory.folder, options, generator.is_translator)
    if generator.is_translator:
        folder = output.parent if options.suffix else output
        images = _translations(run, generator, options, folder)
    else:
        images = _samples(run, generator, options)
    if options.suffix == ".gif":
        count = _write_loop(run, generator, options, output)
    elif options.suffix == ".npz":
        count = write_npz(images, output, run.class_names)
    elif options.suffix:
        count = write_image(images, output)
    else:
        count = write_folder(images, output)
    if not count:
        raise ExportError("none of the images could be read")
    unit = "frame" if options.suffix == ".gif" else "image"
    print(f"{count} {unit}{'s' * (count > 1)}: {output}")


def _refuse_inputs(output: Path, inputs: Sequence[Path]) -> None:
    """Refuse to write where the inputs are: a second call would translate the results."""
    for path in inputs:
        if output.resolve() == path.resolve():
            raise ExportError(f"{output} is the input: give another --output")
        if path.is_dir() and output.resolve().is_relative_to(path.resolve()):
            raise ExportError(f"{output} is inside the input {path}: give --output elsewhere")


def _refuse_others(folder: Path, options: ImagesOptions, is_translator: bool) -> None:
    """Refuse options that the other kind of generator has."""
    if is_translator:
        source, own, others = "images", "input", OF_NOISE
    else:
        source, own, others = "noise", "count", OF_IMAGES

    def is_given(name: str) -> bool:
        return getattr(options, name) != getattr(ImagesOptions, name)

    if any(map(is_given, others)):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in others if is_given(name))
        hint = "" if is_given(own) else f"give --{own}, "
        raise ExportError(f"{folder} makes images from {source}: {hint}leave out {flags}")


def _samples(run: TrainedRun, generator: Generator, options: ImagesOptions) -> Iterable[NamedImage]:
    if generator.makes_points:
        raise ExportError(f"{run.directory.folder} makes 2-D points, not images")
    if options.arithmetic:
        image = latent_walks.vector_arithmetic(
            run, generator, options.arithmetic, options.count, options.seed
        )
        return [image]
    inputs = _sampling_inputs(run, options)
    if options.interpolate:
        return latent_walks.interpolations(
            generator, inputs, options.interpolate, options.seed, run.class_names
        )
    return samples(generator, inputs, options.seed, run.class_names)


def _sampling_inputs(run: TrainedRun, options: ImagesOptions) -> Inputs:
    labels = [run.label(text) for text in options.labels] or None
    count = options.count + 1 if options.interpolate else options.count
    return run.model.sampling_inputs(count, options.seed, labels)


def _write_loop(run: TrainedRun, generator: Generator, options: ImagesOptions, file: Path) -> int:
    assert options.interpolate is not None  # options with FILE.gif have it
    inputs = _sampling_inputs(run, options)
    loop = latent_walks.loop(generator, inputs, options.interpolate)
    frames = [enlarge(frame, GIF_MIN_SIDE) for frame in loop]
    write_gif(frames, file, frame_seconds=GIF_FRAME_SECONDS)
    return len(frames)


def _translations(
    run: TrainedRun, generator: Generator, options: ImagesOptions, folder: Path
) -> Iterable[NamedImage]:
    if not options.input:
        raise ExportError("a translator needs --input: an image, or a folder of images")
    return translations(generator, options, run.info.data.value_range, folder)


def samples(
    generator: Generator, inputs: Inputs, seed: int, class_names: Sequence[str] | None
) -> Iterator[NamedImage]:
    """Yield samples, named by the seed, their number and their class."""
    for row, image in enumerate(generator.images(inputs)):
        name = f"seed{seed}-{row:05d}"
        yield named_image(name, to_pixels(image), label_of(inputs, row), class_names)


def translations(
    generator: Generator, options: ImagesOptions, value_range: ValueRange | None, folder: Path
) -> Iterator[NamedImage]:
    """Yield the translations of all images of the options' inputs, in their own sizes.

    Images with a longer side than the options' are shrunk first. Those that cannot be read are
    named on stderr.

    Args:
        generator: a translator.
        options: the inputs, and how they are read.
        value_range: of images of more than eight bits, as in training; None for that of the inputs.
        folder: for temporary files, where an image is translated in tiles.

    Raises:
        ExportError: the generator cannot translate tiles, or the folder has no room.
    """
    from export.common.image_translator import ImageTranslator
    from keras_gans.data import DataError
    from keras_gans.data.values import find_value_range

    paths = named_inputs(options.input)
    if value_range is None:
        value_range = find_value_range(list(paths), options.max_pixels)
    longest_side = options.longest_side
    if longest_side is None and options.tile is None:
        (examples,) = generator.examples.values()
        longest_side = LARGEST * max(examples.shape[1:3])
    channels = generator.network.input_shape[-1]
    reader = ImageInput(channels, options.input_side, longest_side, options.max_pixels, value_range)
    translator = ImageTranslator(generator, options.tile, folder)
    for path, name in paths.items():
        try:
            pixels = reader.read(path)
        except DataError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        yield NamedImage(f"{name}-{generator.name}", translator(pixels, path))


def _command(options: ImagesOptions) -> None:
    run = open_run_of(options)
    generator, *_ = run.generators(options.direction or "both")
    export(run, generator, options)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(
        ImagesOptions, _command, name="export.images", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
