"""Estimate the earth mover's distance of two Gaussians by a critic with a gradient penalty.

`python docs/scripts/earth_mover.py` prints the estimate and the exact distance, which is how far
apart the means are, as the Gaussians differ in nothing else.
"""

import keras

from keras_gans import losses
from keras_gans.networks import mlp
from keras_gans.networks.heads import logits_head
from keras_gans.penalties import GradientPenalty
from keras_gans.training.gradients import minimize
from keras_gans.training.random import SeedGenerator

APART, STD, STEPS, BATCH = 0.6, 0.1, 1500, 256


def main() -> None:
    """Train the critic, and print what it says."""
    keras.utils.set_random_seed(0)
    critic = logits_head(mlp.backbone((2,), filters=16), use_bias=False)
    optimizer = keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.9)
    optimizer.build(critic.trainable_variables)
    seeds = SeedGenerator(0)
    loss, penalty = losses.Wasserstein(), GradientPenalty(10.0)

    def samples(mean):
        return keras.random.normal((BATCH, 2), stddev=STD, seed=seeds) + keras.ops.array(
            [mean, 0.0]
        )

    for _ in range(STEPS):
        left, right = samples(0.0), samples(APART)
        minimize(
            lambda left=left, right=right: {
                "adversarial": loss.discriminator(critic(right), critic(left)),
                "gradient_penalty": penalty(critic, right, left, seeds),
            },
            optimizer,
            critic.trainable_variables,
        )
    estimates = [
        float(-loss.discriminator(critic(samples(APART)), critic(samples(0.0)))) for _ in range(20)
    ]
    print(f"by a critic: {sum(estimates) / len(estimates):.3f}, exactly: {APART:.3f}")


if __name__ == "__main__":
    main()
