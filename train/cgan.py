"""Conditional GAN (Mirza and Osindero, 2014): pictures by label, the simplest way."""

from train.common.entry import Entry

ENTRY = Entry(
    "cgan", "CGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
