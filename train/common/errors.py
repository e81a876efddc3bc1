"""The error that a user of a command can cause, and put right."""


class UsageError(Exception):
    """The command cannot be carried out as given. The message says what to do about it."""
