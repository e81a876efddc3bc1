"""Images of a trained generator: `python -m export.images RUN`.

A noise-to-image generator makes `--count` samples of the latents of `--seed`, whose labels cycle
through `--labels` if the model is class-conditional. `--interpolate` walks from each latent to the
next one, and `--arithmetic` adds and subtracts the mean latents of classes. An image-to-image
generator translates `--input`, an image or a folder of images of any size.

Writes PNG files into RUN/export/images, or to `--output`: a folder; or FILE.npz, which holds
`images`, uint8 (n, h, w, c), and `labels`, int32 (n,), if the model is class-conditional; or, for
`--interpolate`, FILE.gif, which loops.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import numpy as np
from tyro.conf import arg, create_mutex_group

from export.common import latent_walks
from export.common.animation import enlarge, write_gif
from export.common.commands import open_run_of, parse_and_run
from export.common.errors import ExportError
from export.common.generator import Generator, Inputs
from export.common.image_files import (
    NamedImage,
    label_of,
    label_suffix,
    write_folder,
    write_npz,
)
from export.common.options import RunOptions
from export.common.trained_run import TrainedRun
from keras_gans.pixels import to_pixels
from keras_gans.validation import PositiveInt, SeedInt

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
        input: an image to translate, or a folder of images
        interpolate: make --count interpolations of N images, from one latent to the next
        arithmetic: names or numbers of three classes: an image of A - B + C
        longest_side: shrink larger images before they are translated; memory grows with the pixels
        output: a folder, FILE.npz or FILE.gif; None for RUN/export/images
        direction: generator of CycleGAN to use
    """

    count: Annotated[PositiveInt, arg(metavar="N")] = 16
    seed: Annotated[SeedInt, arg(metavar="S")] = 0
    labels: Annotated[tuple[str, ...], arg(metavar="LABEL [LABEL ...]")] = ()
    input: Annotated[Path | None, arg(metavar="PATH"), OneOf] = None
    interpolate: Annotated[int | None, arg(metavar="N"), OneOf] = None
    arithmetic: Annotated[tuple[str, ...], arg(metavar="A B C"), OneOf] = ()
    longest_side: Annotated[PositiveInt, arg(metavar="N")] = 1024
    output: Annotated[Path | None, arg(metavar="PATH")] = None
    direction: Literal["a_to_b", "b_to_a"] = "a_to_b"

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
        if self.output is not None and self.output.suffix == ".gif" and not self.interpolate:
            raise ValueError(f"{self.output} needs interpolate: other images need a folder or .npz")


def export(run: TrainedRun, generator: Generator, options: ImagesOptions) -> None:
    """Make images and write them.

    Raises:
        ExportError: the generator cannot make what the options ask for.
        DataError: there is no image to translate, or no labeled data for arithmetic.
    """
    output = options.output or run.directory.exports / "images"
    images = (_translations if generator.is_translator else _samples)(run, generator, options)
    if output.suffix == ".gif":
        count = _write_loop(run, generator, options, output)
    elif output.suffix == ".npz":
        count = write_npz(images, output)
    else:
        count = write_folder(images, output)
    if not count:
        raise ExportError("none of the images could be read")
    print(f"{count} {'frames' if output.suffix == '.gif' else 'images'}: {output}")


def _samples(run: TrainedRun, generator: Generator, options: ImagesOptions) -> Iterable[NamedImage]:
    folder = run.directory.folder
    if options.input is not None:
        raise ExportError(f"{folder} makes images from noise: give --count instead of --input")
    if generator.makes_points:
        raise ExportError(f"{folder} makes 2-D points, not images")
    if options.arithmetic:
        image = latent_walks.vector_arithmetic(
            run, generator, options.arithmetic, options.count, options.seed
        )
        return [image]
    inputs = _sampling_inputs(run, options)
    if options.interpolate:
        return latent_walks.interpolations(generator, inputs, options.interpolate, options.seed)
    return samples(generator, inputs, options.seed)


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
    run: TrainedRun, generator: Generator, options: ImagesOptions
) -> Iterable[NamedImage]:
    if options.labels or options.interpolate or options.arithmetic:
        raise ExportError(
            f"{run.directory.folder} makes images from images, not from noise: give --input"
        )
    if options.input is None:
        raise ExportError("a translator needs --input: an image, or a folder of images")
    return translations(generator, options.input, options.longest_side)


def samples(generator: Generator, inputs: Inputs, seed: int) -> Iterator[NamedImage]:
    """Yield samples, named by the seed, their number and their label."""
    for row, image in enumerate(generator.images(inputs)):
        name = f"seed{seed}-{row:05d}{label_suffix(inputs, row)}"
        yield NamedImage(name, to_pixels(image), label_of(inputs, row))


def translations(generator: Generator, source: Path, longest_side: int) -> Iterator[NamedImage]:
    """Yield the translations of an image, or of all images of a folder, in their own sizes.

    Images with a longer side are shrunk first. Those that cannot be read are named on stderr.
    """
    from export.common.signatures import translate
    from keras_gans.data import DataError, find_images, read_image
    from keras_gans.data.images import shrink

    channels = generator.network.input_shape[-1]
    paths = find_images(source)
    source = source.expanduser()
    folder = source if source.is_dir() else source.parent
    for path, name in zip(paths, _names(paths, folder), strict=True):
        try:
            pixels = read_image(path, channels=channels)
        except DataError as error:
            print(f"skipped: {error}", file=sys.stderr)
            continue
        if max(pixels.shape[:2]) > longest_side:
            print(f"{path} is shrunk to --longest-side {longest_side}", file=sys.stderr)
            pixels = shrink(pixels, longest_side)
        translated = translate(generator.network, pixels[None], generator.size_multiple)
        yield NamedImage(f"{name}-{generator.name}", np.asarray(translated)[0])


def _names(paths: list[Path], folder: Path) -> list[str]:
    """Name each image by its file, and by its folders too if several files have that name."""
    times = Counter(path.stem for path in paths)
    return [
        path.stem if times[path.stem] == 1 else "-".join(path.relative_to(folder).parts)
        for path in paths
    ]


def _command(options: ImagesOptions) -> None:
    run = open_run_of(options)
    (generator,) = run.generators(options.direction)
    export(run, generator, options)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command."""
    parse_and_run(
        ImagesOptions, _command, name="export.images", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
