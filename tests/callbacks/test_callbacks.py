import os
import signal
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gans import callbacks
from keras_gans.training.saving import newest_checkpoint


def test_scalars_are_means_since_the_last_write(variants, tmp_path, events, fit):
    variant = variants["cyclegan"]
    each = []
    collect = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: each.append(logs)
    )
    writer = tf.summary.create_file_writer(str(tmp_path))
    fit(variant, variant.create(), [collect, callbacks.Scalars(writer, every=2)], steps=3)
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


@pytest.mark.parametrize("variant", ["gan", "cgan", "cyclegan"], indirect=True)
def test_sample_grids_are_written_to_png_files_and_tensorboard(variant, tmp_path, events, fit):
    writer = tf.summary.create_file_writer(str(tmp_path))
    grid = callbacks.SampleGrid(variant.batch(3), tmp_path / "samples", writer)
    fit(variant, variant.create(), [grid], epochs=2)
    files = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert files == ["step-00000002.png", "step-00000004.png"]
    shown = events(tmp_path)["samples"]
    assert shown.keys() == {2, 4}
    pixels = np.asarray(Image.open(tmp_path / "samples" / files[1]))
    np.testing.assert_array_equal(tf.io.decode_png(shown[4][2]), pixels)


def test_the_newest_two_checkpoints_are_kept(variants, tmp_path, fit):
    variant = variants["gan"]
    fit(variant, variant.create(), [callbacks.Checkpoint(tmp_path, minutes=0.0)], epochs=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-00000005.keras",
        "step-00000006.keras",
    ]
    newest = newest_checkpoint(tmp_path)
    assert int(keras.saving.load_model(newest).steps) == 6


def test_after_short_epochs_only_some_checkpoints_are_saved(
    variants, tmp_path, run_callbacks, monkeypatch
):
    saved = []
    monkeypatch.setattr(
        "keras_gans.callbacks.checkpoint.save_atomically",
        lambda model, path: saved.append(path.stem),
    )
    clock = iter(range(10**6))  # a second passes whenever anybody looks
    monkeypatch.setattr("keras_gans.callbacks.pacer.time.monotonic", lambda: float(next(clock)))
    checkpoint = callbacks.Checkpoint(tmp_path)
    run_callbacks(variants["gan"].create(), [checkpoint], steps=1, epochs=200)
    # Saving takes a second, so 50 are between two of them, of which an epoch takes some.
    assert saved[0] == "step-00000001" and saved[-1] == "step-00000200"
    assert 3 <= len(saved) <= 10


def test_sample_grids_are_close_at_first_and_rarer_then(variants, tmp_path, run_callbacks):
    variant = variants["gan"]
    grid = callbacks.SampleGrid(variant.batch(3), tmp_path)
    grid._pacer.share = 1e9  # as if drawing took no time
    run_callbacks(variant.create(), [grid], steps=1, epochs=60)
    steps = [int(path.stem[5:]) for path in sorted(tmp_path.iterdir())]
    assert steps == [*range(1, 11), 11, 13, 15, 17, 19, 21, 24, 27, 30, 33, 37, 41, 46, 51, 57, 60]
    later = callbacks.SampleGrid(variant.batch(3), tmp_path)  # resumed
    model = variant.create()
    model.steps.assign(60)
    run_callbacks(model, [later], steps=1, epochs=3)
    assert {int(path.stem[5:]) for path in tmp_path.iterdir()} - set(steps) == {63}


def test_logs_of_long_runs_do_not_grow_with_every_step(variants, tmp_path, run_callbacks, events):
    model = variants["gan"].create()
    model.steps.assign(100_000)
    scalars = callbacks.Scalars(tf.summary.create_file_writer(str(tmp_path)), every=50)
    run_callbacks(model, [scalars], steps=500)
    assert list(events(tmp_path)["steps_per_second"]) == [100_200, 100_400, 100_500]


def test_checkpoints_are_saved_within_an_epoch(variants, tmp_path, fit):
    variant = variants["gan"]
    fit(variant, variant.create(), [callbacks.Checkpoint(tmp_path, minutes=0.0)], steps=3)
    assert [path.name for path in sorted(tmp_path.iterdir())][-1] == "step-00000003.keras"
    assert len(list(tmp_path.iterdir())) == 2


def test_an_interrupted_save_leaves_the_older_checkpoint(variants, tmp_path, monkeypatch, fit):
    variant = variants["gan"]
    model = variant.create()
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])

    def fail(path):
        Path(path).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(OSError):
        fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert newest_checkpoint(tmp_path).name == "step-00000002.keras"
    monkeypatch.undo()
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])  # deletes the temporary folder
    assert not list(tmp_path.glob(".part-*"))


def test_damaged_checkpoints_are_set_aside_when_training_resumes(variants, tmp_path, fit):
    variant = variants["gan"]
    model = variant.create()
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    (tmp_path / "step-00000008.keras").write_bytes(b"damaged")
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {
        "step-00000002.keras",
        "step-00000004.keras",
        "step-00000008.damaged",
    }


def test_files_that_are_called_otherwise_are_left_alone(variants, tmp_path, fit):
    variant = variants["gan"]
    model = variant.create()
    grid = callbacks.SampleGrid(variant.batch(3), tmp_path)
    fit(variant, model, [callbacks.Checkpoint(tmp_path), grid])
    own = ["step-00000001-good.keras", "step-final.keras", "step-00000100 (copy).png"]
    for name in own:
        (tmp_path / name).write_bytes(b"mine")
    for _ in range(3):  # resumed: Checkpoint keeps two
        grid = callbacks.SampleGrid(variant.batch(3), tmp_path)
        fit(variant, model, [callbacks.Checkpoint(tmp_path), grid])
    assert {name for name in own if (tmp_path / name).read_bytes() == b"mine"} == set(own)
    assert newest_checkpoint(tmp_path).name == "step-00000008.keras"
    assert len(list(tmp_path.glob("*.keras"))) == 2 + 2 and not list(tmp_path.glob("*.damaged"))


def test_checkpoints_are_in_the_order_of_their_steps(variants, tmp_path, run_callbacks):
    model = variants["gan"].create()
    model.steps.assign(99_999_998)
    run_callbacks(model, [callbacks.Checkpoint(tmp_path, minutes=0.0)], steps=2)
    assert newest_checkpoint(tmp_path).name == "step-100000000.keras"


def test_weights_that_are_not_finite_are_not_saved(variants, tmp_path, fit):
    variant = variants["gan"]
    model = variant.create()
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    kernel = model.discriminator_variables[0]
    kernel.assign(np.inf * np.ones(kernel.shape))
    with pytest.raises(callbacks.DivergedError, match="kernel became NaN or infinite by step 4"):
        fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002.keras"]


def test_divergence_stops_before_the_checkpoint_and_names_the_loss(variants, tmp_path, fit):
    variant = variants["gan"]
    model = variant.create()
    fit(variant, model, [callbacks.Checkpoint(tmp_path)])
    model.generator_variables[0].assign(np.nan * model.generator_variables[0])
    stop = [callbacks.StopOnDivergence(), callbacks.Checkpoint(tmp_path, minutes=0.0)]
    with pytest.raises(callbacks.DivergedError, match="adversarial became nan at step 3"):
        fit(variant, model, stop)
    assert newest_checkpoint(tmp_path).name == "step-00000002.keras"


def test_training_stops_after_some_time_at_the_end_of_a_step(variants, fit):
    variant = variants["gan"]
    model = variant.create()
    fit(variant, model, [callbacks.StopAfter(1e-9)], steps=5, epochs=3)
    assert int(model.steps) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_the_end_of_a_step_and_handlers_are_restored(variants, number, fit):
    variant = variants["gan"]
    model = variant.create()
    stop = callbacks.StopOnSignal()
    interrupt = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), number)
    )
    before = signal.signal(number, signal.default_int_handler)  # under nohup, SIGHUP is ignored
    try:
        fit(variant, model, [interrupt, stop], steps=5)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert int(model.steps) == 1 and stop.received == number


def test_closing_the_terminal_does_not_stop_training_under_nohup(variants, fit):
    variant = variants["gan"]
    model = variant.create()
    hang_up = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: os.kill(os.getpid(), signal.SIGHUP)
    )
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        fit(variant, model, [hang_up, callbacks.StopOnSignal()], steps=2)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert int(model.steps) == 2
