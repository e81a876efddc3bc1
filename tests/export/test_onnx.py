"""What a conversion to ONNX takes."""

import gc

import keras
import numpy as np
from tf2onnx.graph import Graph
from tf2onnx.optimizer.optimizer_base import GraphOptimizerBase

from export import onnx
from export.common.generator import Generator
from keras_gans.networks import unet


def test_few_copies_of_the_weights_are_in_memory_at_once(tmp_path, monkeypatch):
    network = unet.translator((32, 32, 3), filters=2)
    images = {"images": np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")}
    copies = []
    optimize = GraphOptimizerBase.optimize

    def count_and_optimize(self, graph, iteration):
        copies.append(sum(type(each) is Graph for each in gc.get_objects()))
        return optimize(self, graph, iteration)

    monkeypatch.setattr(GraphOptimizerBase, "optimize", count_and_optimize)
    thresholds = gc.get_threshold()
    file = tmp_path / "generator.onnx"
    onnx.convert(network, Generator("generator", network, images, images), file)
    assert len(copies) >= 24  # before each of them, tf2onnx copies the graph
    assert max(copies) <= 8  # 18 if Python collects garbage as usual
    assert gc.get_threshold() == thresholds and gc.get_freeze_count() == 0
    made = onnx.load_runner(file, 1)(images)
    expected = keras.ops.convert_to_numpy(network(images["images"]))
    np.testing.assert_allclose(made, expected, atol=1e-5)
