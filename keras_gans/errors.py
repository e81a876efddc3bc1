"""The error that a user can cause and put right: base class of all errors of this library."""


class UserError(Exception):
    """Something cannot be done as asked. The message says in one or two lines what to do."""


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, or its type's name if it has none."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
