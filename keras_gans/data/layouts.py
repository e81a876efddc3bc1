"""How people lay out folders of images: the names of splits and of domains."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_gans.data.discovery import has_images, holds_images, seems_to_have_images, sub_folders
from keras_gans.data.left_out import LeftOut

# What folders of each split are called.
_SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validate", "validation", "eval", "evaluation", "dev", "holdout"),
    "test": ("test", "testing"),
}
SPLIT_OF = {name: split for split, names in _SPLITS.items() for name in names}
# `train_images`, `images-train` and `train2017` are the split train.
_BESIDE_A_SPLIT = r"(?:images?|imgs?|pictures?|photos?|data|set)"
_JOINT = r"[\s_.-]*"
_NAMES = "|".join(sorted(SPLIT_OF, key=len, reverse=True))
_SPLIT = re.compile(
    rf"(?:{_BESIDE_A_SPLIT}{_JOINT})?({_NAMES})(?:{_JOINT}{_BESIDE_A_SPLIT}|{_JOINT}\d+)?",
    re.IGNORECASE,
)
# A and B, and what pix2pixHD calls the two: label maps and photographs.
_DOMAIN_OF = {"a": "A", "b": "B", "label": "A", "labels": "A", "img": "B", "image": "B"}
_DOMAIN = re.compile(rf"({_NAMES}){_JOINT}(a|b|labels?|img|image)", re.IGNORECASE)
_LETTER = re.compile(r"[ab]", re.IGNORECASE)


def split_of(name: str) -> str | None:
    """Return the split that a folder is called after: "val" for "Validation"; None for others."""
    found = _SPLIT.fullmatch(name)
    return SPLIT_OF[found[1].lower()] if found else None


def splits_in(folder: Path) -> dict[str, Path]:
    """Return the folders of splits in a folder: by "train", "val" and "test", those there are.

    Where several are called after one split, as valid and eval, the first in sorted order counts.
    """
    found: dict[str, Path] = {}
    for name, path in sub_folders(folder).items():
        split = split_of(name)
        if split is not None and split not in found and has_images(path):
            found[split] = path
    return found if "train" in found else {}


def beside_splits(folder: Path, splits: Mapping[str, Path]) -> list[str]:
    """Return the names of the folders with images beside those of `splits_in`; none without."""
    if not splits:
        return []
    others = {
        name: path for name, path in sub_folders(folder).items() if path not in splits.values()
    }
    return [name for name, path in others.items() if seems_to_have_images(path)]


def training_folder(folder: Path) -> Path:
    """Return the folder of the training split, which is the folder itself if it has no splits."""
    return splits_in(folder).get("train", folder)


@dataclass(frozen=True)
class Domains:
    """Two folders: of two domains, or of the inputs and the targets of pairs.

    Attributes:
        a: the first.
        b: the second.
    """

    a: Path
    b: Path


def has_named_domains(folder: Path) -> bool:
    """Return whether a folder holds two domains by their names: trainA and trainB."""
    found = [_DOMAIN.fullmatch(name) for name in sub_folders(folder)]
    letters = {_DOMAIN_OF[match[2].lower()] for match in found if match}
    return letters == {"A", "B"}


def domains_in(folder: Path) -> dict[str, Domains]:
    """Return the two folders of each split: trainA and trainB, train/A and train/B, or A/train.

    A and B alone are the split train. A split that has one of them only does not count.
    """
    found: dict[str, dict[str, Path]] = {}

    def add(split: str, letter: str, path: Path) -> None:
        if letter not in found.get(split, {}) and has_images(path):
            found.setdefault(split, {})[letter] = path

    for name, path in sub_folders(folder).items():
        joint, split = _DOMAIN.fullmatch(name), split_of(name)
        if joint:
            add(SPLIT_OF[joint[1].lower()], _DOMAIN_OF[joint[2].lower()], path)
        elif split:
            for inner, below in sub_folders(path).items():
                if _LETTER.fullmatch(inner):
                    add(split, inner.upper(), below)
        elif _LETTER.fullmatch(name):
            splits = splits_in(path) or {"train": path}
            for inner_split, below in splits.items():
                add(inner_split, name.upper(), below)
    return {split: Domains(both["A"], both["B"]) for split, both in found.items() if len(both) == 2}


def beside(folder: Path, domains: Mapping[str, Domains]) -> list[Path]:
    """Return the folders with images beside those of `domains_in`, which hold none of these."""
    used = {side for both in domains.values() for side in (both.a, both.b)}
    around = {parent for side in used for parent in side.parents}
    parents = sorted(path for path in around if path == folder or folder in path.parents)
    inside = [path for parent in parents for path in sub_folders(parent).values()]
    others = [path for path in inside if path not in used | around]
    return [path for path in others if seems_to_have_images(path)]


def are_classes(domains: Mapping[str, Domains]) -> bool:
    """Return whether A and B, taken for domains, are more likely two of several classes.

    Only other letters say so: AB/, test/ and runs/ are beside domains too.
    """
    first = domains["train"].a
    if not _LETTER.fullmatch(first.name):
        return False
    return any(
        len(name) == 1
        and name.isalpha()
        and not _LETTER.fullmatch(name)
        and seems_to_have_images(path)
        for name, path in sub_folders(first.parent).items()
    )


def is_domain(name: str) -> bool:
    """Return whether a folder is called after a domain."""
    return bool(_DOMAIN.fullmatch(name) or _LETTER.fullmatch(name))


def match(
    domains: Domains, a: Sequence[Path], b: Sequence[Path]
) -> tuple[list[tuple[Path, Path]], list[LeftOut]]:
    """Return the files of two folders that have the same names, but for their suffixes.

    Those that have the same suffixes too are matched first.

    Returns:
        The pairs, in the order of the first folder, and the files without a partner.
    """
    whole = {path.relative_to(domains.b): path for path in b}
    partners = {path: whole.get(path.relative_to(domains.a)) for path in a}
    taken = set(partners.values())
    rest = {name.with_suffix(""): path for name, path in whole.items() if path not in taken}
    for path, partner in partners.items():
        if partner is None:
            partners[path] = rest.pop(path.relative_to(domains.a).with_suffix(""), None)
    pairs = [(path, partner) for path, partner in partners.items() if partner is not None]
    paired = {path for pair in pairs for path in pair}
    single = [LeftOut(path, "without a partner") for path in (*a, *b) if path not in paired]
    return pairs, single


def is_part(name: str) -> bool:
    """Return whether a folder is called after a split or a domain."""
    return bool(split_of(name) or is_domain(name))


def entered(folder: Path) -> Path:
    """Return the folder itself, or the one that it is merely wrapped around, as archives do.

    A folder in a folder of its own is entered if it holds folders again.
    """
    while True:
        inside = sub_folders(folder)
        if len(inside) != 1 or holds_images(folder):
            return folder
        ((name, only),) = inside.items()
        if is_part(name) or holds_images(only) or not sub_folders(only):
            return folder
        folder = only
