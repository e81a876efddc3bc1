"""R3GAN (Huang et al., 2024): the modern baseline, here on plain networks."""

from train.common.entry import Entry

ENTRY = Entry(
    "r3gan", "R3GAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
