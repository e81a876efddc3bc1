"""A classifier of the two domains of an unpaired data set."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from keras_gans.evaluation.features import FeatureExtractor, FeaturesError, load_extractor

BATCH = 64  # images that it looks at at once


class DomainClassifier:
    """Tells which of two domains an image is of.

    Args:
        extractor: a network with two classes: the first and the second domain.
        direction: "b_to_a" if the domains of the data have changed places since it was trained.

    Raises:
        FeaturesError: the network does not have two classes.
    """

    def __init__(self, extractor: FeatureExtractor, direction: str = "a_to_b"):
        if extractor.classes != 2:
            found = "none" if extractor.classes is None else extractor.classes
            raise FeaturesError(f"{extractor.name} has not two classes, the domains, but {found}")
        self.fingerprint = extractor.fingerprint
        self._extractor, self._swapped = extractor, direction == "b_to_a"

    def takes_for(self, images: Any, domain: int) -> np.ndarray:
        """Return which of some images (n, h, w, c) in [-1, 1] it takes for domain 0 or 1."""
        taken = [np.zeros(0, bool)]
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            # As data sets resize them: a softer filter is enough to make stripes fainter.
            predicted = self._extractor.extract(batch, interpolation="bicubic").predicted
            taken.append(np.equal(np.asarray(predicted), 1 - domain if self._swapped else domain))
        return np.concatenate(taken)


def load_domain_classifier(
    file: str | os.PathLike, channels: int, direction: str = "a_to_b"
) -> DomainClassifier:
    """Open a classifier from a file. No code in a `.keras` file is executed.

    Args:
        file: a `.keras` file or the directory of a SavedModel, as for `load_extractor`, of a
            network of images to features and two logits.
        channels: of the images.
        direction: see `DomainClassifier`.

    Raises:
        FeaturesError: it is no such file.
    """
    if not Path(file).exists():
        raise FeaturesError(f"there is no file {os.fspath(file)!r} of a classifier of two domains")
    return DomainClassifier(load_extractor(file, channels), direction)
