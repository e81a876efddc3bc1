"""`export.film`: the sample grids of a training as GIF and MP4 files."""

import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from export import film
from export.common import animation


def make_grids(run, steps, size=(37, 21)):
    """Write a gray sample grid for each step, brighter from step to step."""
    for path in (run / "samples").iterdir():
        path.unlink()
    for index, step in enumerate(steps):
        level = round(30 + 220 * index / len(steps))
        Image.new("RGB", size, (level,) * 3).save(run / "samples" / f"step-{step:08d}.png")


def read_gif(file):
    """Return the frames (n, h, w, 3) and their durations in seconds."""
    with Image.open(file) as gif:
        frames, seconds = [], []
        for index in range(gif.n_frames):
            gif.seek(index)
            frames.append(np.asarray(gif.convert("RGB")))
            seconds.append(gif.info["duration"] / 1000)
    return np.stack(frames), seconds


def read_mp4(file):
    """Return the frames (n, h, w, 3) and the frames per second."""
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(file))
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    with tempfile.TemporaryDirectory() as folder:
        command = [ffmpeg, "-v", "error", "-i", file, f"{folder}/%03d.png"]
        subprocess.run(command, check=True)
        frames = [np.asarray(Image.open(path)) for path in sorted(Path(folder).iterdir())]
    assert len(frames) == count
    return np.stack(frames), count / seconds


def levels(frames):
    """Return the gray level of each frame's grid, below its title."""
    return np.asarray(frames)[:, -20, 20].mean(axis=-1)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_frames_are_in_the_order_of_steps_under_their_numbers(run, call):
    make_grids(run, [5, 100, 20000, 1000000000])  # not the order of names
    stdout = call("export.film", run)
    assert [line.split(":")[0] for line in stdout.splitlines()] == ["4 frames"] * 2
    frames, seconds = read_gif(run / "export" / "film.gif")
    assert seconds == [0.5, 0.5, 0.5, 2.5]
    np.testing.assert_allclose(levels(frames), [30, 85, 140, 195], atol=3)
    titles = frames[:, :15]
    assert titles.min() < 100  # letters on white
    assert all((first != second).any() for first, second in zip(titles, titles[1:], strict=False))
    shown, fps = read_mp4(run / "export" / "film.mp4")
    assert fps == 2 and len(shown) == 4 + 4  # the last one is held
    assert shown.shape[1:] == frames.shape[1:]
    assert shown.shape[1] % 2 == shown.shape[2] % 2 == 0
    np.testing.assert_allclose(levels(shown)[[0, 1, 2, 3, 7]], [30, 85, 140, 195, 195], atol=6)


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_a_long_training_is_thinned_evenly(run, call):
    make_grids(run, range(10, 2010, 10), size=(200, 20))
    call("export.film", run)
    frames, seconds = read_gif(run / "export" / "film.gif")
    assert sum(seconds) <= 10 and seconds[0] == 0.1
    differences = np.diff(levels(frames))
    assert len(frames) == film.MAX_FRAMES and differences.max() <= 7
    expected = 30 + 220 * np.array([0, 199]) / 200
    np.testing.assert_allclose(levels(frames)[[0, -1]], expected, atol=2)
    shown, fps = read_mp4(run / "export" / "film.mp4")
    assert len(shown) / fps <= 10


@pytest.mark.parametrize("run", ["cyclegan"], indirect=True)
def test_a_film_of_a_real_training(run, call):
    call("export.film", run)
    frames, seconds = read_gif(run / "export" / "film.gif")
    assert len(frames) == 1 and seconds == [2.5]
    with Image.open(next((run / "samples").iterdir())) as grid:
        assert frames.shape[2] >= grid.width and frames.shape[1] > grid.height


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_large_grids_are_shrunk_and_other_sizes_fit_on_white(run, call):
    make_grids(run, [1], size=(2048, 512))
    Image.new("RGB", (600, 300), "black").save(run / "samples" / "step-00000002.png")
    call("export.film", run)
    frames, _ = read_gif(run / "export" / "film.gif")
    assert frames.shape[2] == film.MAX_SIDE and frames.shape[1] < 360
    assert (frames[1][-20, -20] == 255).all() and (frames[1][-20, 20] == 0).all()


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_without_ffmpeg_there_is_only_the_gif(run, call, monkeypatch):
    monkeypatch.setattr(animation, "find_spec", lambda name: None)
    stdout = call("export.film", run)
    assert "pip install -e '.[film]'" in stdout
    assert [path.name for path in (run / "export").iterdir()] == ["film.gif"]


@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_missing_and_damaged_grids_are_named(run, call, tmp_path):
    grid = next((run / "samples").iterdir())
    grid.write_bytes(grid.read_bytes()[:60])
    message = call("export.film", run, code=1)
    assert grid.name in message and message.count("\n") == 1
    grid.unlink()
    message = call("export.film", run, code=1)
    assert "holds no sample grids" in message and message.count("\n") == 1
    assert "is no run" in call("export.film", tmp_path, code=1)
