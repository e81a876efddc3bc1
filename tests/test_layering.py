"""The library knows no commands: it imports none, and no text of it mentions a flag."""

import ast
import re
from pathlib import Path

import pytest

import keras_gans

LIBRARY = Path(keras_gans.__file__).parent
FILES = sorted(
    path.relative_to(LIBRARY)
    for path in LIBRARY.rglob("*.py")
    if path.relative_to(LIBRARY).parts[0] != "cli"
)
COMMANDS = ("keras_gans.cli", "train", "export", "benchmarks")
FLAG = re.compile(r"(?<![\w-])--[a-z]")


def parse(file):
    return ast.parse((LIBRARY / file).read_text(encoding="utf-8"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_it_does_not_import_commands(file):
    for name in imported(parse(file)):
        assert not any(name == command or name.startswith(command + ".") for command in COMMANDS)


@pytest.mark.parametrize("file", [x for x in FILES if x.parts[0] == "training"], ids=str)
def test_presets_import_training_and_not_the_other_way_round(file):
    tree = parse(file)
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [name for name in imported(tree) if name.startswith("keras_gans.presets")]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_its_texts_mention_no_flags(file):
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not FLAG.search(node.value), node.value


def test_the_patterns_find_what_they_should():
    assert FLAG.search("leave out --label-smoothing") and FLAG.search("(--r1)")
    assert not FLAG.search("a ---- b -- c, x--y")
    names = list(imported(ast.parse("import a.b\nfrom keras_gans import cli, data")))
    assert names == ["a.b", "keras_gans.cli", "keras_gans.data"]
    assert any(str(file) == "models/gan.py" for file in FILES)
