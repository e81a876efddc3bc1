"""Measures of a game in progress: a `keras.metrics.Metric` each."""

from keras_gans.metrics.mode_coverage import ModeCoverage
from keras_gans.metrics.term_means import TermMeans

__all__ = ["ModeCoverage", "TermMeans"]
