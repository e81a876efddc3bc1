import pytest

from keras_gans.data.images import ImageReader
from tests.data.kept_images import image


@pytest.fixture
def photos(tmp_path):
    for value in range(4):
        image(tmp_path / "photos" / f"{value}.png", value)
    return tmp_path / "photos"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch):
    """The names of all image files that are read."""
    names, plain = [], ImageReader.read

    def read(self, path):
        names.append(path.name)
        return plain(self, path)

    monkeypatch.setattr(ImageReader, "read", read)
    return names
