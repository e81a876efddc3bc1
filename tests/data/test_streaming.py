"""Images that fit no cache: decoded when they are needed, to the same batches."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans.data import DataError, load, shared_decoding, tfds_split
from keras_gans.data.images import ImageReader
from keras_gans.data.storage import available_memory
from keras_gans.data.streaming import StreamedImages

TFDS = os.path.join(os.environ.get("KERAS_GANS_TEST_DATA") or "", "tfds")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache without room for images."""
    monkeypatch.setenv("KERAS_GANS_CACHE_GB", "0.00001")
    return tmp_path / "cache"


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)

    def save(name, size=(16, 16)):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(path)

    for number in range(100):
        save(f"images/{number % 2}/{number}.png")
        save(f"domains/trainA/{number}.png")
        save(f"domains/trainB/{number}.png")
        save(f"pairs/{number}.png", (16, 32))
    return tmp_path / "photos"


def both(photos, name, task, folder, **settings):
    """Load a data set as arrays, and as images that are decoded when needed."""
    settings = {"image_size": 16} | settings
    decoded = load(photos / name, task, **settings)
    with shared_decoding(folder):
        streamed = load(photos / name, task, **settings)
    assert all(isinstance(domain, StreamedImages) for domain in streamed.domains)
    return decoded, streamed


def batches(dataset, count, start=0):
    stream = dataset.batches(8, seed=3, start=start).take(count)
    return [tf.nest.flatten(batch) for batch in stream.as_numpy_iterator()]


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("images", "images"),
        ("images", "labelled"),
        ("domains", "unpaired"),
        ("domains", "paired"),
        ("pairs", "paired"),
    ],
)
@pytest.mark.parametrize("jitter", [False, True])
def test_the_batches_are_those_of_decoded_images(photos, folder, name, task, jitter, capsys):
    decoded, streamed = both(photos, name, task, folder, jitter=jitter)
    assert "decoded when needed" in capsys.readouterr().err
    assert streamed.fingerprint == decoded.fingerprint
    assert (len(streamed), streamed.image_shape) == (len(decoded), decoded.image_shape)
    expected, found = batches(decoded, 30), batches(streamed, 30)
    np.testing.assert_equal(found, expected)
    np.testing.assert_equal(batches(streamed, 3, start=17), expected[17:20])
    tf.nest.map_structure(np.testing.assert_array_equal, streamed.examples(5), decoded.examples(5))


def test_the_second_start_reads_only_what_it_needs(photos, folder, monkeypatch):
    names, plain = [], ImageReader.read

    def read(self, path):
        names.append(path.name)
        return plain(self, path)

    monkeypatch.setattr(ImageReader, "read", read)
    (photos / "images/0/0.png").write_text("not an image")
    _, first = both(photos, "images", "images", folder)
    fingerprint = first.fingerprint
    names.clear()
    with shared_decoding(folder):
        second = load(photos / "images", "images", image_size=16)
        smaller = load(photos / "images", "images", image_size=8)
    assert names == [] and len(second) == len(smaller) == 99
    assert second.left_out == first.left_out
    assert second.fingerprint == fingerprint and names == []
    second.examples(4)
    assert len(names) == 4
    np.testing.assert_equal(batches(first, 2), batches(second, 2))


def test_a_file_that_is_gone_ends_the_stream_with_its_name(photos, folder):
    _, streamed = both(photos, "images", "images", folder)
    (photos / "images/1/7.png").unlink()
    with pytest.raises(tf.errors.OpError):
        batches(streamed, 100 // 8 + 1)
    assert isinstance(streamed.failure, DataError)
    assert "7.png cannot be used" in str(streamed.failure)


@pytest.mark.skipif(not os.path.isdir(TFDS), reason="KERAS_GANS_TEST_DATA is not set")
@pytest.mark.parametrize(
    ("name", "task", "settings"),
    [("mnist", "labelled", {"split": "test"}), ("horse2zebra", "unpaired", {"split": "test"})],
)
def test_tensorflow_datasets_stream_too(folder, name, task, settings):
    settings = {"image_size": 32, "data_dir": TFDS} | settings
    decoded = load(name, task, **settings)
    with shared_decoding(folder):
        streamed = load(name, task, **settings)
    assert isinstance(streamed.domains[0], StreamedImages)
    np.testing.assert_equal(batches(streamed, 3, start=5), batches(decoded, 3, start=5))
    if name == "horse2zebra":
        assert streamed.fingerprint == decoded.fingerprint


def test_records_of_several_files_are_read_in_the_order_of_tensorflow_datasets(tmp_path):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.file_adapters import FileFormat
    from tensorflow_datasets.core.reader import _read_files  # what `as_dataset` calls
    from tensorflow_datasets.core.utils import shard_utils

    paths, counts = [], [40, 7, 35]
    for file, count in enumerate(counts):
        paths.append(str(tmp_path / f"{file}.tfrecord"))
        with tf.io.TFRecordWriter(paths[-1]) as writer:
            for index in range(count):
                writer.write(f"{file} {index}".encode() * (1 + index % 3))
    instructions = [
        shard_utils.FileInstruction(path, 0, -1, count)
        for path, count in zip(paths, counts, strict=True)
    ]
    expected = list(
        _read_files(
            instructions, tfds.ReadConfig(), False, False, FileFormat.TFRECORD
        ).as_numpy_iterator()
    )
    starts = [tfds_split._starts_of_records(path) for path in paths]
    order = tfds_split._order_of_records([len(each) for each in starts], 16)
    found = [tfds_split._read_record(paths[file], starts[file][index]) for file, index in order]
    assert found == expected and len(found) == 82


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="nothing else tells the memory's size")
def test_free_memory_is_a_part_of_all_memory():
    assert 0 < available_memory() < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


PIPELINE = """
import sys

from keras_gans.data.dataset import Dataset
from keras_gans.data.storage import map_file


def anonymous():
    with open("/proc/self/status") as lines:
        fields = dict(line.split(":", 1) for line in lines)
    return int(fields["RssAnon"].split()[0]) * 1024


size = int(sys.argv[2])
images = map_file(sys.argv[1], (size // 4096, 32, 32, 4))
stream = Dataset("n", "images", (images,)).batches(4, seed=0)
before = anonymous()
next(iter(stream))
print(anonymous() - before)
"""


def test_a_pipeline_does_not_copy_the_images_into_memory(tmp_path):
    """TensorFlow copies what a pipeline refers to when it rewrites the pipeline."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("nothing tells how much memory is used")
    size = 512 * 2**20
    with open(tmp_path / "images", "wb") as file:
        file.truncate(size)
    command = [sys.executable, "-c", PIPELINE, str(tmp_path / "images"), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < size / 4
