"""Plot the gradient of both generator losses while one discriminator gets better.

`python docs/scripts/generator_gradients.py` writes docs/images/course-gradients.png. The generator
stays as it begins; the discriminator is trained on `ring`. After [Goodfellow et al., 2014, section
3](https://arxiv.org/abs/1406.2661) and [Arjovsky and Bottou, 2017](https://arxiv.org/abs/1701.04862).
"""

from pathlib import Path

import keras
import matplotlib
import tensorflow as tf

from keras_gans import data, losses
from keras_gans.models import GAN

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  after the choice of its backend

STEPS, EVERY = 300, 10
LOSSES = {"minimax": losses.Minimax(), "non-saturating": losses.NonSaturating()}


def gradient_norm(model: GAN, loss: losses.AdversarialLoss, latents) -> float:
    """Return the norm of a loss's gradient with respect to all weights of the generator."""
    with tf.GradientTape() as tape:
        value = loss.generator(model.discriminate(model.generator(latents, training=True)))
    weights = [variable.value for variable in model.generator_variables]
    return float(tf.linalg.global_norm(tape.gradient(value, weights)))


def main() -> None:
    """Train the discriminator, and plot."""
    keras.utils.set_random_seed(0)
    ring = data.load("ring", "images")
    model = GAN.create(ring.image_shape, seed=0)
    model.compile(model.make_optimizer(), model.make_optimizer(1e-3))
    latents = model.sample_latents(512)
    norms: dict[str, list[float]] = {name: [] for name in LOSSES}
    for step, batch in enumerate(ring.batches(256, seed=0).take(STEPS)):
        if step % EVERY == 0:
            for name, loss in LOSSES.items():
                norms[name].append(gradient_norm(model, loss, latents))
        model.discriminator_step(batch)
    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    for name, values in norms.items():
        axes.semilogy(range(0, STEPS, EVERY), values, label=name)
    axes.set_xlabel("discriminator updates, generator unchanged")
    axes.set_ylabel("gradient norm of the generator")
    axes.legend()
    figure.tight_layout()
    figure.savefig(Path(__file__).parents[1] / "images" / "course-gradients.png", dpi=100)
    for name, values in norms.items():
        print(f"{name}: {values[0]:.3g} at first, {values[-1]:.3g} after {STEPS} updates")


if __name__ == "__main__":
    main()
