"""InfoGAN (Chen et al., 2016): finds classes and directions in pictures without labels."""

from train.common.entry import Entry

ENTRY = Entry(
    "infogan", "InfoGAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3
)

if __name__ == "__main__":
    ENTRY.main()
