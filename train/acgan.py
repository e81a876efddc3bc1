"""ACGAN (Odena et al., 2016): pictures by label that a classifier is sure of, less varied."""

from train.common.entry import Entry

ENTRY = Entry(
    "acgan", "ACGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
