import importlib
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Run a command in this process, which spares it TensorFlow's start; return code and output."""

    def run(name, *arguments):
        monkeypatch.chdir(tmp_path)
        module = importlib.import_module(f"train.{name}")
        main = module.ENTRY.main if hasattr(module, "ENTRY") else module.main
        capsys.readouterr()
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        if isinstance(code, str):  # what Python does with a message: print it and exit with 1
            return 1, said.out, said.err + code
        return code, said.out, said.err

    return run


@pytest.fixture
def two_classes(tmp_path):
    """Make data/ant and data/bee, of a picture each; return the flags of a small game of them."""
    for name in ("ant", "bee"):
        (tmp_path / "data" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "data" / name / "a.png")
    game = "--data data --image-size 8 --latent-dim 4 --filters 4"
    return f"{game} --epochs 1 --steps-per-epoch 1".split()


class Sources(HTMLParser):
    """The pictures of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def assert_whole():
    """Check that a comparison's page is valid and shows what is there; return its text."""

    def check(folder):
        ElementTree.parse(folder / "curves.svg")
        readme = (folder / "README.md").read_text()
        html = Sources((folder / "index.html").read_text())
        linked = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", readme)
        assert "curves.svg" in linked and linked[1:] == html.found
        for link in (*linked, *html.found):
            assert not Path(link).is_absolute() and ":" not in link and (folder / link).is_file()
        return readme, html

    return check
