"""Where the images of a data set are while it is used: in the cache, in memory, or in their files.

Without a cache they are decoded into memory. With one they are decoded once, into the cache, and
mapped from there. What does not fit the cache is decoded when it is needed, image by image.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.data.cache import Append, Cache, CacheError, TooLargeError, Transient, key_of
from keras_gans.data.errors import DataError
from keras_gans.data.left_out import say
from keras_gans.data.storage import allocate
from keras_gans.data.streaming import StreamedImages
from keras_gans.data.values import ValueRange
from keras_gans.errors import first_line

Images = np.ndarray | StreamedImages

_cache: ContextVar[Cache | None] = ContextVar("_cache", default=None)


class Source(ABC):
    """Images that have to be decoded.

    Attributes:
        title: what the user calls them.
        shape: of the arrays that are made of them, or of larger ones: (n, h, w, c).
        parts: how many arrays they are.
        files: what tells their files, and what can be decoded of them, from others: JSON.
        settings: what else the decoded images depend on: JSON.
    """

    title: str
    shape: tuple[int, ...]
    parts: int
    files: Any
    settings: Any

    @abstractmethod
    def decode(self, append: Append) -> Any:
        """Decode all images.

        Args:
            append: takes images, uint8 (k, h, w, c), for each array, in their order.

        Returns:
            What else there is to know of them, as JSON; transient if a file was not read for a
            reason that may pass.
        """

    @abstractmethod
    def stream(self, info: Any) -> tuple[StreamedImages, ...]:
        """Return images that are decoded when they are asked for.

        Args:
            info: what `decode` returned.

        Raises:
            DataError: they cannot be decoded in another order than their files have.
        """


@dataclass(frozen=True)
class Kept:
    """Images that were decoded, or will be.

    Attributes:
        arrays: uint8 (n, h, w, c) each.
        info: what else there is to know of them, as JSON.
        key: what they are called in the cache; None outside.
    """

    arrays: tuple[Images, ...]
    info: Any
    key: str | None = None


@contextmanager
def kept_in(folder: Path | None) -> Iterator[None]:
    """Keep what is decoded within in a folder, and take it from there if it is the same."""
    token = _cache.set(None if folder is None else Cache(folder))
    try:
        yield
    finally:
        _cache.reset(token)


def keep(source: Source) -> Kept:
    """Return the images of a source, decoded, from the cache, or to be decoded.

    Raises:
        DataError: their files cannot be read.
    """
    cache = _cache.get()
    try:
        if cache is not None:
            try:
                return _in_cache(source, cache)
            except CacheError as error:
                say(f"no images are kept in {cache.folder}: {error}")
        return _in_memory(source)
    except OSError as error:
        raise DataError(f"{source.title} cannot be read: {first_line(error)}") from error


def _in_cache(source: Source, cache: Cache) -> Kept:
    key = key_of(files=source.files, settings=source.settings)
    if found := cache.find(key):
        _say(source, found.arrays, f"read from {cache.folder}")
        return Kept(found.arrays, found.info, key)
    with cache.alone(key):
        try:
            found = cache.find(key) or cache.write(
                key, (source.shape,) * source.parts, source.decode
            )
        except TooLargeError as error:
            checked = key_of(files=source.files, what="checked")
            info = cache.remember(checked, lambda: source.decode(_drop))
            streamed = source.stream(_plain(info))
            _say(source, streamed, f"decoded when needed: {error} in {cache.folder}")
            return _kept(streamed, info, key)
    where = "not kept" if isinstance(found.info, Transient) else f"kept in {cache.folder}"
    _say(source, found.arrays, f"decoded, and {where}")
    return _kept(found.arrays, found.info, key)


def _kept(arrays: tuple[Images, ...], info: Any, key: str | None) -> Kept:
    if isinstance(info, Transient):
        say(f"the next start reads all images again: {info.why}")
        return Kept(arrays, info.info)
    return Kept(arrays, info, key)


def is_known(what: str, source: Source) -> bool:
    """Return whether `make_known` was called with the same in this or an earlier run."""
    cache = _cache.get()
    return cache is not None and cache.find(key_of(what=what, files=source.files)) is not None


def make_known(what: str, source: Source) -> None:
    """Keep in the cache, if there is one, that something holds for the files of a source."""
    cache = _cache.get()
    if cache is not None:
        cache.remember(key_of(what=what, files=source.files), lambda: True)


def remembering(parts: Callable[[], dict[str, Any]]) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that calls a function, or knows what it returned in an earlier run: JSON.

    Args:
        parts: returns, as JSON, what the result depends on.
    """
    cache = _cache.get()
    if cache is None:
        return lambda compute: compute()
    return partial(cache.remember, key_of(**parts()))


def remembered_range(
    parts: Callable[[], dict[str, Any]], find: Callable[[], ValueRange | None]
) -> ValueRange | None:
    """Return a set's range of values, which is found by reading all of it, or known from before.

    Args:
        parts: returns, as JSON, what the range depends on.
        find: finds it.
    """
    found = remembering(lambda: {"what": "value range", **parts()})(find)
    return found and (found[0], found[1])


def _plain(info: Any) -> Any:
    return info.info if isinstance(info, Transient) else info


def _in_memory(source: Source) -> Kept:
    arrays = allocate(source.shape, source.parts)
    filled = 0

    def append(images) -> None:
        nonlocal filled
        for array, block in zip(arrays, images, strict=True):
            array[filled : filled + len(block)] = block
        filled += len(images[0])

    info = _plain(source.decode(append))
    return Kept(tuple(array[:filled] for array in arrays), info)


def _drop(images) -> None:
    """Decode only to see which images can be decoded."""


def _say(source: Source, arrays: tuple[Images, ...], where: str) -> None:
    count, *shape = arrays[0].shape
    size = sum(array.nbytes for array in arrays) / 1e6
    amount = f"{size / 1e3:,.1f} GB" if size >= 1e3 else f"{size:,.1f} MB"
    say(f"{source.title}: {count:,} images of {'x'.join(map(str, shape))}, {amount}, {where}")
