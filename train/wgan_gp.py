"""WGAN-GP (Gulrajani et al., 2017): steady; take it if in doubt."""

from train.common.entry import Entry

ENTRY = Entry(
    "wgan_gp", "WGANGP", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=5e-4
)

if __name__ == "__main__":
    ENTRY.main()
