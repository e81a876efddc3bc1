"""The error of a data set, and which errors are the system's."""

import errno

from keras_gans.errors import UserError


class DataError(UserError, ValueError):
    """A data set cannot be used as asked. The message says what to do about it."""


# They come with a file as it is: it may not be read, or is damaged and sends to no place in it.
_LASTING = (None, errno.EACCES, errno.EPERM, errno.EINVAL)


def may_pass(error: BaseException | None) -> bool:
    """Return whether an error, or one that caused it, may not come again with the same file.

    The system's errors have a number, and those that Pillow raises over damaged files have none.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, OSError) and error.errno not in _LASTING:
            return True
        error = error.__cause__
    return False
