"""LiteRT.js, which runs .tflite files in a browser: one version of its npm package, by its hash."""

import logging
import tarfile
from pathlib import Path

from export.common.errors import ExportError, MissingDependencyError
from keras_gans.files import cache_folder

URL = "https://registry.npmjs.org/@litertjs/core/-/core-2.5.3.tgz"
NAME = "litertjs-core-2.5.3.tgz"  # in the cache
SHA512 = (
    "3e51a66cc3aaf568ad5fb14ed2385b749c3d1ad85ab6ccae0905e34edff0259a"
    "3414b6b0e3cab8b73f08c2a82a08892f8981abf4e1432f59029cde27cd6a3225"
)
TIMEOUT = 60  # seconds without a byte from the registry
# What a page needs of the package, and where. The threaded and the JSPI builds need headers, or
# browsers, that not everybody has; the browser takes the one of the two others that it supports.
MEMBERS = {
    "package/package.json": "package.json",
    "package/dist/index.js": "index.js",
    "package/wasm/litert_wasm_internal.js": "wasm/litert_wasm_internal.js",
    "package/wasm/litert_wasm_internal.wasm": "wasm/litert_wasm_internal.wasm",
    "package/wasm/litert_wasm_compat_internal.js": "wasm/litert_wasm_compat_internal.js",
    "package/wasm/litert_wasm_compat_internal.wasm": "wasm/litert_wasm_compat_internal.wasm",
}

# The page runs LiteRT.js in a worker, where names of packages cannot be mapped to files.
LOADER_IMPORT = (b'from "@litertjs/wasm-utils"', b'from "../wasm_loader.js"')
NOTICE = b"// Changed for this page: createWasmLib is imported from ../wasm_loader.js.\n"


def tarball(file: Path | None = None) -> Path:
    """Return the package: the given file, or that in the cache, which is downloaded if need be.

    Args:
        file: the package on disk; None for the cache.

    Raises:
        MissingDependencyError: it cannot be downloaded.
        ExportError: it is not the package with the hash `SHA512`.
    """
    import pooch
    import requests

    if file is not None:
        if pooch.file_hash(str(file), alg="sha512") != SHA512:
            raise _wrong(str(file))
        return file
    pooch.get_logger().setLevel(logging.WARNING)
    try:
        path = pooch.retrieve(
            URL,
            f"sha512:{SHA512}",
            fname=NAME,
            path=cache_folder(),
            downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
        )
    except requests.RequestException as error:
        raise MissingDependencyError(
            f"{URL} cannot be downloaded ({type(error).__name__})\n"
            "Download it on another computer, and give it with --litert FILE.tgz"
        ) from error
    except ValueError as error:  # its hash
        raise _wrong(URL) from error
    return Path(path)


def unpack(package: Path, folder: Path) -> None:
    """Write what a page needs of the package to a folder."""
    with tarfile.open(package) as archive:
        for member, name in MEMBERS.items():
            content = archive.extractfile(member)
            assert content is not None, member  # it is a file, by the hash
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(_with_own_loader(content.read()))


def _with_own_loader(content: bytes) -> bytes:
    if LOADER_IMPORT[0] not in content:
        return content
    return NOTICE + content.replace(*LOADER_IMPORT)


def _wrong(source: str) -> ExportError:
    return ExportError(f"{source} is damaged, or not LiteRT.js 2.5.3: it must be {URL}")
