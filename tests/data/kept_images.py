"""Images in a cache, and what can be seen of it."""

import numpy as np
from PIL import Image

from keras_gans.data import load, shared_decoding
from keras_gans.data.cache import key_of


def image(path, value=0, side=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), (value,) * 3).save(path)


def load_kept(photos, folder, task="images", **settings):
    with shared_decoding(folder):
        return load(photos, task, **{"image_size": 4} | settings)


def values(dataset):
    return np.asarray(dataset.domains[0])[:, 0, 0, 0].tolist()


def entries(folder):
    return [path for path in folder.iterdir() if path.is_dir() and path.name != "locks"]


def with_images(folder):
    return [path for path in entries(folder) if (path / "images-0").exists()]


def blocks(value, count=4):
    """Something that makes an entry of 48 bytes an image."""

    def produce(append):
        append([np.full((count, 4, 4, 3), value, np.uint8)])
        return value

    return produce


def make(cache, name, count=4):
    return cache.write(key_of(name=name), [(count, 4, 4, 3)], blocks(len(name), count))
