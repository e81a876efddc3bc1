"""The built-in data sets: deterministic, in range, learnable as documented."""

import numpy as np
import pytest

from keras_gans.data import BUILT_IN, TASKS, DataError, load, shared_decoding

FORM = {"shapes": "labelled", "stripes": "unpaired", "outlines": "paired"}
MIXTURES = ("ring", "grid")


def test_every_set_is_described():
    assert set(BUILT_IN) == {*FORM, *MIXTURES}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_set_is_a_function_of_seed_and_split(name):
    task = FORM.get(name, "images")
    size = {"image_size": 8} if name in FORM else {}
    prints = [
        load(name, task, seed=seed, split=split, **size).fingerprint
        for seed, split in [(0, "test"), (0, "test"), (1, "test"), (0, "val"), (-1, "test")]
    ]
    assert prints[0] == prints[1] and len(set(prints)) == 4
    assert load(name, task, split="val", **size).split == "val"


def test_a_cache_changes_no_fingerprint(tmp_path):
    def fingerprint(name, task, size, **asked):
        return load(name, task, **{"split": "test", "image_size": size} | asked).fingerprint

    asked = [("stripes", "unpaired", 8), ("outlines", "paired", 8), ("ring", "labelled", None)]
    asked += [("shapes", "labelled", 8), ("shapes", "labelled", 16), ("shapes", "images", 8)]
    plain = [fingerprint(*each, seed=seed) for each in asked for seed in (0, 1)]
    assert len(set(plain)) == len(plain)
    for _ in range(2):
        with shared_decoding(tmp_path):
            assert plain == [fingerprint(*each, seed=seed) for each in asked for seed in (0, 1)]


@pytest.mark.parametrize(
    ("name", "size", "counts"),
    [
        ("shapes", 32, (8192, 1024)),
        ("stripes", 64, (512, 64)),
        ("outlines", 64, (2048, 128)),
    ],
)
def test_sizes_and_counts(name, size, counts):
    test = load(name, FORM[name], split="test")
    assert len(test) == counts[1] and test.image_shape == (size, size, 3)
    train = load(name, FORM[name], image_size=8, channels=1)
    assert len(train) == counts[0] and train.image_shape == (8, 8, 1)
    jittered = load(name, FORM[name], split="test", image_size=16, jitter=True)
    assert jittered.image_shape == (16, 16, 3) and jittered.domains[0].shape[1:] == (18, 18, 3)


def test_a_picture_is_the_same_at_any_size():
    small, large = (
        load("shapes", "images", split="test", image_size=size).examples(64) for size in (16, 64)
    )
    pooled = large.reshape(64, 16, 4, 16, 4, 3).mean((2, 4))
    assert np.abs(small - pooled).mean() < 0.02


def test_shapes_have_eight_even_classes_and_drop_their_labels():
    dataset = load("shapes", "labelled", split="test")
    assert len(dataset.class_names) == 8
    assert np.bincount(dataset.labels).min() > 90
    assert dataset.examples(16)[1].tolist() == [*range(8), *range(8)]
    images = load("shapes", "images", split="test")
    np.testing.assert_array_equal(images.domains[0], dataset.domains[0])
    assert images.labels is None and images.class_names is None


def test_stripes_share_their_meadows_and_differ_in_their_coats():
    plain, striped = load("stripes", "unpaired").domains
    edges = [domain[:, [0, -1]].mean((0, 1, 2)) for domain in (plain, striped)]
    assert np.abs(edges[0] - edges[1]).max() < 5
    assert len({image[:3].tobytes() for image in (*plain, *striped)}) == 1024
    contrast = [domain[:, 30:40, 20:44].std((1, 2)).mean() for domain in (plain, striped)]
    assert contrast[1] > 1.5 * contrast[0]


def test_outlines_bound_what_is_filled():
    outlines, filled = load("outlines", "paired", split="test").domains
    assert (outlines[..., 0] == outlines[..., 1]).all()
    colored = (filled < 250).any(-1)
    assert 0.08 < colored.mean() < 0.4
    # Where the drawing is dark a shape is, give or take the width of a line.
    from PIL import Image, ImageFilter

    for drawing, inside in zip(outlines[:16], colored[:16], strict=True):
        near = Image.fromarray(inside).convert("L").filter(ImageFilter.MaxFilter(5))
        assert (np.asarray(near)[drawing[..., 0] < 100] > 0).all()


@pytest.mark.parametrize(("name", "modes", "std"), [("ring", 8, 0.008), ("grid", 25, 0.02)])
def test_points_lie_around_their_modes(name, modes, std):
    dataset = load(name, "images")
    (points,) = dataset.domains
    assert points.dtype == np.float32 and dataset.image_shape == (2,)
    assert dataset.modes.shape == (modes, 2) and dataset.mode_std == pytest.approx(std)
    distances = np.linalg.norm(points[:, None] - dataset.modes, axis=-1)
    nearest = distances.argmin(1)
    assert np.bincount(nearest, minlength=modes).min() > 0.9 * len(points) / modes
    assert (points - dataset.modes[nearest]).std() == pytest.approx(std, rel=0.02)
    assert np.abs(points).max() < 1


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("task", TASKS)
def test_a_form_that_a_set_cannot_give_is_refused(name, task):
    labels_may_be_left_out = {"images", "labelled"}
    given = labels_may_be_left_out if name in ("shapes", *MIXTURES) else {FORM[name]}
    if task in given:
        return
    with pytest.raises(DataError, match=f"{name} is .*, but {task} data is needed: .* would do"):
        load(name, task)


@pytest.mark.parametrize("name", MIXTURES)
def test_points_are_labelled_by_their_mode(name):
    dataset = load(name, "labelled")
    assert dataset.class_names == tuple(map(str, range(len(dataset.modes))))
    distances = np.linalg.norm(dataset.domains[0] - dataset.modes[dataset.labels], axis=-1)
    assert np.percentile(distances, 99) < 3.2 * dataset.mode_std
    np.testing.assert_array_equal(dataset.domains[0], load(name, "images").domains[0])


def test_points_have_no_size():
    with pytest.raises(DataError, match="2-D points"):
        load("grid", "images", image_size=32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "photos"}, "task is 'photos': it must be one of images, labelled"),
        ({"split": "dev"}, "split is 'dev'"),
        ({"channels": 2}, "channels is 2"),
        ({"direction": "left"}, "direction is 'left'"),
        ({"image_size": 0}, "image_size is 0"),
        ({"name": ""}, "name of the data set is empty"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(DataError, match=message):
        load(**{"name": "shapes", "task": "images"} | arguments)
