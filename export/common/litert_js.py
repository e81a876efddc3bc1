"""LiteRT.js, which runs .tflite files in a browser: one version of its npm package, by its hash."""

import base64
import hashlib
import http.client
import io
import os
import tarfile
import urllib.request
from pathlib import Path

from export.common.files import ExportError, MissingError, Place

URL = "https://registry.npmjs.org/@litertjs/core/-/core-2.5.3.tgz"
NAME = "litertjs-core-2.5.3.tgz"  # in the cache
INTEGRITY = (
    "sha512-PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0"
    "FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ=="
)
SECONDS = 60  # without a byte from the registry
# What a page needs of the package, and where. The threaded and the JSPI builds need headers, or
# browsers, that not everybody has; of the two others the browser takes the one that it supports.
MEMBERS = {
    "package/package.json": "package.json",
    "package/dist/index.js": "index.js",
    "package/wasm/litert_wasm_internal.js": "wasm/litert_wasm_internal.js",
    "package/wasm/litert_wasm_internal.wasm": "wasm/litert_wasm_internal.wasm",
    "package/wasm/litert_wasm_compat_internal.js": "wasm/litert_wasm_compat_internal.js",
    "package/wasm/litert_wasm_compat_internal.wasm": "wasm/litert_wasm_compat_internal.wasm",
}


def tarball(file: Path | None = None) -> bytes:
    """Return the package: a file's, or from the cache, or else from the registry into the cache.

    Raises:
        ExportError: it cannot be had, or is not the one that `INTEGRITY` means.
    """
    if file is not None:
        return _checked(file.read_bytes(), str(file))
    cached = cache() / NAME
    if cached.is_file() and _integrity(kept := cached.read_bytes()) == INTEGRITY:
        return kept
    package = _checked(_fetch(), URL)
    with Place(cached) as part:
        part.write_bytes(package)
    return package


def unpack(package: bytes, folder: Path) -> None:
    """Write what a page needs of the package below a folder."""
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for member, name in MEMBERS.items():
            content = archive.extractfile(member)
            assert content is not None, member  # a file, by the hash
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.read())


def cache() -> Path:
    """Return the folder where the package is kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "keras_gans")


def _fetch() -> bytes:
    try:
        with urllib.request.urlopen(URL, timeout=SECONDS) as response:
            return response.read()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise MissingError(
            f"{URL} cannot be fetched ({reason})\n"
            "Fetch it where there is a network, and give it with --litert FILE.tgz"
        ) from error


def _checked(package: bytes, source: str) -> bytes:
    if _integrity(package) != INTEGRITY:
        raise ExportError(f"{source} is damaged, or not LiteRT.js 2.5.3: it must be {URL}")
    return package


def _integrity(package: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
