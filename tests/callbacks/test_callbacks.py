import io
import os
import signal
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans import callbacks


def run(variant, model, watchers, steps=2, epochs=1):
    data = tf.data.Dataset.from_tensors(variant.batch()).repeat()
    return model.fit(
        data, steps_per_epoch=steps, epochs=epochs, callbacks=watchers, shuffle=False, verbose=0
    )


def test_scalars_are_means_over_the_steps_between_points(variants, tmp_path, events):
    variant = variants["cyclegan"]
    each = []
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: each.append(logs))
    writer = tf.summary.create_file_writer(str(tmp_path))
    run(variant, variant.create(), [watch, callbacks.Scalars(writer, every=2)], steps=3)
    found = events(tmp_path)
    assert found.keys() == each[0].keys() | {
        "generator/learning_rate",
        "discriminator/learning_rate",
        "steps_per_second",
    }
    cycle = found["generator/cycle"]
    assert cycle.keys() == {2, 3}
    values = [logs["generator/cycle"] for logs in each]
    assert cycle[2] == pytest.approx((values[0] + values[1]) / 2, rel=1e-5)
    assert cycle[3] == pytest.approx(values[2], rel=1e-5)
    assert found["generator/learning_rate"][3] == pytest.approx(1e-3)


def test_sample_grids_go_to_png_and_tensorboard(variant, tmp_path, events):
    writer = tf.summary.create_file_writer(str(tmp_path))
    grid = callbacks.SampleGrid(variant.batch(3), tmp_path / "samples", writer)
    run(variant, variant.create(), [grid], epochs=2)
    files = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert files == ["step-00000002.png", "step-00000004.png"]
    shown = events(tmp_path)["samples"]
    assert shown.keys() == {2, 4}
    pixels = np.asarray(Image.open(tmp_path / "samples" / files[1]))
    np.testing.assert_array_equal(tf.io.decode_png(shown[4][2]), pixels)


def test_picture_grid_is_square_for_samples():
    images = np.stack([np.full((2, 2, 1), value, "float32") for value in (-1, 1, 0)])
    grid = callbacks.picture_grid({"samples": images})
    assert grid.shape == (4, 4, 3) and grid.dtype == np.uint8
    assert [grid[y, x, 0] for y, x in ((0, 0), (0, 2), (2, 0), (2, 2))] == [0, 255, 128, 255]


def test_picture_grid_has_a_row_an_example_under_titles():
    a, b = (np.full((2, 64, 64, 3), value, "float32") for value in (-1.0, 0.0))
    grid = callbacks.picture_grid({"a": a, "a to b": b})
    header = grid.shape[0] - 2 * 64
    assert grid.shape[1] == 2 * 64 and header > 0
    assert grid[:header].min() < 64  # letters
    assert np.all(grid[header:, :64] == 0) and np.all(grid[header:, 64:] == 128)


def test_picture_grid_draws_points():
    grid = callbacks.picture_grid({"samples": np.array([[-1.0, 1.0], [9.0, 9.0]])})
    (dark,) = np.argwhere(grid[..., 0] < 255)
    assert dark[0] < grid.shape[0] * 0.2 and dark[1] < grid.shape[1] * 0.2  # up, left


def test_checkpoints_are_whole_and_the_newest_two_are_kept(variants, tmp_path):
    variant = variants["gan"]
    run(variant, variant.create(), [callbacks.Checkpoint(tmp_path)], epochs=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-00000004.keras",
        "step-00000006.keras",
    ]
    newest = callbacks.newest_checkpoint(tmp_path)
    assert int(keras.saving.load_model(newest).steps) == 6


def test_checkpoints_come_within_an_epoch_too(variants, tmp_path):
    variant = variants["gan"]
    run(variant, variant.create(), [callbacks.Checkpoint(tmp_path, minutes=0.0)], steps=3)
    assert [path.name for path in sorted(tmp_path.iterdir())][-1] == "step-00000003.keras"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_checkpoint_falls_back_and_says_so(variants, tmp_path, capsys, damage):
    variant = variants["gan"]
    run(variant, variant.create(), [callbacks.Checkpoint(tmp_path)], epochs=2)
    newest = tmp_path / "step-00000004.keras"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 0xFF
    newest.write_bytes({"cut": content[: len(content) // 2], "flip": content, "empty": b""}[damage])
    assert callbacks.newest_checkpoint(tmp_path).name == "step-00000002.keras"
    assert "step-00000004.keras is damaged" in capsys.readouterr().err


def test_an_interrupted_save_leaves_the_older_checkpoint(variants, tmp_path, monkeypatch):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.Checkpoint(tmp_path)])

    def fail(path):
        Path(path).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError):
        run(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert callbacks.newest_checkpoint(tmp_path).name == "step-00000002.keras"
    monkeypatch.undo()
    run(variant, model, [callbacks.Checkpoint(tmp_path)])  # sweeps up what was left
    assert not list(tmp_path.glob(".part-*"))


def test_damaged_checkpoints_are_set_aside_once_training_goes_on(variants, tmp_path):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.Checkpoint(tmp_path)])
    (tmp_path / "step-00000008.keras").write_bytes(b"damaged")
    run(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {
        "step-00000002.keras",
        "step-00000004.keras",
        "step-00000008.damaged",
    }


def test_nothing_but_damaged_checkpoints_is_an_error(tmp_path):
    (tmp_path / "step-00000008.keras").write_bytes(b"damaged")
    with pytest.raises(callbacks.DamagedError, match="every checkpoint"):
        callbacks.newest_checkpoint(tmp_path)


def test_weights_that_are_not_finite_are_not_saved(variants, tmp_path):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.Checkpoint(tmp_path)])
    kernel = model.discriminator_variables[0]
    kernel.assign(np.inf * np.ones(kernel.shape))
    with pytest.raises(callbacks.DivergedError, match="kernel became NaN or infinite by step 4"):
        run(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002.keras"]


def test_a_model_is_loaded_from_a_file_or_a_folder_of_checkpoints(variants, tmp_path):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.Checkpoint(tmp_path / "checkpoints")])
    file = tmp_path / "checkpoints" / "step-00000002.keras"
    for path in (file, tmp_path / "checkpoints"):
        assert int(callbacks.load_model(path).steps) == 2
    with pytest.raises(callbacks.CheckpointError, match="there is no .*best.keras"):
        callbacks.load_model(tmp_path / "best.keras")
    with pytest.raises(callbacks.CheckpointError, match="not trained yet: it holds no others"):
        callbacks.load_model(tmp_path / "others")
    file.write_bytes(file.read_bytes()[:-99])
    for path in (file, tmp_path / "checkpoints"):
        with pytest.raises(callbacks.DamagedError):
            callbacks.load_model(path)


def test_what_training_does_not_write_is_not_opened(variants, tmp_path):
    images = keras.Input((4,))
    keras.Model(images, keras.layers.Dense(2)(images)).save(tmp_path / "other.keras")
    with pytest.raises(callbacks.CheckpointError, match="is a Functional, and no game"):
        callbacks.load_model(tmp_path / "other.keras")

    class Unknown(variants["gan"].model):
        pass

    model = Unknown.create((8, 8, 1), filters=4)
    model.compile(model.make_optimizer(), model.make_optimizer())
    model.save(tmp_path / "unknown.keras")
    with pytest.raises(callbacks.CheckpointError, match="does not write.*'Unknown'") as caught:
        callbacks.load_model(tmp_path / "unknown.keras")
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


def test_no_checkpoint_is_none(tmp_path):
    assert callbacks.newest_checkpoint(tmp_path / "nothing") is None


def test_divergence_stops_before_the_checkpoint_and_names_the_term(variants, tmp_path):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.Checkpoint(tmp_path)])
    model.generator_variables[0].assign(np.nan * model.generator_variables[0])
    watchers = [callbacks.StopOnDivergence(), callbacks.Checkpoint(tmp_path, minutes=0.0)]
    with pytest.raises(callbacks.DivergedError, match="adversarial became nan at step 3"):
        run(variant, model, watchers)
    assert callbacks.newest_checkpoint(tmp_path).name == "step-00000002.keras"


def test_time_is_up_at_the_end_of_a_step(variants):
    variant = variants["gan"]
    model = variant.create()
    run(variant, model, [callbacks.StopAfter(1e-9)], steps=5, epochs=3)
    assert int(model.steps) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_the_end_of_a_step_and_handlers_come_back(variants, number):
    variant = variants["gan"]
    model = variant.create()
    stop = callbacks.StopOnSignal()
    interrupt = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), number)
    )
    before = signal.signal(number, signal.default_int_handler)  # nohup would have SIGHUP ignored
    try:
        run(variant, model, [interrupt, stop], steps=5)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert int(model.steps) == 1 and stop.received == number


def test_closing_the_terminal_does_not_stop_what_nohup_began(variants):
    variant = variants["gan"]
    model = variant.create()
    hang_up = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), signal.SIGHUP)
    )
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run(variant, model, [hang_up, callbacks.StopOnSignal()], steps=2)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert int(model.steps) == 2


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_in_a_file_is_one_line_an_epoch(variants):
    variant = variants["gan"]
    stream = io.StringIO()
    run(variant, variant.create(), [callbacks.Progress(2, 2, stream)], epochs=2)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2 and "\r" not in stream.getvalue()
    assert lines[0].startswith("epoch 1/2  step 2/2") and lines[1].startswith("epoch 2/2  step 2/2")
    assert "0:00 left" in lines[1] and "generator/adversarial" in lines[1]


def test_progress_on_a_terminal_rewrites_its_line(variants, monkeypatch):
    variant = variants["gan"]
    stream = Terminal()
    monkeypatch.setattr("keras_gans.callbacks.progress.TERMINAL_SECONDS", 0.0)
    monkeypatch.setenv("COLUMNS", "40")
    run(variant, variant.create(), [callbacks.Progress(1, 3, stream)], steps=3)
    assert stream.getvalue().count("\n") == 1
    _, *lines = stream.getvalue().replace("\033[K", "").split("\r")
    assert len(lines) == 4 and all(len(line.rstrip("\n")) < 40 for line in lines)
