"""The error that a user of a data set can cause, and put right."""


class DataError(ValueError):
    """A data set cannot be used as asked. The message says what to do about it."""


def first_line(error: BaseException) -> str:
    """What an exception says, on one line: its type's name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
