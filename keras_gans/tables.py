"""Tables in Markdown."""

from collections.abc import Iterable, Sequence

from tabulate import tabulate


def markdown_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown, with the cells as they are."""
    return tabulate(list(rows), headers, tablefmt="github", disable_numparse=True)
