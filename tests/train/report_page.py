"""What the tests of comparisons share: the runs of stand-ins, and a report that is read."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from keras_gans.cli.run_directory import RunDirectory, RunInfo
from keras_gans.data.config import DataConfig

# Elements without an end tag.
VOID = {"meta", "img", "br", "link"}


def write_run(folder, **config):
    """Make a run directory without a training."""
    config = {"epochs": 1, "seed": 0, "precision": "float32", "ema": None, **config}
    info = RunInfo("gan", config, DataConfig("shapes", "images"), "0", None, {})
    RunDirectory(folder).begin(info, [np.zeros(1)], earlier=None, may_change=())


class Page(HTMLParser):
    """A page of HTML whose elements are all closed.

    Attributes:
        links: what its elements link to or show.
        text: its text.
    """

    def __init__(self, html):
        super().__init__()
        self.links, self.text, self.open = [], "", []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read_report(folder):
    """Check that a report is valid and that its links are; return its Markdown and its page."""
    ElementTree.parse(folder / "curves.svg")
    readme = (folder / "README.md").read_text()
    html = (folder / "index.html").read_text()
    assert html.startswith("<!doctype html>")
    page = Page(html)
    linked = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", readme)
    assert linked[0] == "curves.svg" and linked == page.links
    for link in linked:
        assert not Path(link).is_absolute() and ":" not in link and (folder / link).is_file()
    return readme, page


def table_rows(markdown):
    """Return the cells of the tables in Markdown, row by row, the headers first."""
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [cells[0], *cells[2:]]
