"""Folders of images.

    images     images anywhere below the folder
    labelled   one sub-folder per class, or labels.csv or dataset.json beside the images. Classes
               are numbered in the order of their names, or by them if they are numbers
    unpaired   trainA/ and trainB/, for the test split testA/ and testB/ if they exist
    paired     images with the pair side by side, or trainA/ and trainB/ with the same file names

The splits train/, val/ and test/ may be called Training/, validate/, test_images/ and the like, and
the domains train_A/, train/A/ or A/train/; see `keras_gans.data.layouts`. Without splits, every
split is the same images. A folder that is merely wrapped around the data is entered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from keras_gans.data import classes, layouts, left_out, values
from keras_gans.data.config import DataConfig
from keras_gans.data.dataset import Dataset
from keras_gans.data.discovery import find, finding_once, has_images, sub_folders
from keras_gans.data.errors import DataError
from keras_gans.data.formats import image_size
from keras_gans.data.images import ImageReader
from keras_gans.data.keeping import kept_in, remembered_range
from keras_gans.data.left_out import LeftOut, say
from keras_gans.data.reading import Decoded, Example, read_all
from keras_gans.data.stamps import decoders, stamp

_OWN_SIZE = 64
_NAMED = 5  # folders, at most, in a line of those that are left out


def read(config: DataConfig, folder: Path) -> Dataset:
    """Decode the images of a folder.

    Raises:
        DataError: the folder is not laid out for the task, or too little can be read.
    """
    readers = {
        "images": _images,
        "labelled": _labelled,
        "unpaired": _unpaired,
        "paired": _paired,
    }
    folder = layouts.entered(folder)
    if config.task in ("images", "labelled") and layouts.has_named_domains(folder):
        raise config.unsupported("holds two domains (trainA/, trainB/)")
    return readers[config.task](config, folder)


def training_folders(config: DataConfig) -> list[Path]:
    """Return the folders below which images are read as training examples; none for arrays."""
    if not Path(config.name).expanduser().is_dir():
        return []
    folder = layouts.entered(Path(config.name).expanduser())
    domains = layouts.domains_in(folder) if config.task in ("unpaired", "paired") else {}
    if "train" in domains:
        return [domains["train"].a, domains["train"].b]
    return [layouts.training_folder(folder)]


@contextmanager
def shared_decoding(cache_folder: Path | None = None) -> Iterator[None]:
    """Let what is loaded within share images, which splits and tasks of a folder often do.

    They are kept to the end of it. Whatever else uses them goes on to have them. What there is to
    say of the files is said once.

    Args:
        cache_folder: where images are kept between runs too; None for nowhere.
    """
    token = _decoder.set(cache(read_all))
    try:
        with left_out.saying_once(), finding_once(), kept_in(cache_folder):
            yield
    finally:
        _decoder.reset(token)


def _images(config: DataConfig, folder: Path) -> Dataset:
    split, root = _split(config, folder)
    found = find(root)
    decoded, value_range = _decoded(
        config, _single(found.images), lambda: find(layouts.training_folder(folder)).images
    )
    missing = (*found.left_out, *decoded.left_out)
    return _dataset(config, folder, (decoded,), missing, value_range, split=split)


def _labelled(config: DataConfig, folder: Path) -> Dataset:
    # A label means the same in every split: what it means in the training images.
    training = classes.find_classes(config, layouts.training_folder(folder))
    names = classes.names_of(training)
    if len(names) == 1:
        say(f"{folder} has one class alone, {names[0]}: a model without labels would do")
    split, found = _labeled_split(config, folder, training)
    known, unknown = found.only(names)
    decoded, value_range = _decoded(config, _single(known.images), lambda: training.images)
    labels = np.array([names.index(known.classes[index]) for index in decoded.kept], np.int32)
    missing = (*found.left_out, *unknown, *decoded.left_out)
    fields = {"labels": labels, "class_names": names, "split": split}
    return _dataset(config, folder, (decoded,), missing, value_range, **fields)


def _unpaired(config: DataConfig, folder: Path) -> Dataset:
    # Both or neither: test images of one domain beside training images of the other mislead.
    there = layouts.domains_in(folder)
    if "train" not in there:
        halves = [
            name
            for name, path in sub_folders(folder).items()
            if layouts.is_domain(name) and has_images(path)
        ]
        if halves:
            raise DataError(
                f"{folder} has images in {', '.join(halves)} alone: two domains need trainA/ and "
                "trainB/, and testA/ and testB/ if there are test images"
            )
        raise config.unsupported("holds neither trainA/ nor trainB/")
    split = _split_of_domains(config, folder, there)
    found = [find(there[split].a), find(there[split].b)]
    training = there["train"]
    domains: list[Decoded] = []
    missing: list[LeftOut] = []
    value_range = config.value_range
    for each in found:
        decoded, value_range = _decoded(
            replace(config, value_range=value_range),
            _single(each.images),
            lambda: (*find(training.a).images, *find(training.b).images),
        )
        domains.append(decoded)
        missing += [*each.left_out, *decoded.left_out]
    return _dataset(config, folder, tuple(domains), missing, value_range, split=split)


def _paired(config: DataConfig, folder: Path) -> Dataset:
    there = layouts.domains_in(folder)
    if "train" in there:
        return _paired_folders(config, folder, there)
    split, root = _split(config, folder)
    found = find(root)
    width, height = image_size(found.images[0])
    if not 1.8 * height <= width <= 2.2 * height:
        say(
            f"each image is taken as two side by side: {found.images[0].name} ({width}x{height}) "
            f"as two of {width // 2}x{height}"
        )
    training = layouts.training_folder(folder)
    decoded, value_range = _decoded(
        config, _single(found.images), lambda: find(training).images, pairs=True
    )
    missing = (*found.left_out, *decoded.left_out)
    return _dataset(config, folder, (decoded,), missing, value_range, split=split)


def _paired_folders(config: DataConfig, folder: Path, there: dict[str, layouts.Domains]) -> Dataset:
    """Pairs in two folders: the files of one name are a pair."""
    split = _split_of_domains(config, folder, there)
    a, b = (find(side) for side in (there[split].a, there[split].b))
    pairs, single = layouts.match(there[split], a.images, b.images)
    if not pairs:
        raise config.unsupported("holds two unpaired domains, without files of the same names")
    training = there["train"]
    decoded, value_range = _decoded(
        config, pairs, lambda: (*find(training.a).images, *find(training.b).images)
    )
    missing = (*a.left_out, *b.left_out, *single, *decoded.left_out)
    return _dataset(config, folder, (decoded,), missing, value_range, split=split)


def _dataset(
    config: DataConfig,
    folder: Path,
    decoded: tuple[Decoded, ...],
    missing: Sequence[LeftOut],
    value_range: values.ValueRange | None,
    **fields,
) -> Dataset:
    """Make the data set, and say what is left out."""
    domains = tuple(domain for each in decoded for domain in each.domains)
    if missing:
        total = sum(map(len, domains if config.task == "unpaired" else domains[:1])) + len(missing)
        say(f"left out of {folder}: {len(missing):,} of {total:,} files: "
            f"{left_out.summary(missing)}")  # fmt: skip
    fields |= {"value_range": value_range, "left_out": tuple(missing)}
    keys = [each.key for each in decoded]
    return config.dataset(domains, _OWN_SIZE, keys=keys, **fields)


def _decoded(
    config: DataConfig,
    examples: Sequence[Example],
    training: Callable[[], Sequence[Path]],
    *,
    pairs: bool = False,
) -> tuple[Decoded, values.ValueRange | None]:
    """Decode images; where they have more than eight bits, by the range of the training images."""
    reader = ImageReader(
        config.load_sides(_OWN_SIZE),
        config.channels or 3,
        config.fit,
        pairs,
        config.value_range,
        config.max_pixels,
    )
    decode, examples = _decoder.get(), tuple(examples)
    try:
        return decode(examples, reader), config.value_range
    except values.UnknownValueRangeError:
        found = _value_range(config, training(), [path for each in examples for path in each])
        if found is None:  # it was there a moment ago
            raise
        say(f"more than eight bits: of all images, {found[0]:g} becomes black, {found[1]:g} white")
        return decode(examples, replace(reader, value_range=found)), found


def _value_range(
    config: DataConfig, training: Sequence[Path], paths: Sequence[Path]
) -> values.ValueRange | None:
    """Return the range of the training images or, if they have eight bits, that of some paths."""

    def find_range() -> values.ValueRange | None:
        return values.find_value_range(training, config.max_pixels) or values.find_value_range(
            paths, config.max_pixels
        )

    return remembered_range(
        lambda: {
            "files": [stamp(training), stamp(paths)],
            "max_pixels": config.max_pixels,
            "decoders": decoders(),
        },
        find_range,
    )


def _single(images: Sequence[Path]) -> list[Example]:
    return [(image,) for image in images]


_decoder: ContextVar[Callable[..., Decoded]] = ContextVar("_decoder", default=read_all)


def _split(config: DataConfig, folder: Path) -> tuple[str, Path]:
    """Return the best split that there is, and its folder: all images are for training else."""
    there = layouts.splits_in(folder)
    if not there:
        return "train", folder
    _say_beside(folder, there)
    split = config.pick_split(there)
    return split, there[split]


def _say_beside(folder: Path, splits: dict[str, Path]) -> None:
    """Say which folders are not used, where there are splits."""
    for name in layouts.beside_splits(folder, splits):
        say(f"left out of {folder}: {name}/, which is beside the splits")


def _split_of_domains(config: DataConfig, folder: Path, there: dict[str, layouts.Domains]) -> str:
    """Return the best split that there is, and say which folders are not used."""
    names = [f"{path.relative_to(folder)}/" for path in layouts.beside(folder, there)]
    if names:
        listed = ", ".join(names[:_NAMED] + ["..."] * (len(names) > _NAMED))
        say(f"left out of {folder}: {listed}, beside the two domains")
    return config.pick_split(there)


def _labeled_split(
    config: DataConfig, folder: Path, training: classes.Classes
) -> tuple[str, classes.Classes]:
    """Return the best split with images of known classes: those of a test are often without."""
    there = layouts.splits_in(folder)
    _say_beside(folder, there)
    for split in config.splits():
        if split == "train" or split not in there:
            continue
        try:
            found = classes.find_classes(config, there[split])
        except DataError:
            found = classes.Classes((), (), ())
        if not set(found.classes).isdisjoint(training.classes):
            return split, found
        say(f"left out: {there[split]} has no images of the training classes")
    return "train", training
