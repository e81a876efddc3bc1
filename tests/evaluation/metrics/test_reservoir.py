"""Samples are uniform, whatever the batches were and wherever they were drawn."""

import numpy as np
import pytest

from keras_gans.evaluation.metrics.reservoir import Reservoir


def numbers(start, stop):
    return np.arange(start, stop, dtype="float32")[:, None]


def kept(reservoir):
    return np.asarray(reservoir.result())[:, 0]


def test_all_rows_are_kept_up_to_its_capacity():
    reservoir = Reservoir(1, capacity=10)
    assert kept(reservoir).size == 0
    for part in ((0, 3), (3, 3), (3, 10)):
        reservoir.update_state(numbers(*part))
    assert sorted(kept(reservoir)) == list(range(10))
    assert list(kept(reservoir)) != list(range(10))  # in random order


@pytest.mark.parametrize("batches", [[400], [7, 193, 1, 150, 49]])
@pytest.mark.parametrize("merged", [False, True])
def test_every_row_is_kept_equally_often(batches, merged):
    hits = np.zeros(400)
    for seed in range(60):
        reservoirs = [Reservoir(1, 100, seed=2 * seed + n) for n in range(1 + merged)]
        for n, stop in enumerate(np.cumsum(batches)):
            reservoirs[n % len(reservoirs)].update_state(numbers(stop - batches[n], stop))
        reservoirs[0].merge_state(reservoirs[1:])
        assert len(kept(reservoirs[0])) == len(set(kept(reservoirs[0]))) == 100
        hits[kept(reservoirs[0]).astype(int)] += 1
    # Of each row's 60 draws with a chance of a quarter, 15 are hits: in every tenth of the stream
    # of 40 rows, 600 with a standard deviation of 21, and over all rows a variance of 11.25.
    assert hits.reshape(10, 40).sum(axis=1) == pytest.approx(600, abs=85)
    assert hits.var() == pytest.approx(11.25, rel=0.3)


def test_merged_reservoirs_keep_the_smallest_keys_of_both():
    first, second = Reservoir(1, 50, seed=1), Reservoir(1, 50, seed=2)
    first.update_state(numbers(0, 80))
    second.update_state(numbers(80, 200))
    keys = np.concatenate([first.keys.numpy(), second.keys.numpy()])
    rows = np.concatenate([kept(first), kept(second)])
    first.merge_state([second])
    np.testing.assert_array_equal(kept(first), rows[np.argsort(keys)[:50]])
    assert len(kept(second)) == 50


def test_the_seed_decides_what_is_kept():
    samples = []
    for seed in (1, 1, 2):
        reservoir = Reservoir(1, 5, seed=seed)
        reservoir.update_state(numbers(0, 100))
        samples.append(set(kept(reservoir)))
    assert samples[0] == samples[1] != samples[2]
