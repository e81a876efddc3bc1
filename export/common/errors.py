"""Why an export cannot be made."""

from keras_gans.errors import UserError


class ExportError(UserError):
    """The export cannot be made as asked. The message says what to do."""


class MissingDependencyError(ExportError):
    """The export needs a package or a download that is not available."""


class UnsupportedError(ExportError):
    """The format cannot hold what this generator makes."""


class NotComputedError(Exception):
    """A network has an operation that cannot be computed in float16 here."""
