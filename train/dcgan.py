"""DCGAN (Radford et al., 2015): pictures from strided convolutions; quick, a good first choice."""

from train.common.entry import Entry

ENTRY = Entry("dcgan", "DCGAN", data="shapes", batch_size=128, epochs=50)

if __name__ == "__main__":
    ENTRY.main()
