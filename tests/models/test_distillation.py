"""Distillation: its losses by hand, and what is kept of a teacher."""

import io
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_gans.models import CycleGAN, DistilledPix2Pix, DistilledTranslator, Pix2Pix
from keras_gans.training.teacher import Teacher

SHAPE = (24, 24, 3)
ALL_OFF = dict.fromkeys(
    (
        "l1_weight",
        "ssim_weight",
        "discriminator_feature_weight",
        "adversarial_weight",
    ),
    0.0,
)


def times(value):
    """A generator that returns its input times a value."""
    images = keras.Input(SHAPE)
    return keras.Model(images, keras.layers.Rescaling(value)(images))


def mean_discriminator(channels=3):
    """A discriminator whose only logit is the mean of what it sees."""
    images = keras.Input((24, 24, channels))
    means = keras.layers.GlobalAveragePooling2D(keepdims=True)(images)
    mean = keras.layers.Conv2D(1, 1, kernel_initializer="ones", use_bias=False)(means)
    return keras.Model(images, keras.layers.Rescaling(1 / channels)(mean))


def flat(*values):
    return tuple(np.full((1, *SHAPE), value, "float32") for value in values)


def numbers(named_losses):
    return {name: float(value) for name, value in named_losses.items()}


def test_losses_by_hand():
    model = DistilledTranslator(times(0.5), mean_discriminator())
    model.teacher = Teacher(times(2.0), mean_discriminator())
    batch = flat(0.2, 0.5)
    fakes = model.generate(batch)
    # The student makes 0.1 of 0.2, the teacher 0.4: both weights are 10.
    ssim = (2 * 1.1 * 1.4 + 0.0004) / (1.1**2 + 1.4**2 + 0.0004)  # pixels from 0 to 2
    losses = numbers(model.generator_loss(batch, fakes))
    assert losses.pop("ssim") == pytest.approx(10 * (1 - ssim), abs=0.01)  # rounded variances
    assert losses == pytest.approx(
        {
            "l1": 10 * 0.3,
            "discriminator_features": 10 * 0.3,  # the means are 0.1 and 0.4
            "adversarial": (0.1 - 1) ** 2,
        },
        rel=1e-3,
    )
    found = numbers(model.discriminator_loss(batch, fakes))
    assert found == pytest.approx({"adversarial": ((0.5 - 1) ** 2 + 0.1**2) / 2}, rel=1e-4)


def test_losses_of_pairs_by_hand():
    model = DistilledPix2Pix(times(0.5), mean_discriminator(6), l1_weight=0.0, ssim_weight=0.0)
    model.teacher = Teacher(times(2.0), mean_discriminator(6))
    batch = flat(0.2, 0.6)
    fakes = model.generate(batch)
    # The means of input and translation: (0.2 + 0.1) / 2 and (0.2 + 0.4) / 2
    assert numbers(model.generator_loss(batch, fakes)) == pytest.approx(
        {"discriminator_features": 10 * 0.15, "adversarial": np.log1p(np.exp(-0.15))}, rel=1e-4
    )
    real, fake = np.log1p(np.exp(-0.4)), np.log1p(np.exp(0.15))
    found = numbers(model.discriminator_loss(batch, fakes))
    assert found == pytest.approx({"adversarial": (real + fake) / 2}, rel=1e-4)


def test_a_weight_of_zero_leaves_a_loss_and_its_networks_out():
    cyclegan = CycleGAN.create(SHAPE, filters=2, blocks=1, discriminator_filters=2)
    teacher = Teacher.of(cyclegan, (0, 1), ["a", "b"])
    weights = ALL_OFF | {"l1_weight": 1.0}
    model = DistilledTranslator.create(SHAPE, teacher=teacher, filters=2, blocks=1, **weights)
    assert model.discriminators == {}
    model.compile(model.make_optimizer(use_ema=True), model.make_optimizer(), run_eagerly=True)
    before = [v.numpy() for v in model.generator_variables]
    assert model.train_step(flat(0.2, 0.5)).keys() == {"generator/l1"}
    assert any(np.any(x != v) for x, v in zip(before, model.generator_variables, strict=True))


def test_the_discriminator_begins_as_the_teachers_of_the_target_and_is_its_own():
    cyclegan = CycleGAN.create(SHAPE, filters=2, blocks=1, discriminator_filters=2)
    for domains, source in (((0, 1), cyclegan.discriminator_b), ((1, 0), cyclegan.discriminator_a)):
        teacher = Teacher.of(cyclegan, domains, ["a", "b"])
        model = DistilledTranslator.create(SHAPE, teacher=teacher, filters=2, blocks=1)
        for x, y in zip(model.discriminator.weights, source.weights, strict=True):
            np.testing.assert_array_equal(x, y)
        model.discriminator.weights[0].assign_add(np.ones(model.discriminator.weights[0].shape))
        assert np.all(np.asarray(source.weights[0]) != np.asarray(model.discriminator.weights[0]))
        np.testing.assert_array_equal(source.weights[0], teacher.discriminator.weights[0])


def test_networks_of_a_teacher_compute_in_the_precision_of_the_training():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    cyclegan = CycleGAN.create(SHAPE, filters=2, blocks=1, discriminator_filters=2)
    keras.config.set_dtype_policy(before)
    teacher = Teacher.of(cyclegan, (0, 1), ["a", "b"])
    model = DistilledTranslator.create(SHAPE, teacher=teacher, filters=2, blocks=1)
    for network in (teacher.generator, teacher.discriminator, model.discriminator):
        assert {x.compute_dtype for x in network.layers} == {"float32"}


def test_without_a_teachers_discriminator_the_students_is_new():
    cyclegan = CycleGAN.create(SHAPE, filters=2, blocks=1, discriminator_filters=2)
    teacher = Teacher.of(cyclegan, (0, 1), [])
    assert teacher.discriminator is None
    model = DistilledTranslator.create(
        SHAPE, teacher=teacher, filters=2, blocks=1, discriminator_filters=3
    )
    assert model.discriminator.weights[0].shape[-1] == 3
    losses = model.generator_loss(flat(0.2, 0.5), model.generate(flat(0.2, 0.5)))
    assert losses.keys() == {"l1", "ssim", "adversarial"}
    pairs = Teacher.of(Pix2Pix.create((32, 32, 3), filters=2, discriminator_filters=2), (0, 1), [])
    model = DistilledPix2Pix.create((32, 32, 3), teacher=pairs, filters=2)
    assert model.discriminator.input_shape == (None, 32, 32, 6)


def test_teachers_translate_in_their_own_direction_and_size():
    pix2pix = Pix2Pix.create((32, 32, 3), filters=2, discriminator_filters=2)
    assert Teacher.of(pix2pix, (1, 0), ["discriminator"]) is None
    teacher = Teacher.of(pix2pix, (0, 1), ["discriminator"])
    with pytest.raises(
        ValueError, match="the teacher translates images of 32x32x3, not of 64x64x3"
    ):
        DistilledPix2Pix.create((64, 64, 3), teacher=teacher)


def test_the_hash_is_of_all_weights():
    first, second = (Teacher(times(2.0), mean_discriminator()) for _ in range(2))
    assert first.sha256 == second.sha256
    other = Teacher(times(2.0), mean_discriminator())
    other.discriminator.weights[0].assign_add(np.full(other.discriminator.weights[0].shape, 1e-6))
    assert other.sha256 != first.sha256


def test_a_loaded_model_translates_without_its_teacher_and_says_what_training_needs(
    variants, tmp_path
):
    model = variants["distill"].create()
    variants["distill"].fit(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.teacher is None
    assert loaded.teacher_sha256 == model.teacher.sha256
    batch = variants["distill"].batch(2)
    assert list(model.sample_grid(batch)) == ["input", "teacher", "student"]
    grid = loaded.sample_grid(batch)
    assert list(grid) == ["input", "student"]
    np.testing.assert_array_equal(grid["student"], model.sample_grid(batch)["student"])
    with pytest.raises(ValueError, match="has no teacher"):
        loaded.train_step(batch)


def saved_kernels(file):
    """The arrays (h, w, c, d) in a .keras file, those of optimizers too."""
    with zipfile.ZipFile(file) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    found = []
    with h5py.File(content) as stored:
        stored.visititems(lambda _, item: found.append(item))
        return [x[()] for x in found if isinstance(x, h5py.Dataset) and x.ndim == 4]


def test_no_kernel_of_the_teacher_is_in_the_saved_file(variants, tmp_path):
    model = variants["distill"].create()
    variants["distill"].fit(model)  # after which the discriminator is no copy any more
    model.save(tmp_path / "model.keras")
    saved = saved_kernels(tmp_path / "model.keras")

    def count(network):
        kernels = [keras.ops.convert_to_numpy(w) for w in network.weights if len(w.shape) == 4]
        return len(kernels), sum(any(np.array_equal(x, y) for y in saved) for x in kernels)

    for network in (model.generator, model.discriminator):
        kernels, found = count(network)
        assert kernels == found > 0
    for network in (model.teacher.generator, model.teacher.discriminator):
        kernels, found = count(network)
        assert kernels > 0 == found


def test_teachers_are_not_trained(variants):
    model = variants["distill"].create()
    before = model.teacher.sha256
    variants["distill"].fit(model, steps=2)
    assert Teacher(model.teacher.generator, model.teacher.discriminator).sha256 == before
    assert not {id(w) for w in model.weights} & {id(w) for w in model.teacher.generator.weights}
