"""From images in [-1, 1] to 8-bit pixels, and back."""

import numpy as np


def to_pixels(images: np.ndarray) -> np.ndarray:
    """Convert images in [-1, 1], of any shape, to uint8. Values outside are clipped."""
    return np.clip(np.round((images.astype("float32") + 1.0) * 127.5), 0, 255).astype("uint8")


def from_pixels(pixels: np.ndarray) -> np.ndarray:
    """Convert uint8 images, of any shape, to float32 in [-1, 1]."""
    return pixels / np.float32(127.5) - np.float32(1.0)
