"""WGAN (Arjovsky et al., 2017): a loss that means something, the distance; slow, for study."""

from train.common.entry import Entry

ENTRY = Entry(
    "wgan", "WGAN", data="shapes", batch_size=32, epochs=50, ema=0.995, learning_rate=2e-4
)

if __name__ == "__main__":
    ENTRY.main()
