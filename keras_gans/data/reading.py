"""Many image files at once, with several threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.data.cache import Append, Transient
from keras_gans.data.errors import DataError
from keras_gans.data.images import ImageError, ImageReader
from keras_gans.data.keeping import Images, Source, is_known, keep, make_known
from keras_gans.data.left_out import LeftOut, say
from keras_gans.data.progress import Progress
from keras_gans.data.stamps import decoders, stamp
from keras_gans.data.streaming import Decoder, StreamedImages
from keras_gans.data.values import UnknownValueRangeError

_BLOCK = 256  # examples that are written at once
_NAMED = 10  # unreadable files, at most, in the message that refuses them

Example = tuple[Path, ...]  # the files of an example: one, or two that are a pair


class UnreadableError(DataError):
    """Too many images cannot be read.

    Attributes:
        left_out: all of them.
    """

    def __init__(self, left_out: Sequence[LeftOut], total: int):
        """Name the first of them."""
        named = "; ".join(map(str, left_out[:_NAMED]))
        more = f"; and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        super().__init__(
            f"{len(left_out)} of {total} images cannot be used, up to a tenth may be bad: "
            f"{named}{more}"
        )
        self.left_out = tuple(left_out)


@dataclass(frozen=True)
class Decoded:
    """Images that were read, or can be.

    Attributes:
        domains: uint8 (n, h, w, c): one, or two if each example is a pair.
        kept: the n indices of the examples that could be read.
        left_out: the files that could not.
        key: what the images are called in the cache; None outside.
    """

    domains: tuple[Images, ...]
    kept: tuple[int, ...]
    left_out: tuple[LeftOut, ...]
    key: str | None


@dataclass(frozen=True)
class _Read:
    """An example that was read: its images, or what is wrong with its files."""

    images: list[np.ndarray]
    problems: list[list]  # number of the file, reason, detail
    with_frames: list[int]  # numbers of the files with several frames
    passing: list[str]  # what is wrong with files that may be read another time


def read_all(examples: Sequence[Example], reader: ImageReader) -> Decoded:
    """Read many images at once. Examples with a file that cannot be read are left out.

    Raises:
        UnreadableError: more than a tenth of the files, and more than one, cannot be read, or none
            can.
        UnknownValueRangeError: one has more than eight bits, and the reader has no range for them.
    """
    source = ImageFiles(examples, reader)
    without_range = "a range is needed"
    if reader.value_range is None and is_known(without_range, source):
        raise UnknownValueRangeError("the range of the values is not known")
    try:
        kept_images = keep(source)
    except UnknownValueRangeError:
        make_known(without_range, source)
        raise
    info = kept_images.info
    if info["with_frames"]:
        count, (index, number) = info["with_frames"]
        say(f"{count:,} images have several frames or pages, as {examples[index][number].name}: "
            "the first of each is used")  # fmt: skip
    return Decoded(
        kept_images.arrays,
        tuple(_kept(len(examples), info)),
        tuple(_left_out(examples, info)),
        kept_images.key,
    )


class ImageFiles(Source):
    """Image files, to be read by a reader.

    Args:
        examples: the files of each example.
        reader: which size and so on the images get.
    """

    def __init__(self, examples: Sequence[Example], reader: ImageReader):
        self.examples, self.reader = examples, reader
        self.paths = [path for example in examples for path in example]
        self.title = os.path.commonpath({os.path.dirname(path) for path in self.paths}) or "."
        self.shape = (len(examples), *reader.sides, reader.channels)
        self.parts = 2 if reader.pairs else len(examples[0])
        self.settings = {
            "sides": reader.sides,
            "channels": reader.channels,
            "fit": reader.fit,
            "value_range": reader.value_range,
        }

    @cached_property
    def files(self) -> dict[str, Any]:
        """What tells the files from others, and which of them can be used."""
        return {
            "files": stamp(self.paths),
            "decoders": decoders(),
            "parts": self.parts,
            "pairs": self.reader.pairs,
            "max_pixels": self.reader.max_pixels,
        }

    def decode(self, append: Append) -> dict[str, Any] | Transient:
        """Read all files; return which cannot be used, and which have several frames."""
        problems: list[list] = []
        with_frames: list[tuple[int, int]] = []
        passing: list[str] = []
        done = 0
        for block in self._blocks():
            for index, read in enumerate(block, done):
                problems += [[index, *problem] for problem in read.problems]
                with_frames += [(index, number) for number in read.with_frames]
                passing += read.passing
            done += len(block)
            if whole := [read.images for read in block if read.images]:
                append([np.stack(images) for images in zip(*whole, strict=True)])
        total = len(self.paths)
        bad = {index for index, *_ in problems}
        if len(bad) == len(self.examples) or len(problems) > max(1, total / 10):
            raise UnreadableError(_left_out(self.examples, {"left_out": problems}), total)
        frames = [len(with_frames), with_frames[0]] if with_frames else None
        info = {"left_out": problems, "with_frames": frames}
        return Transient(info, passing[0]) if passing else info

    def stream(self, info: dict[str, Any]) -> tuple[StreamedImages, ...]:
        """Return images that are read when they are asked for."""
        kept = np.array(list(_kept(len(self.examples), info)))

        def decode(number: int) -> list[np.ndarray]:
            files = self.examples[kept[number]]
            return [image for path in files for image in self.reader.read(path)[0]]

        decoder = Decoder(decode, self.shape[1:], len(kept), self.parts)
        return tuple(StreamedImages(decoder, part) for part in range(self.parts))

    def _blocks(self) -> Iterator[list[_Read]]:
        """Read all examples in their order, in blocks, of which one is read ahead."""
        pool = ThreadPoolExecutor(os.cpu_count())
        waiting: deque[list[Future[_Read]]] = deque()
        with Progress(f"reading {self.title}", len(self.examples)) as progress:
            try:
                for start in range(0, len(self.examples) + _BLOCK, _BLOCK):
                    block = self.examples[start : start + _BLOCK]
                    waiting.append([pool.submit(self._read, example) for example in block])
                    if start:
                        yield [progress.after(reading.result()) for reading in waiting.popleft()]
            finally:  # whoever interrupts it does not wait for the rest
                pool.shutdown(cancel_futures=True)

    def _read(self, files: Example) -> _Read:
        result = _Read([], [], [], [])
        for number, path in enumerate(files):
            try:
                images, several_frames = self.reader.read(path)
            except ImageError as error:
                result.problems.append([number, error.reason, error.detail])
                if error.may_pass():
                    result.passing.append(str(error))
                continue
            result.images.extend(images)
            if several_frames:
                result.with_frames.append(number)
        if result.problems:  # a pair is whole, or left out
            result.images.clear()
        return result


def _kept(count: int, info: dict[str, Any]) -> Iterator[int]:
    bad = {index for index, *_ in info["left_out"]}
    return (index for index in range(count) if index not in bad)


def _left_out(examples: Sequence[Example], info: dict[str, Any]) -> list[LeftOut]:
    return [
        LeftOut(examples[index][number], reason, detail)
        for index, number, reason, detail in info["left_out"]
    ]
