"""SNGAN (Miyato et al., 2018): steady; the choice where pictures have labels."""

from train.common.entry import Entry

ENTRY = Entry(
    "sngan", "SNGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
