"""README and docs: their code runs, their links lead somewhere, their commands exist."""

import re
import runpy
import shlex
from pathlib import Path

import pytest

from train.__main__ import open_recipe, recipe_names
from train.common.command import main, parse_options

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)```", re.S)
PAPERS = ROOT / "docs" / "papers.md"
MOST_README = 7 * 1024  # bytes


def blocks(page, kind):
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [(m["why"], m["code"]) for m in found if m["kind"] == kind]


def trainings(page):
    """Give each training's recipe and flags, and whether its block is marked as not run."""
    for why, code in blocks(page, "sh"):
        for line in code.replace("\\\n", " ").splitlines():
            line = re.sub("^keras-gans train ", "python -m train.", line)
            name = re.match(r"python -m train\.(\w+)", line)
            if name and name[1] in recipe_names():
                flags = shlex.split(line, comments=True)[3:]
                yield open_recipe(name[1]), flags, why is not None


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_bytes()) <= MOST_README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_blocks_run_in_their_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(code for why, code in blocks(page, "python") if why is None)
    (tmp_path / "page.py").write_text(code)
    runpy.run_path("page.py", run_name="__main__")  # here, which spares TensorFlow's start


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_trainings_have_flags_that_exist(page):
    for recipe, flags, _ in trainings(page):
        assert parse_options(recipe, flags).training.batch_size >= 1


def test_the_papers_flags_exist():
    rows = re.findall(r"^\| `train\.(\w+)` \| (.*) \|$", PAPERS.read_text(encoding="utf-8"), re.M)
    assert {name for name, _ in rows} == set(recipe_names())
    for name, cell in rows:
        flags = [flag for code in re.findall("`(.*?)`", cell) for flag in code.split()]
        assert parse_options(open_recipe(name), flags).settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shell_blocks_run_or_say_why_not(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    not_marked = [code for why, code in blocks(page, "sh") if why is None]
    run = [(recipe, flags) for recipe, flags, marked in trainings(page) if not marked]
    lines = [line for code in not_marked for line in code.strip().splitlines()]
    assert len(lines) == len(run), "mark what is not run, with the reason"
    for recipe, flags in run:
        assert "--dry-run" in flags
        with pytest.raises(SystemExit) as stop:
            main(recipe, flags)
        assert stop.value.code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_sections(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, section = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if section:
            heads = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.M)
            assert section in {slug(head) for head in heads}, f"{page.name} links to {target}"


def slug(head):
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", head.lower()).strip())


def test_every_command_of_a_model_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`train.{name}`" in readme for name in recipe_names())
