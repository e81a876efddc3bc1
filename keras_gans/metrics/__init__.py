"""Measures of a game: a `keras.metrics.Metric` each."""

from keras_gans.metrics.authenticity import Authenticity
from keras_gans.metrics.density_coverage import DensityCoverage
from keras_gans.metrics.diversity import Diversity
from keras_gans.metrics.features import random_patches
from keras_gans.metrics.frechet import FrechetDistance
from keras_gans.metrics.intra_class import IntraClassFrechet
from keras_gans.metrics.kernel_distance import KernelDistance
from keras_gans.metrics.label_shares import LabelShares
from keras_gans.metrics.mode_coverage import ModeCoverage
from keras_gans.metrics.precision_recall import PrecisionRecall
from keras_gans.metrics.term_means import TermMeans

__all__ = [
    "Authenticity",
    "DensityCoverage",
    "Diversity",
    "FrechetDistance",
    "IntraClassFrechet",
    "KernelDistance",
    "LabelShares",
    "ModeCoverage",
    "PrecisionRecall",
    "TermMeans",
    "random_patches",
]
