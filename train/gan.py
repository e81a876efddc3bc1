"""GAN on multilayer perceptrons (Goodfellow et al., 2014): the first one, small and instructive."""

from train.common.entry import Entry

ENTRY = Entry("gan", "GAN", data="shapes", batch_size=64, epochs=50, ema=0.995, learning_rate=1e-3)

if __name__ == "__main__":
    ENTRY.main()
