"""CycleGAN (Zhu et al., 2017): translates between two folders of pictures that are not paired."""

from train.common.entry import Entry

ENTRY = Entry("cyclegan", "CycleGAN", data="stripes", batch_size=1, epochs=200, jitter=True)

if __name__ == "__main__":
    ENTRY.main()
