"""Streams of batches: pure in (seed, step), every example once a pass, in range."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_gans import data
from keras_gans.data import Dataset
from keras_gans.data.stream import jitter_draws

RNG = np.random.default_rng(0)


def numbered(count: int, side: int = 4) -> np.ndarray:
    """Images that tell their own number: every pixel of image i is i."""
    numbers = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    return numbers * np.ones((side, side, 3), np.uint8)


def number(batch) -> list[int]:
    """The numbers of the images in a batch of `numbered`."""
    return np.rint((np.asarray(batch)[:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


def noise(count: int, side: int) -> np.ndarray:
    return RNG.integers(256, size=(count, side, side, 3), dtype=np.uint8)


def take(dataset: Dataset, count: int, batch_size: int = 4, **arguments) -> list:
    stream = dataset.batches(batch_size, **arguments)
    return list(itertools.islice(stream.as_numpy_iterator(), count))


DATASETS = {
    "images": Dataset("noise", "images", (noise(11, 6),)),
    "points": Dataset("points", "images", (RNG.normal(size=(11, 2)).astype(np.float32),)),
    "labelled": Dataset(
        "noise", "labelled", (noise(11, 6),), np.arange(11, dtype=np.int32) % 3, ("a", "b", "c")
    ),
    "unpaired": Dataset("noise", "unpaired", (noise(11, 6), noise(7, 6))),
    "paired": Dataset("noise", "paired", (noise(11, 6), noise(11, 6))),
    "jittered": Dataset("noise", "images", (noise(11, 6),), crop=(5, 5)),
    "unpaired jittered": Dataset("noise", "unpaired", (noise(11, 6), noise(7, 6)), crop=(5, 5)),
    "paired jittered": Dataset("noise", "paired", (noise(11, 6), noise(11, 6)), crop=(5, 5)),
}


@pytest.mark.parametrize("kind", DATASETS)
@pytest.mark.parametrize("batch_size", [1, 4, 25])
def test_a_stream_is_the_same_from_any_start(kind, batch_size):
    whole = take(DATASETS[kind], 12, batch_size, seed=3)
    for start in (1, 5, 11):
        part = take(DATASETS[kind], 12 - start, batch_size, seed=3, start=start)
        tf.nest.map_structure(np.testing.assert_array_equal, whole[start:], part)


@pytest.mark.parametrize("kind", DATASETS)
def test_another_seed_is_another_stream(kind):
    first, second = (tf.nest.flatten(take(DATASETS[kind], 3, seed=seed))[0] for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("kind", DATASETS)
def test_batches_have_the_documented_structure(kind):
    dataset = DATASETS[kind]
    (batch,) = take(dataset, 1, seed=0)
    spec = dataset.batches(4, seed=0).element_spec
    shapes = tf.nest.map_structure(lambda array: (4, *array.shape[1:]), batch)
    assert shapes == tf.nest.map_structure(lambda tensor: tuple(tensor.shape), spec)
    images = tf.nest.flatten(batch)[0]
    assert images.shape == (4, *dataset.image_shape) and images.dtype == np.float32
    if kind == "labelled":
        assert batch[1].dtype == np.int32
    examples = dataset.examples(4)
    tf.nest.assert_same_structure(batch, examples)
    tf.nest.map_structure(lambda a, b: np.testing.assert_equal(a.shape, b.shape), batch, examples)


@pytest.mark.parametrize("batch_size", [1, 3, 5, 40])
def test_every_example_comes_once_a_pass(batch_size):
    dataset = Dataset("numbered", "images", (numbered(10),))
    batches = take(dataset, -(-40 // batch_size), batch_size, seed=7)
    order = sum(map(number, batches), [])[:40]
    passes = [order[start : start + 10] for start in range(0, 40, 10)]
    assert all(sorted(one_pass) == list(range(10)) for one_pass in passes)
    assert len(set(map(tuple, passes))) == 4


def test_the_order_is_evenly_random():
    dataset = Dataset("numbered", "images", (numbered(4),))
    first = [number(batch)[0] for batch in take(dataset, 400, 4, seed=0)]
    assert np.bincount(first).min() > 70


def test_unpaired_domains_are_shuffled_apart_and_pairs_together():
    domains = numbered(20), numbered(20)
    unpaired = take(Dataset("n", "unpaired", domains), 5, seed=0)
    paired = take(Dataset("n", "paired", domains), 5, seed=0)
    assert [number(a) for a, _ in unpaired] != [number(b) for _, b in unpaired]
    assert [number(a) for a, _ in paired] == [number(b) for _, b in paired]


def test_labels_stay_with_their_images():
    dataset = Dataset("n", "labelled", (numbered(9),), np.arange(9, dtype=np.int32) * 2)
    for images, labels in take(dataset, 5, seed=0):
        assert [2 * n for n in number(images)] == labels.tolist()


def test_values_span_minus_one_to_one_exactly():
    dataset = Dataset("n", "images", (np.array([0, 255], np.uint8).reshape(2, 1, 1, 1),))
    (batch,) = take(dataset, 1, 2, seed=0)
    assert sorted(batch.ravel()) == [-1, 1]
    assert dataset.examples(2).ravel().tolist() == [-1, 1]


def test_jitter_delivers_every_crop_and_its_mirror():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    dataset = Dataset("one", "images", (image,), crop=(3, 3))
    seen = {batch.tobytes() for batch in take(dataset, 100, 1, seed=0)}
    crops = [image[:, y : y + 3, x : x + 3] for y in range(2) for x in range(2)]
    expected = [crop[:, :, ::step] for crop in crops for step in (1, -1)]
    assert seen == {(np.float32(1 / 127.5) * crop - 1).astype("f").tobytes() for crop in expected}


def test_jitter_does_not_draw_what_the_order_draws(monkeypatch):
    keys = {"order": [], "jitter": []}
    shuffle, uniform = tf.random.experimental.stateless_shuffle, tf.random.stateless_uniform

    def note(kind, draw):
        def drawn(value, seed):
            keys[kind].append(np.asarray(seed).tolist())
            return draw(value, seed)

        return drawn

    order = tf.range(4, dtype=tf.int64)
    for seed in range(3):
        for step in range(4):
            monkeypatch.setattr(tf.random, "stateless_uniform", note("jitter", uniform))
            jitter_draws(4, (seed, step))
            note("order", shuffle)(order, (seed, step))
    drawn = {kind: {tuple(key) for key in found} for kind, found in keys.items()}
    assert len(drawn["order"]) == len(drawn["jitter"]) == 12
    assert drawn["order"].isdisjoint(drawn["jitter"])


def test_jitter_treats_pairs_alike_and_domains_apart():
    domain = noise(5, 8)
    paired = take(Dataset("n", "paired", (domain, 255 - domain), crop=(6, 6)), 10, seed=0)
    assert all(np.allclose(a, -b, atol=1e-6) for a, b in paired)
    unpaired = take(Dataset("n", "unpaired", (domain[:1], domain[:1]), crop=(6, 6)), 10, 1, seed=0)
    assert not all(np.array_equal(a, b) for a, b in unpaired)


def test_examples_are_fixed_spread_over_classes_and_wrap():
    labels = np.array([0, 0, 0, 1, 1, 2], np.int32)
    dataset = Dataset("n", "labelled", (numbered(6),), labels, ("a", "b", "c"))
    images, labels = dataset.examples(8)
    assert labels.tolist() == [0, 1, 2, 0, 1, 0, 0, 1]
    assert number(images) == [0, 3, 5, 1, 4, 2, 0, 3]


def test_examples_show_the_whole_picture_where_batches_crop():
    dataset = Dataset("n", "images", (numbered(3, side=9),), crop=(8, 8))
    assert dataset.examples(2).shape == (2, 8, 8, 3)
    assert number(dataset.examples(2)) == [0, 1]


def test_an_epoch_is_full_batches_and_at_least_one():
    dataset = Dataset("n", "unpaired", (numbered(10), numbered(3)))
    assert len(dataset) == 10
    assert [dataset.steps_per_epoch(size) for size in (1, 3, 10, 64)] == [10, 3, 1, 1]


def test_a_stream_has_no_end_and_nothing_to_tune():
    stream = DATASETS["images"].batches(2, seed=0)
    assert stream.cardinality() == tf.data.INFINITE_CARDINALITY
    assert stream.options().autotune.enabled is False


@pytest.mark.parametrize("arguments", [{"batch_size": 0}, {"batch_size": 1, "start": -1}])
def test_impossible_streams_are_refused(arguments):
    with pytest.raises(ValueError, match="batch_size"):
        DATASETS["images"].batches(seed=0, **arguments)


def test_the_fingerprint_tells_data_apart():
    images = numbered(10)
    changed = images.copy()
    changed[7, 1, 2, 0] += 1
    same, other, reshaped = (
        Dataset("n", "images", (array,)).fingerprint
        for array in (images.copy(), changed, images.reshape(10, 2, 8, 3))
    )
    assert same == Dataset("m", "images", (images,)).fingerprint
    assert len({same, other, reshaped}) == 3
    labels = np.zeros(10, np.int32)
    assert Dataset("n", "labelled", (images,), labels).fingerprint != same


def test_a_stream_goes_through_fit():
    import keras

    inputs = keras.Input((6, 6, 3))
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    batches = DATASETS["labelled"].batches(2, seed=0)
    history = model.fit(batches, steps_per_epoch=2, epochs=2, shuffle=False, verbose=0)
    assert len(history.history["loss"]) == 2


def test_pictures_that_would_crowd_memory_are_mapped(monkeypatch):
    plain = data.load("stripes", "unpaired", image_size=8)
    monkeypatch.setattr("keras_gans.data.storage.available_memory", lambda: 0)
    from keras_gans.data.storage import allocate

    mapped = [allocate(domain.shape)[0] for domain in plain.domains]
    assert all(isinstance(array, np.memmap) for array in mapped)
    for array, domain in zip(mapped, plain.domains, strict=True):
        array[:] = domain
    spilled = Dataset(plain.name, plain.task, tuple(mapped))
    assert spilled.fingerprint == plain.fingerprint
    tf.nest.map_structure(
        np.testing.assert_array_equal, take(plain, 3, seed=0), take(spilled, 3, seed=0)
    )


def test_a_full_disk_is_explained(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    monkeypatch.setattr("keras_gans.data.storage.available_memory", lambda: 0)
    from keras_gans.data.storage import allocate

    with pytest.raises(data.DataError, match="(?s)No space left.*TMPDIR"):
        allocate((2, 4, 4, 3))


@pytest.mark.parametrize("updates", [1, 2])
@pytest.mark.parametrize("kind", ["labelled", "paired jittered", "unpaired jittered", "points"])
def test_replicas_share_the_examples_of_each_update(kind, updates):
    """Of 8 examples for 2 updates, the first of two replicas gets 0, 1, 4, 5."""
    dataset = DATASETS[kind]
    whole = take(dataset, 3, 8, seed=3, start=5)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        stream = iter(dataset.distributed_batches(8, seed=3, start=5, updates=updates))
        parts = [next(stream) for _ in whole]
    for batch, part in zip(whole, parts, strict=True):
        part = part if isinstance(part, tuple) else (part,)
        for values, shared in zip(tf.nest.flatten(batch), part, strict=True):
            for replica, own in enumerate(strategy.experimental_local_results(shared)):
                by_update = values.reshape(updates, 2, -1, *values.shape[1:])
                np.testing.assert_array_equal(own, by_update[:, replica].reshape(own.shape))


def test_a_batch_that_replicas_cannot_share():
    dataset = Dataset("n", "images", (noise(11, 6),))
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        with pytest.raises(ValueError, match="6 cannot be divided by 2 updates, 2 replicas"):
            dataset.distributed_batches(6, seed=0, updates=2)
