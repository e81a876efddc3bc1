"""Pictures from a trained run: `python -m export.images RUN`.

A sampler draws `--count` pictures from the latents of `--seed`, of the `--labels` given in turn
where the run has labels. `--interpolate` shows the way from each latent to the next one, and
`--arithmetic` adds and subtracts what the latents of classes have in common. A translator
translates `--input`, a picture or a folder of them, of any size up to `--longest-side`.

PNG files are written into RUN/export/images, or where `--output` says: a folder, or one .npz of
uint8 arrays.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from export.common import latent_studies
from export.common.commands import add_direction, command
from export.common.files import ExportError, Place
from export.common.latent_studies import Picture
from export.common.runs import Generator, Inputs, Run, open_run
from keras_gans.command_line import positive, seed
from keras_gans.pixels import to_pixels

LONGEST_SIDE = 1024


def export(options) -> None:
    """Make the pictures and write them."""
    run = open_run(options.run, best=options.best)
    (generator,) = run.generators(options.direction)
    pictures = (_translated if generator.translates else _sampled)(run, generator, options)
    output = run.output(options, "images")
    written = (_write_npz if output.suffix == ".npz" else _write_files)(pictures, output)
    if not written:
        raise ExportError("none of the pictures could be read")
    print(f"{written} pictures: {output}")


def _sampled(run: Run, generator: Generator, options) -> Iterable[Picture]:
    if options.input is not None:
        raise ExportError(f"{run.folder} makes pictures from noise: give --count, not --input")
    if generator.makes_points:
        raise ExportError(f"{run.folder} makes points, not pictures")
    labels = options.labels and [run.label(text) for text in options.labels]
    if options.arithmetic:
        picture = latent_studies.arithmetic(
            run, generator, options.arithmetic, options.count, options.seed
        )
        return [picture]
    if options.interpolate:
        inputs = run.model.sampling_inputs(options.count + 1, options.seed, labels)
        return latent_studies.strips(generator, inputs, options.interpolate, options.seed)
    return samples(
        generator, run.model.sampling_inputs(options.count, options.seed, labels), options.seed
    )


def _translated(run: Run, generator: Generator, options) -> Iterable[Picture]:
    if options.labels or options.interpolate or options.arithmetic:
        raise ExportError(
            f"{run.folder} makes pictures from pictures, not from noise: give --input"
        )
    if options.input is None:
        raise ExportError("a translator needs --input: a picture, or a folder of pictures")
    return translations(generator, options.input, options.longest_side)


def samples(generator: Generator, inputs: Inputs, seed: int) -> Iterator[Picture]:
    """Draw pictures, named by the seed, their number and their label."""
    for index, image in enumerate(generator.images(inputs)):
        label = latent_studies.label_suffix(inputs, index)
        yield f"seed{seed}-{index:05d}{label}", to_pixels(image)


def translations(
    generator: Generator, source: Path, longest_side: int = LONGEST_SIDE
) -> Iterator[Picture]:
    """Translate a picture, or all pictures of a folder, one by one and in their own size.

    Those of which a side is longer are made smaller first: memory grows with the pixels.
    """
    from export.common.signatures import translated
    from keras_gans.data import DataError, find_pictures, read_picture
    from keras_gans.data.pictures import shrunk

    channels = generator.network.input_shape[-1]
    paths = find_pictures(source)
    source = source.expanduser()
    folder = source if source.is_dir() else source.parent
    for path, name in zip(paths, _names(paths, folder), strict=True):
        try:
            pixels = read_picture(path, channels=channels)
        except DataError as error:
            print(f"skipped: {error}", file=sys.stderr)
            continue
        if max(pixels.shape[:2]) > longest_side:
            print(f"{path} is made smaller: --longest-side {longest_side}", file=sys.stderr)
            pixels = shrunk(pixels, longest_side)
        made = translated(generator.network, pixels[None], generator.multiple)
        yield f"{name}-{generator.name}", np.asarray(made)[0]


def _names(paths: list[Path], folder: Path) -> list[str]:
    """Name each picture by its file, and where two would be called the same, by its folders too."""
    times = Counter(path.stem for path in paths)
    return [
        path.stem if times[path.stem] == 1 else "-".join(path.relative_to(folder).parts)
        for path in paths
    ]


def _write_files(pictures: Iterable[Picture], folder: Path) -> int:
    from keras_gans.data.pictures import from_array

    count = 0
    for name, pixels in pictures:
        with Place(folder / f"{name}.png") as part:
            from_array(pixels).save(part)
        count += 1
    return count


def _write_npz(pictures: Iterable[Picture], file: Path) -> int:
    arrays = dict(pictures)
    with Place(file) as part:
        np.savez_compressed(part, **arrays)  # type: ignore[arg-type]  # names, not flags
    return len(arrays)


def _both_ends(text: str) -> int:
    """Return a whole number from 2 on, for argparse."""
    if (number := positive(text)) < 2:
        raise argparse.ArgumentTypeError(f"must be 2 or more, for both ends, not {text!r}")
    return number


def _add_flags(parser) -> None:
    add = parser.add_argument
    add(
        "--count",
        type=positive,
        default=16,
        metavar="N",
        help="samples, strips or rows (default 16)",
    )
    add("--seed", type=seed, default=0, metavar="S", help="of the latents (default 0)")
    add("--labels", nargs="+", metavar="L", help="names or numbers of classes (default all)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--input", type=Path, metavar="PATH", help="a picture or folder, to translate"
    )
    what.add_argument(
        "--interpolate",
        type=_both_ends,
        metavar="N",
        help="--count strips of N pictures, from one latent to the next",
    )
    what.add_argument(
        "--arithmetic",
        nargs=3,
        metavar=("A", "B", "C"),
        help="names or numbers of classes: a picture of A - B + C in --count rows of exemplars",
    )
    add(
        "--longest-side",
        type=positive,
        default=LONGEST_SIDE,
        metavar="N",
        help="make larger pictures smaller before they are translated, which takes memory "
        "by the pixel (default %(default)s)",
    )
    add(
        "--output",
        type=Path,
        metavar="PATH",
        help="a folder, or FILE.npz (default RUN/export/images)",
    )
    add_direction(parser, ("a_to_b", "b_to_a"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    command("images", __doc__, export, _add_flags, arguments)


if __name__ == "__main__":
    main()
