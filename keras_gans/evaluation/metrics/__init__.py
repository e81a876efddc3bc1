"""Metrics of generated images, each a `keras.metrics.Metric`."""

from keras_gans.evaluation.metrics.authenticity import Authenticity
from keras_gans.evaluation.metrics.class_coverage import ClassCoverage
from keras_gans.evaluation.metrics.density_coverage import DensityCoverage
from keras_gans.evaluation.metrics.diversity import Diversity
from keras_gans.evaluation.metrics.frechet import FrechetDistance
from keras_gans.evaluation.metrics.image_pairs import (
    perceptual_distance,
    psnr,
    ssim,
    structure_distance,
)
from keras_gans.evaluation.metrics.intra_class import IntraClassFrechet
from keras_gans.evaluation.metrics.kernel_distance import KernelDistance
from keras_gans.evaluation.metrics.mode_coverage import ModeCoverage
from keras_gans.evaluation.metrics.precision_recall import PrecisionRecall
from keras_gans.evaluation.metrics.target_share import TargetShare

__all__ = [
    "Authenticity",
    "ClassCoverage",
    "DensityCoverage",
    "Diversity",
    "FrechetDistance",
    "IntraClassFrechet",
    "KernelDistance",
    "ModeCoverage",
    "PrecisionRecall",
    "TargetShare",
    "perceptual_distance",
    "psnr",
    "ssim",
    "structure_distance",
]
