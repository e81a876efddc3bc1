"""Translating images that are too large for memory, tile by tile.

An instance normalization takes its mean and its variance from the whole image. Tiles that are
translated one by one have means of their own, and so another color each. Here all tiles pass one
stage of the network before any passes the next one: by then the statistics of all pixels are known.
What later stages need waits in files. A tile is computed with the pixels around it on which it
depends. So the result is that of the whole image, up to rounding.
"""

from keras_gans.tiling.features import TooLargeError
from keras_gans.tiling.stages import NotLocalError
from keras_gans.tiling.translator import TiledTranslator

__all__ = ["NotLocalError", "TiledTranslator", "TooLargeError"]
