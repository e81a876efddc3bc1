"""Packaging: `pip install -e .[test]`."""

from setuptools import find_packages, setup

ONNX = ["tf2onnx>=1.17", "onnxruntime>=1.31"]

setup(
    name="keras_gans",
    version="0.1.0",
    description="A zoo of generative adversarial networks in Keras: one paper, one short file",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["keras_gans*", "train*", "export*"]),
    package_data={
        "keras_gans": ["metrics/digits.keras"],
        "export": ["web_page/*", "web_page/litert/*"],
    },
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
        "tensorflow-serving-api>=2.21",  # the requests that warm a server up
    ],
    extras_require={
        "onnx": ONNX,
        "test": [
            "pytest>=9",
            "pytest-xdist>=3.8",
            "ruff>=0.17",
            "mypy>=1.18",
            "scipy>=1.17",  # an independent Frechet distance
            "scikit-learn>=1.9",  # an independent kernel
            "prdc>=0.2",  # independent precision, recall, density and coverage
            "playwright>=1.65",  # drives the exported web page; the browser is the system's
            *ONNX,
        ],
        "benchmark": ["torch>=2.13"],
    },
)
