"""Pix2Pix (Isola et al., 2016): translates pictures as pairs of before and after show it."""

from train.common.entry import Entry

ENTRY = Entry("pix2pix", "Pix2Pix", data="outlines", batch_size=1, epochs=200, jitter=True)

if __name__ == "__main__":
    ENTRY.main()
