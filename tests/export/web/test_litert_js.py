"""LiteRT.js: downloaded once, checked against its hash, unpacked with the page's own loader."""

import io
import tarfile

import pooch
import pytest
import requests

from export.common import litert_js
from export.common.errors import ExportError

SCRIPT = 'import { createWasmLib } from "@litertjs/wasm-utils";'


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(litert_js, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def answer(monkeypatch, content):
    """Let the registry answer with some bytes, or raise."""

    def get(url, **kwargs):
        assert url == litert_js.URL and kwargs["timeout"] == litert_js.TIMEOUT
        if isinstance(content, Exception):
            raise content
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(content)
        return response

    monkeypatch.setattr(requests, "get", get)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package instead of the real one, with its hash."""
    file = tmp_path / "package.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for member in litert_js.MEMBERS:
            content = SCRIPT if member.endswith("/index.js") else member
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    monkeypatch.setattr(litert_js, "SHA512", pooch.file_hash(str(file), alg="sha512"))
    return file


def test_without_a_network_the_error_says_what_to_download(
    runs, tmp_path, call, empty_cache, monkeypatch
):
    answer(monkeypatch, requests.ConnectionError("Name or service not known"))
    message = call("export.web", runs / "gan", "--output", tmp_path / "out", code=1)
    assert litert_js.URL in message and "--litert FILE.tgz" in message
    assert message.count("\n") == 2 and not (tmp_path / "out").exists()


def test_another_package_is_refused_and_not_kept(empty_cache, tmp_path, monkeypatch):
    answer(monkeypatch, b"something else")
    with pytest.raises(ExportError, match="damaged, or not LiteRT.js"):
        litert_js.tarball()
    assert not list(empty_cache.iterdir())
    (tmp_path / "given.tgz").write_bytes(b"something else")
    with pytest.raises(ExportError, match="given.tgz is damaged"):
        litert_js.tarball(tmp_path / "given.tgz")


def test_a_package_is_downloaded_once_and_again_if_its_copy_is_damaged(
    empty_cache, package, monkeypatch
):
    answer(monkeypatch, package.read_bytes())
    cached = litert_js.tarball()
    assert cached == empty_cache / litert_js.NAME
    assert list(empty_cache.iterdir()) == [cached]
    answer(monkeypatch, AssertionError("downloads what is in the cache"))
    assert litert_js.tarball() == cached and litert_js.tarball(package) == package
    cached.write_bytes(package.read_bytes()[:100])
    answer(monkeypatch, package.read_bytes())
    assert litert_js.tarball().read_bytes() == package.read_bytes()


def test_a_page_gets_the_files_of_the_package_that_it_needs(package, tmp_path):
    litert_js.unpack(package, tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert names == set(litert_js.MEMBERS.values())
    assert (tmp_path / "out" / "package.json").read_text() == "package/package.json"


def test_the_worker_finds_the_pages_loader(package, tmp_path):
    litert_js.unpack(package, tmp_path)
    notice, *lines = (tmp_path / "index.js").read_text().splitlines()
    assert notice.startswith("//") and "wasm_loader.js" in notice
    assert lines == ['import { createWasmLib } from "../wasm_loader.js";']
