import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.layers import DiffAugment, InstanceNoise

SIDE = 16


def augmented(policy, images, seed=0):
    return keras.ops.convert_to_numpy(DiffAugment((policy,), seed=seed)(images, training=True))


def ones(count=300, channels=1):
    return np.ones((count, SIDE, SIDE, channels), "float32")


def test_color_changes_only_the_brightness_of_a_gray_image():
    images = augmented("color", 0.2 * ones(channels=3))
    brightness = images[:, 0, 0, 0] - 0.2
    np.testing.assert_allclose(images, np.broadcast_to(images[:, :1, :1, :1], images.shape))
    assert -0.5 <= brightness.min() < -0.45 and 0.45 < brightness.max() <= 0.5


def test_contrast_is_about_the_images_mean():
    images = ones()
    images[:, : SIDE // 2] = -1.0
    difference = augmented("color", images)
    difference = difference[:, -1] - difference[:, 0]
    np.testing.assert_allclose(difference, np.broadcast_to(difference[:, :1], difference.shape))
    assert 1.0 <= difference.min() < 1.1 and 2.9 < difference.max() <= 3.0


def test_saturation_scales_the_difference_from_the_pixels_gray():
    # Two pixels of one brightness: their differences from gray are scaled by one factor.
    images = np.zeros((300, 1, 2, 3), "float32")
    images[:, 0, 0] = 0.6, 0.0, -0.6
    colors = augmented("color", images)
    gray = colors[:, 0, 1]
    factor = (colors[:, 0, 0, 0] - gray[:, 0]) / 0.6
    np.testing.assert_allclose(colors[:, 0, 0, 1], gray[:, 1], atol=1e-6)
    np.testing.assert_allclose(colors[:, 0, 0, 2], gray[:, 2] - 0.6 * factor, atol=1e-6)
    assert 0.0 <= factor.min() < 0.1 and 2.0 < factor.max() <= 3.0  # times contrast


def test_translation_is_by_up_to_an_eighth_and_pads_with_zeros():
    images = ones()
    images[:, 8, 6] = 5.0
    moved = augmented("translation", images)[..., 0]
    _, rows, columns = np.nonzero(moved == 5.0)
    assert len(rows) == len(images)
    assert set(rows) == {6, 7, 8, 9, 10} and set(columns) == {4, 5, 6, 7, 8}
    for image, row, column in zip(moved, rows - 8, columns - 6, strict=True):
        assert np.count_nonzero(image) == (SIDE - abs(row)) * (SIDE - abs(column))


def test_cutout_covers_half_of_each_side_around_any_pixel():
    covered = augmented("cutout", ones())[..., 0] == 0.0
    rows, columns = covered.any(axis=2), covered.any(axis=1)
    np.testing.assert_array_equal(covered, rows[:, :, None] & columns[:, None, :])
    for lines in (rows, columns):
        assert {int(n) for n in lines.sum(axis=1)} == {4, 5, 6, 7, 8}  # fewer across the border
        assert lines.any(axis=0).all()


def test_images_are_augmented_independently_and_a_seed_repeats_it():
    images = np.repeat(np.random.default_rng(0).uniform(-1, 1, (1, 8, 8, 3)), 4, 0)
    first, again, other = (DiffAugment(seed=s)(images, training=True) for s in (1, 1, 2))
    assert len({image.tobytes() for image in keras.ops.convert_to_numpy(first)}) == 4
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_nothing_is_augmented_outside_training():
    np.testing.assert_array_equal(DiffAugment()(ones(2)), ones(2))


def test_it_is_differentiable_twice_for_any_batch_size():
    augment = DiffAugment(seed=0)

    @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 3))])
    def gradient_of_penalty(images):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                score = tf.reduce_sum(augment(images, training=True) ** 2)
            penalty = tf.reduce_sum(inner.gradient(score, images) ** 2)
        return outer.gradient(penalty, images)

    for count in (1, 3):
        images = np.random.default_rng(0).uniform(-1, 1, (count, 8, 8, 3)).astype("float32")
        gradient = keras.ops.convert_to_numpy(gradient_of_penalty(images))
        assert np.isfinite(gradient).all() and (np.abs(gradient).max(axis=(1, 2, 3)) > 0).all()


def test_unknown_names_and_2d_points_are_errors():
    with pytest.raises(ValueError, match="color, translation, cutout, not blur"):
        DiffAugment(("color", "blur"))
    with pytest.raises(ValueError, match="for images, not for 2-D points"):
        DiffAugment()(np.zeros((4, 2), "float32"))


@pytest.mark.parametrize("shape", [(2000, 2), (20, 8, 8, 3)])
def test_instance_noise_has_its_standard_deviation_in_training_only(shape):
    inputs = np.full(shape, 0.5, "float32")
    noise = InstanceNoise(0.3, seed=0)
    added = keras.ops.convert_to_numpy(noise(inputs, training=True)) - inputs
    assert added.std() == pytest.approx(0.3, rel=0.05) and abs(added.mean()) < 0.03
    assert not np.allclose(noise(inputs, training=True) - inputs, added)
    np.testing.assert_array_equal(noise(inputs), inputs)


def test_both_are_saved_with_their_settings(tmp_path):
    inputs = keras.Input((8, 8, 1))
    x = DiffAugment(("cutout",), seed=4)(InstanceNoise(0.2, seed=3)(inputs))
    keras.Model(inputs, x).save(tmp_path / "m.keras")
    _, noise, augment = keras.saving.load_model(tmp_path / "m.keras").layers
    assert (noise.stddev, noise.seed) == (0.2, 3)
    assert (tuple(augment.policy), augment.seed) == (("cutout",), 4)
