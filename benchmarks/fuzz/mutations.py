"""Random damage to bytes, to trees of JSON and YAML, and to zip archives."""

import copy
import io
import json
import random
import zipfile
from typing import Any

HEADER = 64  # bytes: most of what can go wrong in a file is in its first ones
MAX_CHANGES = 8
NUMBERS = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff", b"\x7f\xff\xff\xff", b"\xff" * 4)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    -(2**63),
    10**30,
    1e308,
    float("inf"),
    float("nan"),
    "",
    "x" * 70_000,
    "\0",
    "../../../etc/passwd",
    "/dev/zero",
    "\ud7ff\u202e",
    [],
    {},
    [[]],
    {"": None},
    [1, "2", None],
)


def damage(data: bytes, rng: random.Random, keep: int = 0) -> bytes:
    """Return bytes with a few random changes, none of them in the first `keep` bytes."""
    changed = bytearray(data[keep:])
    for _ in range(rng.choice((1, 1, 1, 2, 3, MAX_CHANGES))):
        _CHANGES[rng.randrange(len(_CHANGES))](changed, rng)
    return data[:keep] + bytes(changed)


def cut(data: bytes, rng: random.Random) -> bytes:
    """Return the first part of some bytes."""
    return data[: rng.randrange(len(data) + 1)]


def noise(rng: random.Random, most: int = 4096) -> bytes:
    """Return random bytes."""
    return rng.randbytes(rng.randrange(most))


def damage_tree(tree: Any, rng: random.Random) -> Any:
    """Return a copy of a tree of dictionaries and lists with a few random changes."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(tree))
        if not places:
            return rng.choice(VALUES)
        parent, key = rng.choice(places)
        change = rng.random()
        if change < 0.6:
            parent[key] = copy.deepcopy(rng.choice(VALUES))
        elif change < 0.8:
            del parent[key]
        elif change < 0.9:
            other, other_key = rng.choice(places)
            parent[key] = copy.deepcopy(other[other_key])
        elif isinstance(parent, dict):
            parent[str(rng.choice(VALUES))[:50]] = parent.pop(key)
    return tree


def damage_json(text: bytes, rng: random.Random) -> bytes:
    """Return JSON with changes in its tree, or in its bytes, or of an absurd depth."""
    change = rng.random()
    if change < 0.7:
        return json.dumps(damage_tree(json.loads(text), rng)).encode()
    if change < 0.95:
        return damage(text, rng)
    return nested(rng)


def nested(rng: random.Random) -> bytes:
    """Return lists in lists, deeper than a parser can follow."""
    depth = rng.choice((500, 5_000, 100_000))
    return b"[" * depth + b"]" * depth


def damage_zip(data: bytes, rng: random.Random, change: Any = damage) -> bytes:
    """Return a zip archive one of whose members is changed, with the right checksum."""
    members = unzip(data)
    name = rng.choice(list(members))
    members[name] = change(members[name], rng)
    if rng.random() < 0.1:
        del members[name]
    return zipped(members)


def unzip(data: bytes) -> dict[str, bytes]:
    """Return the members of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes], compressed: bool = False) -> bytes:
    """Return a zip archive."""
    content = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _place(data: bytearray, rng: random.Random) -> int:
    end = len(data) if rng.random() < 0.7 else min(len(data), HEADER)
    return rng.randrange(end + 1)


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[_place(data, rng) - 1] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: random.Random) -> None:
    number, place = rng.choice(NUMBERS), _place(data, rng)
    data[place : place + len(number)] = number


def _insert(data: bytearray, rng: random.Random) -> None:
    place = _place(data, rng)
    data[place:place] = rng.randbytes(rng.randrange(1, 64))


def _delete(data: bytearray, rng: random.Random) -> None:
    place = _place(data, rng)
    del data[place : place + rng.randrange(1, 64)]


def _repeat(data: bytearray, rng: random.Random) -> None:
    place, length = _place(data, rng), rng.randrange(1, 256)
    data[place:place] = data[place : place + length]


def _clear(data: bytearray, rng: random.Random) -> None:
    place, length = _place(data, rng), rng.randrange(1, 256)
    data[place : place + length] = bytes(len(data[place : place + length]))


_CHANGES = (_flip, _overwrite, _insert, _delete, _repeat, _clear)


def _places(tree: Any):
    """Yield every value's parent and its key or index there."""
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])
