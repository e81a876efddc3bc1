import contextlib
import os
from dataclasses import dataclass

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_GANS_CACHE"] = "none"  # no test writes to the user's folder

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gans.models import (
    ACGAN,
    CGAN,
    CUT,
    DCGAN,
    GAN,
    LSGAN,
    R3GAN,
    SNGAN,
    WGAN,
    WGANGP,
    CycleGAN,
    DistilledPix2Pix,
    DistilledTranslator,
    FastGAN,
    InfoGAN,
    Pix2Pix,
)
from keras_gans.training.teacher import Teacher

# Two devices on one CPU, for the tests of tf.distribute. TensorFlow must not have started yet.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@dataclass(frozen=True)
class Variant:
    """A small model of each class, for the tests that all models pass."""

    model: type
    image_shape: tuple[int, ...]
    hyperparameters: dict
    domains: int = 1
    classes: int | None = None

    def create(self, *, optimizer=None, run_eagerly=True, jit_compile=False, **hyperparameters):
        """Create and compile the model; eager, since tracing takes longer than a few small steps.

        Args:
            optimizer: from "generator" or "discriminator" to an optimizer.
        """
        keras.utils.set_random_seed(1)
        model = self.model.create(
            self.image_shape,
            classes=self.classes,
            seed=3,
            **self.hyperparameters,
            **hyperparameters,
        )
        make = optimizer or (lambda network: model.make_optimizer(1e-3))
        model.compile(
            make("generator"),
            make("discriminator"),
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
        )
        return model

    def batch(self, count=4, seed=0):
        """Return a batch of noise."""
        rng = np.random.default_rng(seed)
        shape = (count, *self.image_shape)
        arrays = [rng.uniform(-1, 1, shape).astype("float32") for _ in range(self.domains)]
        if self.classes:
            arrays.append(rng.integers(0, self.classes, count).astype("int32"))
        return tuple(arrays) if len(arrays) > 1 else arrays[0]

    def fit(self, model, steps=1, seed=0, count=4):
        """Train for an epoch of some steps; return the history."""
        batches = [self.batch(count, seed + step) for step in range(steps)]
        data = tf.data.Dataset.from_generator(
            lambda: iter(batches), output_signature=keras.tree.map_structure(_spec, batches[0])
        )
        return model.fit(data, steps_per_epoch=steps, shuffle=False, verbose=0).history


@dataclass(frozen=True)
class StudentVariant(Variant):
    """A variant that learns from another variant's model."""

    teacher: str = ""

    def create(self, **arguments):
        """Create and compile the model, with a new teacher that always has the same weights."""
        return super().create(teacher=self.make_teacher(), **arguments)

    def fit(self, model, *arguments, **settings):
        """Train, with the teacher that a model that was loaded does not have."""
        model.teacher = model.teacher or self.make_teacher()
        return super().fit(model, *arguments, **settings)

    def make_teacher(self):
        """Return the teacher."""
        model = VARIANTS[self.teacher].create()
        return Teacher.of(model, (0, 1), model.discriminators)


def _spec(array):
    return tf.TensorSpec(array.shape, array.dtype)


SMALL = {"latent_dim": 6, "filters": 4}
OPTIONS = {"r1": 1.0, "augment": True, "instance_noise": 0.1, "label_smoothing": 0.1}
# Low precision draws other augmentations. Logits of so many filters exceed the hinge's margins,
# within which the bias of the last layer has no gradient.
SMALL_FASTGAN = {"latent_dim": 6, "filters": 6, "augment": False}
SMALL_CYCLEGAN = {"filters": 4, "blocks": 1, "discriminator_filters": 4, "pool_size": 8}
SMALL_CUT = {"filters": 4, "blocks": 1, "discriminator_filters": 4, "patches": 16}
# A hundredth of the default weight: gradients in float16 are finite after fewer steps, and another
# order of sums changes little where it changes the sign of a difference of features.
SMALL_STUDENT = {"filters": 2, "blocks": 2, "discriminator_feature_weight": 0.1}
VARIANTS = {
    "gan": Variant(GAN, (8, 8, 1), {"latent_dim": 6}),
    "gan-points": Variant(GAN, (2,), {"latent_dim": 6}),
    "dcgan": Variant(DCGAN, (16, 16, 3), SMALL),
    "dcgan-options": Variant(DCGAN, (8, 8, 3), SMALL | OPTIONS),
    "lsgan": Variant(LSGAN, (8, 8, 1), SMALL),
    "wgan": Variant(WGAN, (8, 8, 1), SMALL | {"discriminator_steps": 2}),
    "wgan_gp": Variant(WGANGP, (8, 8, 1), SMALL | {"discriminator_steps": 2}),
    "cgan": Variant(CGAN, (8, 8, 1), SMALL, classes=3),
    "acgan": Variant(ACGAN, (8, 8, 1), SMALL, classes=3),
    "infogan": Variant(InfoGAN, (8, 8, 1), SMALL | {"categories": 3}),
    "sngan": Variant(SNGAN, (8, 8, 1), SMALL, classes=3),
    "sngan-normalization": Variant(
        SNGAN, (8, 8, 1), SMALL | {"conditioning": "normalization"}, classes=3
    ),
    "r3gan": Variant(R3GAN, (8, 8, 1), SMALL),
    "fastgan": Variant(FastGAN, (16, 16, 3), SMALL_FASTGAN),
    "cyclegan": Variant(CycleGAN, (24, 24, 3), SMALL_CYCLEGAN, domains=2),
    "cut": Variant(CUT, (24, 24, 3), SMALL_CUT, domains=2),
    "cut-fast": Variant(CUT, (24, 24, 3), SMALL_CUT | {"fast": True}, domains=2),
    "pix2pix": Variant(Pix2Pix, (32, 32, 3), {"filters": 4, "discriminator_filters": 4}, domains=2),
    "distill": StudentVariant(
        DistilledTranslator, (24, 24, 3), SMALL_STUDENT, domains=2, teacher="cyclegan"
    ),
    "distill-pix2pix": StudentVariant(
        DistilledPix2Pix, (32, 32, 3), SMALL_STUDENT, domains=2, teacher="pix2pix"
    ),
}


@pytest.fixture(params=VARIANTS)
def variant(request):
    """Each of the variants."""
    return VARIANTS[request.param]


@pytest.fixture
def variants():
    return VARIANTS


class Given:
    """A stand-in for a model, whose generator returns given images in their order.

    Attributes:
        asked: the number of images of each call.
        labels: the labels of all calls; empty if there were none.
    """

    generator_domains = {"generator": (None, 0)}
    classes = None
    distribute_strategy = tf.distribute.get_strategy()

    def __init__(self, images):
        self.images = images
        self.generator = self
        self.input = keras.Input((), name="which")

    @contextlib.contextmanager
    def averaged(self):
        self.asked, self.labels = [], []
        yield

    def sampling_inputs(self, count, seed, labels=None):
        begin = sum(self.asked)
        self.asked.append(count)
        self.labels += [] if labels is None else list(labels)
        return {"which": np.arange(begin, begin + count)}

    def predict_on_batch(self, which):
        return self.images[which]


@pytest.fixture(scope="session")
def given():
    return Given


@pytest.fixture(autouse=True)
def _float32():
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="session")
def real_data():
    folder = os.environ.get("KERAS_GANS_TEST_DATA")
    if not folder:
        pytest.skip("needs real data: KERAS_GANS_TEST_DATA is not set")
    return os.path.abspath(folder)
