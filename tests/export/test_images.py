"""`export.images`: samples, interpolations and translations, as PNG, .npz and GIF files."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from export.common.animation import enlarge
from export.common.generator import clone_with_dtype, downsampling_factor
from export.common.image_files import NamedImage, write_npz
from export.common.input_images import named_inputs
from export.common.trained_run import open_run
from keras_gans.data.synthetic.drawing import SHAPES
from keras_gans.latents import interpolate
from keras_gans.networks import resnet_translator, unet
from keras_gans.pixels import to_pixels

CLASSES = tuple(SHAPES)


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_samples_depend_on_the_seed_and_not_on_the_count(run, tmp_path, call):
    call("export.images", run, "--count", 3, "--seed", 5)
    call("export.images", run, "--count", 5, "--seed", 5, "--output", tmp_path / "five.npz")
    folder = run / "export" / "images"
    assert names_in(folder) == [f"seed5-0000{n}.png" for n in range(3)]
    with np.load(tmp_path / "five.npz") as arrays:
        assert arrays.files == ["images"]
        images = arrays["images"]
    assert images.shape == (5, 8, 8, 3) and images.dtype == np.uint8
    for image, file in zip(images, sorted(folder.iterdir()), strict=False):
        np.testing.assert_array_equal(image, pixels_of(file))
    assert "give --count" in call("export.images", run, "--input", "x.png", code=1)


def test_samples_cycle_through_the_labels(runs, tmp_path, call):
    def labels_of(*arguments):
        call("export.images", runs / "cgan", "--output", tmp_path / "o.npz", *arguments)
        with np.load(tmp_path / "o.npz") as arrays:
            assert arrays.files == ["images", "labels", "class_names"]
            assert arrays["labels"].dtype == np.int32 and arrays["class_names"][5] == "square"
            return arrays["labels"].tolist(), arrays["images"]

    assert labels_of("--count", 5)[0] == [0, 1, 2, 3, 4]
    labels, images = labels_of("--count", 3, "--labels", "square", 0)
    assert labels == [5, 0, 5]
    run = open_run(runs / "cgan")
    (generator,) = run.generators()
    expected = generator.predict_on_batch(run.model.sampling_inputs(3, 0, [5, 0]))
    np.testing.assert_array_equal(images, to_pixels(expected))
    call("export.images", runs / "cgan", "--output", tmp_path / "o", "--count", 2)
    assert names_in(tmp_path / "o") == [
        f"seed0-0000{label}-{name}.png" for label, name in enumerate(CLASSES[:2])
    ]


def test_labels_that_do_not_exist_are_refused(runs, call):
    def refused(kind, *labels):
        return call("export.images", runs / kind, "--labels", *labels, code=1)

    for label in (8, "-1", "dog"):
        message = refused("cgan", 0, label)
        assert f"no class '{label}'" in message and "0 to 7" in message and "square" in message
    assert "is not class-conditional" in refused("gan", 0)
    assert "give --input" in refused("cyclegan", 0)


def test_an_interpolation_leads_from_one_sample_to_the_next(runs, tmp_path, call):
    flags = ["--seed", 3, "--count", 2, "--output", tmp_path / "o"]
    call("export.images", runs / "cgan", *flags, "--interpolate", 4)
    strips = [f"seed3-0000{n}-to-0000{n + 1}-{CLASSES[n]}.png" for n in range(2)]
    assert names_in(tmp_path / "o") == strips
    call("export.images", runs / "cgan", *flags)
    run = open_run(runs / "cgan")
    (generator,) = run.generators()
    latents = run.model.sampling_inputs(3, 3)["latents"]
    for label, name in enumerate(strips):
        path = interpolate(latents[label], latents[label + 1], 4)
        inputs = {"latents": path, "labels": np.full(4, label, "int32")}
        expected = generator.predict_on_batch(inputs)
        strip = pixels_of(tmp_path / "o" / name)
        assert strip.shape == (8, 4 * 8, 3)
        np.testing.assert_array_equal(strip, np.hstack(to_pixels(expected)))
        sample = pixels_of(tmp_path / "o" / f"seed3-0000{label}-{CLASSES[label]}.png")
        np.testing.assert_array_equal(strip[:, :8], sample)


def test_an_interpolation_of_an_unconditional_run(runs, tmp_path, call):
    flags = ["--count", 1, "--interpolate", 2, "--output", tmp_path / "o"]
    call("export.images", runs / "gan", *flags)
    assert names_in(tmp_path / "o") == ["seed0-00000-to-00001.png"]


def test_an_interpolation_as_a_gif_loops_through_all_latents(runs, tmp_path, call):
    file = tmp_path / "loop.gif"
    flags = ["--seed", 3, "--count", 2, "--interpolate", 4, "--output", file]
    assert call("export.images", runs / "gan", *flags) == f"9 frames: {file}\n"
    run = open_run(runs / "gan")
    (generator,) = run.generators()
    latents = run.model.sampling_inputs(3, 3)["latents"]
    ways = [interpolate(latents[row], latents[(row + 1) % 3], 4)[:-1] for row in range(3)]
    expected = to_pixels(generator.predict_on_batch({"latents": np.concatenate(ways)}))
    with Image.open(file) as gif:
        assert gif.size == (128, 128) and gif.info["loop"] == 0
        shown = 0
        for frame in range(gif.n_frames):  # Pillow joins frames that are equal
            gif.seek(frame)
            # A GIF has 256 colors.
            difference = np.asarray(gif.convert("RGB")) - enlarge(expected[shown], 128).astype(int)
            assert np.abs(difference).mean() < 4
            shown += gif.info["duration"] // 60
        assert shown == 9


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--interpolate 1", "2 or more, for both ends, not 1"),
        ("--interpolate 3 --arithmetic 0 1 2", "not allowed together"),
        ("--interpolate 3 --input x", "not allowed together"),
        ("--arithmetic 0 1", "needs 3 classes, not 2"),
        ("--output x.gif", "x.gif needs interpolate"),
        ("--output x.GIF", "x.GIF needs interpolate"),
        ("--output one.bmp --count 1", "one.bmp cannot be written: give a folder, or a file in"),
        ("--output ZEBRA.TIF --input x", "ZEBRA.TIF cannot be written"),
        ("--output walk.mp4 --interpolate 3", "walk.mp4 cannot be written"),
        ("--input-side up", "--input-side"),
    ],
)
def test_flags_that_do_not_fit(flags, words, call):
    message = call("export.images", "run", *flags.split(), code=1)
    assert words in message and message.count("\n") == 2


def test_the_suffix_of_an_array_may_be_in_capitals(tmp_path):
    assert write_npz([NamedImage("a", np.zeros((2, 2, 3), "uint8"))], tmp_path / "S.NPZ") == 1
    assert names_in(tmp_path) == ["S.NPZ"]
    with np.load(tmp_path / "S.NPZ") as arrays:
        assert arrays["images"].shape == (1, 2, 2, 3)


def test_options_of_the_other_kind_of_generator_are_refused(runs, tmp_path, call):
    def refused(kind, flags):
        output = tmp_path / "o"
        message = call("export.images", runs / kind, *flags.split(), "--output", output, code=1)
        assert not output.exists() and message.count("\n") == 1
        return message

    message = refused("gan", "--input-side left --longest-side 5 --max-pixels 9")
    assert "from noise" in message
    assert "leave out --input-side, --longest-side, --max-pixels" in message
    assert "leave out --direction" in refused("gan", "--direction a_to_b")
    message = refused("pix2pix", "--input x.png --count 3 --seed 1")
    assert "from images: leave out --count, --seed" in message


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_images_of_any_size_are_translated(run, tmp_path, call):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cut.png").write_bytes(b"no image")
    rng = np.random.default_rng(0)
    for name, size in {
        "odd": (37, 45),
        "large": (30, 60),
        "small": (5, 9),
        "fits": (24, 24),
    }.items():
        pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    call(
        "export.images", run, "--input", folder, "--direction", "b_to_a", "--output", tmp_path / "o"
    )
    sizes = {path.name: pixels_of(path).shape for path in (tmp_path / "o").iterdir()}
    assert sizes == {
        "odd-b_to_a.png": (37, 45, 3),
        "large-b_to_a.png": (24, 48, 3),  # twice the side of the training's images
        "small-b_to_a.png": (5, 9, 3),
        "fits-b_to_a.png": (24, 24, 3),
    }
    generator = next(g for g in open_run(run).generators() if g.name == "b_to_a")
    inputs = {"images": pixels_of(folder / "fits.png")[None] / np.float32(127.5) - 1}
    expected = (generator.predict_on_batch(inputs)[0] + 1) * 127.5
    translated = pixels_of(tmp_path / "o" / "fits-b_to_a.png")
    assert np.abs(translated - expected).max() <= 0.51
    assert "--input" in call("export.images", run, code=1)
    assert call("export.images", run, "--input", folder / "odd.png").startswith("1 image: ")


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_translations_in_one_file_need_one_size(run, tmp_path, call):
    for name, size in {"a": (24, 30), "b": (24, 30), "c": (25, 30)}.items():
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.new("RGB", size).save(tmp_path / "photos" / f"{name}.png")
    flags = ["--input", tmp_path / "photos", "--output", tmp_path / "o.npz"]
    message = call("export.images", run, *flags, code=1)
    assert "24x30 and 25x30: give --output a folder" in message and message.count("\n") == 1
    assert names_in(tmp_path) == ["photos", "run"]
    (tmp_path / "photos" / "c.png").unlink()
    call("export.images", run, *flags)
    with np.load(tmp_path / "o.npz") as arrays:
        assert arrays.files == ["images"] and arrays["images"].shape == (2, 30, 24, 3)
        assert arrays["images"].dtype == np.uint8


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
@pytest.mark.parametrize("output", ["o", "o.npz"])
def test_images_that_cannot_be_read_are_an_error(output, run, tmp_path, call):
    (tmp_path / "cut.png").write_bytes(b"no image")
    flags = ["--input", tmp_path / "cut.png", "--output", tmp_path / output]
    message = call("export.images", run, *flags, code=1)
    assert "left out: " in message and "none of the images could be read" in message
    assert not (tmp_path / output).exists()


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_large_images_are_shrunk(run, tmp_path, call):
    for name, size in {"wide": (60, 31), "fits": (48, 24)}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", size).save(tmp_path / "photos" / name / "a.png")
    output = tmp_path / "o"
    flags = ["--direction", "a_to_b", "--longest-side", 48, "--output", output]
    call("export.images", run, "--input", tmp_path / "photos", *flags)
    sizes = {path.name: pixels_of(path).shape for path in output.iterdir()}
    # Of the same name in two folders: both are kept.
    assert sizes == {"fits-a.png-a_to_b.png": (24, 48, 3), "wide-a.png-a_to_b.png": (25, 48, 3)}


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_a_translator_of_one_direction(run, tmp_path, call):
    Image.new("RGB", (51, 37)).save(tmp_path / "odd.png")
    call("export.images", run, "--input", tmp_path / "odd.png")
    made = run / "export" / "images" / "odd-generator.png"
    assert pixels_of(made).shape == (37, 51, 3)
    made.unlink()
    call("export.images", run, "--input", tmp_path / "odd.png", "--direction", "a_to_b")
    assert made.exists()
    flags = ["--input", tmp_path / "odd.png", "--direction", "b_to_a"]
    assert "has no generator b_to_a" in call("export.images", run, *flags, code=1)


def with_squeeze_and_excitation():
    """Return a translator of which a layer's features are 1x1, whatever its images' size."""
    images = keras.Input((256, 256, 3), name="images")
    features = keras.layers.Conv2D(4, 3, strides=2, padding="same")(images)
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True)(features)
    scaled = features * keras.layers.Conv2D(4, 1, activation="sigmoid")(pooled)
    return keras.Model(images, keras.layers.Conv2DTranspose(3, 4, 2, padding="same")(scaled))


@pytest.mark.parametrize(
    "make, factor",
    [
        (lambda: resnet_translator.translator((24, 40, 3), 1, 1), 4),
        (lambda: unet.translator((64, 64, 3), 1), 64),
        (lambda: unet.translator((512, 512, 3), 1), 256),
        (with_squeeze_and_excitation, 2),
    ],
)
def test_sides_are_multiples_of_what_the_network_halves(make, factor):
    network = make()
    assert downsampling_factor(network, clone_with_dtype(network, "float32")) == factor


@pytest.fixture
def photos(tmp_path):
    """Two photographs in one folder, and one in another."""
    for name, value in {"one/a.png": 10, "one/b.png": 200, "two/a.png": 90}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (64, 32), (value, value, value)).save(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_several_inputs(run, photos, call):
    flags = ["--input", photos / "one", photos / "two" / "a.png", "--output", photos / "o"]
    assert call("export.images", run, *flags).startswith("3 images: ")
    expected = ["b-generator.png", "one-a.png-generator.png", "two-a.png-generator.png"]
    assert names_in(photos / "o") == expected


def test_no_two_inputs_have_one_name(tmp_path):
    for site in ("north", "south"):
        for name in ("images/1.png", "images/2.png", "more/2.png"):
            (tmp_path / site / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8)).save(tmp_path / site / name)
    folders = [tmp_path / site / "images" for site in ("north", "south")]
    assert list(named_inputs([*folders, tmp_path / "north" / "more"]).values()) == [
        "north-images-1.png",
        "north-images-2.png",
        "south-images-1.png",
        "south-images-2.png",
        "more-2.png",
    ]
    twice = [tmp_path / "north" / "more", tmp_path / "north" / ".." / "north" / "more"]
    assert len(set(named_inputs(twice).values())) == 2


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
@pytest.mark.parametrize("name", ["o.png", "o.jpg", "new/o.webp"])
def test_one_image_as_a_file(name, run, photos, call):
    source, output = photos / "one" / "a.png", photos / name
    call("export.images", run, "--input", source, "--output", output)
    assert pixels_of(output).shape == (32, 64, 3)
    before = output.read_bytes()
    message = call("export.images", run, "--input", photos / "one", "--output", output, code=1)
    assert "is one image, and there are more" in message and output.read_bytes() == before


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_results_are_not_written_among_the_inputs(run, photos, call):
    source = photos / "one"
    for given, output in [(source, source), (source, source / "x"), (source / "a.png",) * 2]:
        before = {path: path.read_bytes() for path in source.rglob("*")}
        message = call("export.images", run, "--input", given, "--output", output, code=1)
        assert "give " in message and message.count("\n") == 1
        assert {path: path.read_bytes() for path in source.rglob("*")} == before


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_half_of_a_pair_is_translated(run, tmp_path, call):
    rng = np.random.default_rng(0)
    pair = rng.integers(0, 256, (32, 64, 3), dtype=np.uint8)
    for name, pixels in {"pair": pair, "a": pair[:, :32], "b": pair[:, 32:]}.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    made = {}
    for name, side in [("pair", "left"), ("pair", "right"), ("a", "whole"), ("b", "whole")]:
        file = tmp_path / f"made-{name}-{side}.png"
        flags = ["--input", tmp_path / f"{name}.png", "--input-side", side, "--output", file]
        call("export.images", run, *flags)
        made[name, side] = pixels_of(file)
    np.testing.assert_array_equal(made["pair", "left"], made["a", "whole"])
    np.testing.assert_array_equal(made["pair", "right"], made["b", "whole"])


@pytest.mark.parametrize("run", ["pix2pix"], indirect=True)
def test_inputs_of_more_bits_have_the_range_of_the_training(run, tmp_path, call):
    for name, pixels in {
        "deep": np.full((32, 32), 500, "u2"),
        "plain": np.full((32, 32), 125),
    }.items():
        Image.fromarray(pixels.astype("u2" if name == "deep" else "u1")).save(
            tmp_path / f"{name}.png"
        )
    metadata = json.loads((run / "metadata.json").read_text())
    metadata["data"]["value_range"] = [0, 1020]
    (run / "metadata.json").write_text(json.dumps(metadata))
    made = []
    for name in ("deep", "plain"):
        file = tmp_path / f"made-{name}.png"
        call("export.images", run, "--input", tmp_path / f"{name}.png", "--output", file)
        made.append(pixels_of(file))
    np.testing.assert_array_equal(*made)


def test_the_home_folder_in_a_path(runs, tmp_path, call, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    call("export.images", runs / "gan", "--count", 1, "--output=~/o.png")
    assert pixels_of(tmp_path / "o.png").shape == (8, 8, 3)
