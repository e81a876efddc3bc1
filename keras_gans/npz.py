"""Reading .npz files that others made."""

import zipfile
from pathlib import Path
from typing import Any


def read_arrays(file: Path, max_bytes: int) -> tuple[Any, ...]:
    """Return the arrays of an .npz file in their order. Nothing in it is unpickled.

    Args:
        file: the file.
        max_bytes: what it may unpack to.

    Raises:
        ValueError: it unpacks to more, or holds no arrays.
        Exception: it is damaged: NumPy and zipfile raise nearly everything then.
    """
    import numpy as np

    with zipfile.ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max_bytes:
        raise ValueError(f"it unpacks to {unpacked:,} bytes")
    with np.load(file, allow_pickle=False) as arrays:
        found = tuple(arrays.values())
    if not found:
        raise ValueError("it is empty")
    return found
