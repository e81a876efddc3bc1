import numpy as np
import pytest

from keras_gans.latents import arithmetic, interpolate


def normal(count, length, seed=0):
    return np.random.default_rng(seed).standard_normal((count, length), "float32")


def test_a_right_angle_by_hand():
    latents = interpolate(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 3)
    np.testing.assert_allclose(latents, [[2, 0], [2**0.5, 2**0.5], [0, 2]], atol=1e-12)
    latents = interpolate(np.array([1.0, 0.0]), np.array([0.0, 3.0]), 3)
    np.testing.assert_allclose(
        latents[1], [2**0.5, 2**0.5]
    )  # half the angle, half the change of length


def test_it_is_the_papers_formula_for_equal_lengths():
    start, end = normal(2, 5).astype("float64")
    end *= np.linalg.norm(start) / np.linalg.norm(end)
    angle = np.arccos(start @ end / (start @ start))
    t = np.linspace(0, 1, 7)[:, None]
    expected = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)
    np.testing.assert_allclose(interpolate(start, end, 7), expected, atol=1e-12)


def test_the_ends_are_exact_and_lengths_are_those_of_normal_latents():
    start, end = normal(2, 100)
    latents = interpolate(start, end, 9)
    assert latents.shape == (9, 100) and latents.dtype == np.float32
    np.testing.assert_array_equal(latents[[0, -1]], [start, end])
    lengths = np.linalg.norm(latents, axis=1)
    assert np.all(np.abs(np.diff(lengths, n=2)) < 1e-5)
    assert np.linalg.norm((start + end) / 2) < 0.8 * lengths.min()  # of a straight line


def test_angles_are_equal():
    latents = interpolate(*normal(2, 100), 9)
    directions = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    cosines = np.sum(directions[1:] * directions[:-1], axis=1)
    np.testing.assert_allclose(cosines, cosines[0], atol=1e-5)


@pytest.mark.parametrize("length", [2, 100])
@pytest.mark.parametrize("stretch", [1.0, 2.5])
def test_equal_directions_change_only_the_length(length, stretch):
    (start,) = normal(1, length)
    latents = interpolate(start, stretch * start, 5)
    np.testing.assert_allclose(latents, np.linspace(1, stretch, 5)[:, None] * start, rtol=1e-5)


@pytest.mark.parametrize("length", [2, 100])
def test_the_way_to_the_opposite_latent_is_around_the_origin(length):
    (start,) = normal(1, length)
    latents = interpolate(start, -start, 5)
    np.testing.assert_array_equal(latents[[0, -1]], [start, -start])
    np.testing.assert_allclose(np.linalg.norm(latents, axis=1), np.linalg.norm(start), rtol=1e-5)
    assert abs(latents[2] @ start) < 1e-4 * (start @ start)


def test_in_one_dimension_interpolation_is_finite():
    latents = interpolate(np.array([1.0]), np.array([-3.0]), 3)
    assert np.all(np.isfinite(latents)) and latents[0] == 1.0 and latents[-1] == -3.0


def test_too_few_latents_and_zero_latents_are_errors():
    start, end = normal(2, 4)
    with pytest.raises(ValueError, match="2 or more.*not 1"):
        interpolate(start, end, 1)
    with pytest.raises(ValueError, match="no direction"):
        interpolate(start, 0 * end, 3)


def test_arithmetic_by_hand():
    a, b, c = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 1]]), np.array([[0.0, 9], [0, 0]])
    np.testing.assert_allclose(arithmetic(a, b, c), [1.0, 6.5])
