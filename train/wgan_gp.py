"""WGAN-GP (Gulrajani et al., 2017): hardly ever fails or drops modes; slow."""

from train.common.entry import Entry

ENTRY = Entry("wgan_gp", "WGANGP", data="shapes", batch_size=64, epochs=50)

if __name__ == "__main__":
    ENTRY.main()
