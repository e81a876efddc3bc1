"""The words of papers and of Keras, in code, README, docs and on the exported page."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What is not said, and what is said instead.
OLD_WORDS = {
    r"(?<!minimax )(?<!zero-sum )\bgames?\b": "model, training",
    r"\bverdicts?\b": "logits",
    r"\bjudged?s?\b|\bjudges\b": "discriminate",
    r"\bimitations\b": "generator_domains",
    r"\bseen_through\b|\bviews\b": "with_augmentation, augmentations",
    r"\btold (the )?labels?\b|\btold classes\b": "class-conditional",
    r"\bperceptrons?\b(?!s?,? named)": "MLP",
    r"\brectifiers?\b": "ReLU",
    r"\bgoes? round\b|\bto go round\b": "cycles through",
    r"\bgoes on with\b|\bto go on:": "resumes",
    r"\bcame to\b": "result",
    r"\bto begin with\b": "default choice",
    r"\bof a blur's\b": "relative Frechet distance",
    r"\boff Keras\b": "max abs error",
    r"\bWatchBalance\b|\bStopwatch\b|\bWatchers\b|\bTermMeans\b": "TrainingMonitor, CpuTimer",
    r"\bplays? (a|one) round\b|\brounds? of the\b": "training step",
    r"\bdata_form\b|\bstored_size\b|\bdelivered_size\b": "task, load_size, output_size",
    r"\bscore_and_slope\b|\breal_slope\b|\bfake_slope\b": "gradient, r1, r2",
    r"\blast_words\b|\bPREVIEWED\b|\btells_apart\b": "last_error_line, sample grid, classifies",
    r"\bsame_a\b|\baround_a\b": "identity_a, reconstructed_a",
}
HAVE_ANOTHER_USE = {
    "tests/test_words.py",
    "tests/test_saved_files.py",  # names of losses in files of version 0.1.0
    "docs/changelog.md",  # what was renamed
}
KINDS = (".py", ".md", ".js", ".html", ".css", ".jinja", ".toml", ".yml", ".txt", "Makefile", "run")


def texts():
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if name.endswith(KINDS) and name not in HAVE_ANOTHER_USE and (ROOT / name).is_file():
            yield name, (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("old, instead", OLD_WORDS.items())
def test_old_words_are_gone(old, instead):
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(old, line, re.I)
    ]
    assert not found, f"say {instead}:\n" + "\n".join(found)
