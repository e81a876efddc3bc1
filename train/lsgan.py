"""LSGAN (Mao et al., 2017): least squares instead of cross-entropy in DCGAN's game."""

from train.common.entry import Entry

ENTRY = Entry(
    "lsgan", "LSGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
