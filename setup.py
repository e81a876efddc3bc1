"""Packaging: `pip install -e .[test]`."""

from setuptools import find_packages, setup

setup(
    name="keras_gans",
    version="0.1.0",
    description="A zoo of generative adversarial networks in Keras: one paper, one short file",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["keras_gans*", "train*", "export*"]),
    # Lower bounds are the versions that the tests ran with.
    install_requires=[
        "tensorflow>=2.21",
        "keras>=3.15",
        "tensorflow-datasets>=4.9.10",
        "importlib_resources>=7.1",  # TensorFlow Datasets imports it and does not declare it
        "tensorboard>=2.21",  # TensorFlow no longer brings it
        "numpy>=2.4",
        "pillow>=12",
        "ai-edge-litert>=2.3",  # runs the exported .tflite files
    ],
    extras_require={
        "test": ["pytest>=9", "ruff>=0.17", "mypy>=1.18"],
        "benchmark": ["torch>=2.13"],
    },
)
