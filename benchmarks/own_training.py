"""keras_gans, as one of the implementations that `benchmarks.train_step` compares."""

import time

import keras

from benchmarks.cases import Case
from benchmarks.timing import layers_of, timed_fit
from keras_gans import data, models
from train.common.precision import set_precision


class KerasGans:
    """keras_gans as `python -m train.<model>` uses it: its model, data stream and `fit`.

    Args:
        case: what to train.
        precision: "float32" or "bfloat16".
    """

    def __init__(self, case: Case, precision: str):
        keras.utils.set_random_seed(0)
        set_precision(precision)
        self.batch_size = case.batch_size
        self.model, self.dataset = _cyclegan(case) if case.name == "cyclegan" else _dcgan(case)
        make_optimizer = self.model.make_optimizer
        # With total_steps, because the schedule is a part of the training.
        self.model.compile(make_optimizer(total_steps=10**6), make_optimizer(total_steps=10**6))
        networks = self.model.generators | self.model.discriminators
        self.layers = {name: layers_of(network) for name, network in networks.items()}

    def train(self, steps: int) -> list[float]:
        """Train for one step more than `steps`; return the seconds of all but the first."""
        return timed_fit(self.model, self._stream(), steps)

    def pull(self, batches: int) -> float:
        """Return the seconds per batch of the data stream without training."""
        stream = iter(self._stream())
        next(stream)
        start = time.perf_counter()
        for _ in range(batches):
            next(stream)
        return (time.perf_counter() - start) / batches

    def _stream(self):
        return self.dataset.batches(self.batch_size, seed=0, start=int(self.model.steps))


def _cyclegan(case: Case):
    widths = {"filters": case.filters, "discriminator_filters": case.filters}
    model = models.CycleGAN.create(case.image_shape, **widths, blocks=case.blocks, seed=0)
    return model, data.load("stripes", "unpaired", image_size=case.image_shape[0], jitter=True)


def _dcgan(case: Case):
    side, _, channels = case.image_shape
    model = models.DCGAN.create(
        case.image_shape, latent_dim=case.latent_dim, filters=case.filters, r1=0.0, seed=0
    )
    return model, data.load("shapes", "images", image_size=side, channels=channels)
