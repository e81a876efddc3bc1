import numpy as np

from keras_gans.visualization import image_grid


def test_one_column_becomes_a_square_grid():
    images = np.stack([np.full((2, 2, 1), value, "float32") for value in (-1, 1, 0)])
    grid = image_grid({"samples": images})
    assert grid.shape == (4, 4, 3) and grid.dtype == np.uint8
    assert [grid[y, x, 0] for y, x in ((0, 0), (0, 2), (2, 0), (2, 2))] == [0, 255, 128, 255]


def test_several_columns_become_a_row_per_example_under_titles():
    a, b = (np.full((2, 64, 64, 3), value, "float32") for value in (-1.0, 0.0))
    grid = image_grid({"a": a, "a to b": b})
    header = grid.shape[0] - 2 * 64
    assert grid.shape[1] == 2 * 64 and header > 0
    assert grid[:header].min() < 64  # letters
    assert np.all(grid[header:, :64] == 0) and np.all(grid[header:, 64:] == 128)


def test_2d_points_become_a_scatter_plot():
    grid = image_grid({"samples": np.array([[-1.0, 1.0], [9.0, 9.0]])})
    (dark,) = np.argwhere(grid[..., 0] < 255)
    assert dark[0] < grid.shape[0] * 0.2 and dark[1] < grid.shape[1] * 0.2  # at the top left
