"""From what generators make to what picture files hold, and back."""

import numpy as np


def to_pixels(images: np.ndarray) -> np.ndarray:
    """Return images in [-1, 1], of any shape, as uint8; what lies outside is clipped."""
    return np.clip(np.round((images.astype("float32") + 1.0) * 127.5), 0, 255).astype("uint8")


def from_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 pictures, of any shape, as float32 in [-1, 1]."""
    return pixels / np.float32(127.5) - np.float32(1.0)
