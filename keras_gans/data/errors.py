"""The error of a data set."""

from keras_gans.errors import UserError


class DataError(UserError, ValueError):
    """A data set cannot be used as asked. The message says what to do about it."""
