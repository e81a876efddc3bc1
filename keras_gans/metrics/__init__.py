"""Measures of a game: a `keras.metrics.Metric` each."""

from keras_gans.metrics.features import random_patches
from keras_gans.metrics.frechet import FrechetDistance
from keras_gans.metrics.mode_coverage import ModeCoverage
from keras_gans.metrics.term_means import TermMeans

__all__ = ["FrechetDistance", "ModeCoverage", "TermMeans", "random_patches"]
