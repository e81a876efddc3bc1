"""Pictures that `export.images` makes."""

import numpy as np
import pytest
from PIL import Image

from export.common import runs as trained
from keras_gans.latents import interpolate
from keras_gans.networks import resnet_translator, unet
from keras_gans.pixels import to_pixels


def pixels_of(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_samples_depend_on_the_seed_and_not_on_the_count(run, tmp_path, call):
    call("export.images", run, "--count", 3, "--seed", 5)
    call("export.images", run, "--count", 5, "--seed", 5, "--output", tmp_path / "five.npz")
    folder = run / "export" / "images"
    assert names_in(folder) == [f"seed5-0000{n}.png" for n in range(3)]
    with np.load(tmp_path / "five.npz") as arrays:
        assert len(arrays.files) == 5
        for file in folder.iterdir():
            np.testing.assert_array_equal(arrays[file.stem], pixels_of(file))
    assert "give --count" in call("export.images", run, "--input", tmp_path, code=1)


def test_samples_go_round_the_labels(runs, tmp_path, call):
    def labels_of(*arguments):
        call("export.images", runs / "cgan", "--output", tmp_path / "o.npz", *arguments)
        with np.load(tmp_path / "o.npz") as arrays:
            return [name.rpartition("-label")[2] for name in arrays.files], dict(arrays)

    assert labels_of("--count", 5)[0] == ["0", "1", "2", "3", "4"]
    asked, pictures = labels_of("--count", 3, "--labels", "square", 0)
    assert asked == ["5", "0", "5"]
    run = trained.open_run(runs / "cgan")
    (generator,) = run.generators()
    made = generator.make(run.model.sampling_inputs(3, 0, [5, 0]))
    np.testing.assert_array_equal(np.stack(list(pictures.values())), to_pixels(made))


def test_labels_that_are_not_there_are_refused(runs, call):
    def refused(kind, *labels):
        return call("export.images", runs / kind, "--labels", *labels, code=1)

    for label in (8, "-1", "dog"):
        message = refused("cgan", 0, label)
        assert f"no class '{label}'" in message and "0 to 7" in message and "square" in message
    assert "without labels" in refused("gan", 0)
    assert "give --input" in refused("cyclegan", 0)


def test_a_strip_leads_from_one_sample_to_the_next(runs, tmp_path, call):
    flags = ["--seed", 3, "--count", 2, "--output", tmp_path / "o"]
    call("export.images", runs / "cgan", *flags, "--interpolate", 4)
    strips = [f"seed3-00000-to-00001-label{0}.png", f"seed3-00001-to-00002-label{1}.png"]
    assert names_in(tmp_path / "o") == strips
    call("export.images", runs / "cgan", *flags)
    run = trained.open_run(runs / "cgan")
    (generator,) = run.generators()
    latents = run.model.sampling_inputs(3, 3)["latents"]
    for label, name in enumerate(strips):
        way = interpolate(latents[label], latents[label + 1], 4)
        made = generator.make({"latents": way, "labels": np.full(4, label, "int32")})
        strip = pixels_of(tmp_path / "o" / name)
        assert strip.shape == (8, 4 * 8, 3)
        np.testing.assert_array_equal(strip, np.hstack(to_pixels(made)))
        sample = pixels_of(tmp_path / "o" / f"seed3-0000{label}-label{label}.png")
        np.testing.assert_array_equal(strip[:, :8], sample)


def test_a_strip_of_a_run_without_labels(runs, tmp_path, call):
    flags = ["--count", 1, "--interpolate", 2, "--output", tmp_path / "o"]
    call("export.images", runs / "gan", *flags)
    assert names_in(tmp_path / "o") == ["seed0-00000-to-00001.png"]


@pytest.mark.parametrize(
    "flags, words",
    [
        ("--interpolate 1", "2 or more, for both ends, not '1'"),
        ("--interpolate 3 --arithmetic 0 1 2", "not allowed with"),
        ("--interpolate 3 --input x", "not allowed with"),
        ("--arithmetic 0 1", "expected 3 arguments"),
    ],
)
def test_flags_that_do_not_fit(flags, words, call):
    assert words in call("export.images", "run", *flags.split(), code=2)


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_pictures_of_any_size_are_translated(run, tmp_path, call):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cut.png").write_bytes(b"no picture")
    rng = np.random.default_rng(0)
    for name, size in {"odd": (37, 51), "small": (5, 9), "fits": (24, 24)}.items():
        pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    call(
        "export.images", run, "--input", folder, "--direction", "b_to_a", "--output", tmp_path / "o"
    )
    sizes = {path.name: pixels_of(path).shape for path in (tmp_path / "o").iterdir()}
    assert sizes == {
        "odd-b_to_a.png": (37, 51, 3),
        "small-b_to_a.png": (5, 9, 3),
        "fits-b_to_a.png": (24, 24, 3),
    }
    generator = next(g for g in trained.open_run(run).generators() if g.name == "b_to_a")
    inputs = {"images": pixels_of(folder / "fits.png")[None] / np.float32(127.5) - 1}
    expected = (generator.make(inputs)[0] + 1) * 127.5
    made = pixels_of(tmp_path / "o" / "fits-b_to_a.png")
    assert np.abs(made - expected).max() <= 0.51
    assert "--input" in call("export.images", run, code=1)
    assert call("export.images", run, "--input", folder / "odd.png").startswith("1 pictures")


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_pictures_too_large_for_the_memory_are_made_smaller(run, tmp_path, call):
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
    assert pixels_of(run / "export" / "images" / "odd-generator.png").shape == (37, 51, 3)


def test_sides_are_multiples_of_what_the_network_halves():
    assert trained.reduction(resnet_translator.translator((24, 40, 3), 1, 1)) == 4
    assert trained.reduction(unet.translator((64, 64, 3), 1)) == 64
    assert trained.reduction(unet.translator((512, 512, 3), 1)) == 256
