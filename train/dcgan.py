"""DCGAN (Radford et al., 2015): pictures from strided convolutions; quick."""

from train.common.entry import Entry

ENTRY = Entry(
    "dcgan", "DCGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
