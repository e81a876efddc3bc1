"""Translation in tiles: the image that the network makes of the whole one."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from export.common.generator import clone_with_dtype
from keras_gans.layers import InstanceNormalization
from keras_gans.networks import resnet_translator, subpixel_translator, unet
from keras_gans.pixels import from_pixels, to_pixels
from keras_gans.tiling import NotLocalError, TiledTranslator, TooLargeError
from keras_gans.tiling.stages import split

ROOT = Path(__file__).parents[1]
NETWORKS = {
    "resnet": lambda: resnet_translator.translator((32, 32, 3), filters=4, blocks=2),
    "mobile": lambda: resnet_translator.mobile((32, 32, 3), filters=4, blocks=1),
    "subpixel": lambda: subpixel_translator.translator((32, 32, 3), filters=4, blocks=2),
    "unet": lambda: unet.translator((32, 32, 3), filters=2, channels=1),
}


def trained(network, seed=0):
    """For images of any size, with weights that make images with contrast."""
    network = clone_with_dtype(network, "float32")
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if isinstance(layer, InstanceNormalization):
            layer.gamma.assign(rng.uniform(0.5, 1.5, layer.gamma.shape))
            layer.beta.assign(rng.uniform(-0.5, 0.5, layer.beta.shape))
        else:
            layer.set_weights([rng.normal(0, 0.1, x.shape) for x in layer.get_weights()])
    return network


def photo(height, width, channels=3):
    """Dark on the left, bright on the right, with noise: each tile has statistics of its own."""
    rng = np.random.default_rng(1)
    ramp = np.linspace(20, 220, width)[None, :, None]
    noise = rng.normal(0, 20, (height, width, channels))
    return np.clip(ramp + noise, 0, 255).astype("uint8")


def whole(network, pixels):
    return to_pixels(np.asarray(network(from_pixels(pixels)[None])))[0]


def difference(a, b):
    return np.abs(a.astype(int) - b)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("tile", [32, 64, 200])
def test_tiles_make_the_image_of_the_whole(name, tile, tmp_path):
    network = trained(NETWORKS[name]())
    pixels = photo(96, 160)
    expected = whole(network, pixels)
    assert expected.std() > 20
    made = TiledTranslator(network, tile).translate(pixels, tmp_path)
    error = difference(made, expected)
    assert error.max() <= 1 and error.mean() < 0.1
    # At the edges of tiles as everywhere: nothing shows where they are.
    seams = error[:, [*range(tile - 2, 160, tile), *range(tile, 160, tile)]]
    assert tile == 200 or seams.mean() < 0.1
    assert list(tmp_path.iterdir()) == []


def test_tiles_translated_one_by_one_have_other_colors(tmp_path):
    """The difference that the statistics of the whole image take away."""
    network, pixels = trained(NETWORKS["resnet"]()), photo(96, 160)
    alone = np.concatenate([whole(network, pixels[:, x : x + 32]) for x in range(0, 160, 32)], 1)
    assert difference(alone, whole(network, pixels)).mean() > 5


@pytest.mark.parametrize("height, width", [(5, 9), (37, 70), (16, 131)])
def test_images_of_any_size(height, width, tmp_path):
    """They are mirrored at their edges up to sides that the network takes, as whole ones are."""
    network, pixels = trained(NETWORKS["resnet"]()), photo(height, width)
    rows, columns = (np.arange(max(16, -(-side // 4) * 4)) for side in (height, width))
    rows, columns = (
        np.minimum(x % (2 * side), 2 * side - 1 - x % (2 * side))
        for x, side in ((rows, height), (columns, width))
    )
    expected = whole(network, pixels[rows][:, columns])[:height, :width]
    made = TiledTranslator(network, 16).translate(pixels, tmp_path)
    assert made.shape == pixels.shape and difference(made, expected).max() <= 1


PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from benchmarks.process_memory import memory
from export.common.generator import clone_with_dtype
from keras_gans.networks import resnet_translator
from keras_gans.tiling import TiledTranslator

network = clone_with_dtype(
    resnet_translator.translator((32, 32, 3), filters=16, blocks=1), "float32"
)
translator = TiledTranslator(network, 128)
rng, folder = np.random.default_rng(0), Path(sys.argv[1])
small, large = (rng.integers(0, 256, (side, side, 3), dtype=np.uint8) for side in (300, 1200))
translator.translate(small, folder)
before = memory("VmHWM")
translator.translate(large, folder)
print(memory("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux says the peak memory")
def test_memory_grows_with_the_tile_and_not_with_the_image(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # One tensor of the whole image's features would take 1200 * 1200 * 16 * 4 bytes: 92 MB.
    assert int(done.stdout) < 30e6


def test_every_tile_is_reported(tmp_path):
    translator = TiledTranslator(trained(NETWORKS["resnet"]()), 30)
    assert translator.tile == 32  # of multiples of 4
    calls = []
    translator.translate(photo(64, 65), tmp_path, lambda: calls.append(None))
    # 2 x 3 tiles; 9 normalizations: 1 before, 2 down, 2 for each of 2 blocks, 2 up.
    assert len(calls) == translator.num_tiles(64, 65) == 6 * 10


def test_what_waits_on_disk():
    translator = TiledTranslator(NETWORKS["resnet"](), 32)
    # Before the last normalization: 8 channels at half the size in, 4 at the full size out.
    assert translator.disk_bytes(64, 64) == 2 * (32 * 32 * 8 + 64 * 64 * 4)


def test_a_stage_depends_on_no_more_pixels_than_it_says():
    network = trained(NETWORKS["unet"]())
    reaches = [stage.reach for stage in split(network)]
    # A 4x4 convolution with stride 2 takes up to 3 pixels of its input on one side.
    assert reaches[0] >= 3 and max(reaches) < 32 * 8
    resnet = [(stage.reach, stage.unit) for stage in split(NETWORKS["resnet"]())]
    assert resnet[0][1] == 1 and resnet[0][0] >= 3  # 7x7
    assert resnet[3][1] == 4 and 4 <= resnet[3][0] <= 8  # 3x3 at a quarter of the size


def test_a_network_without_normalization_is_one_stage(tmp_path):
    image = keras.Input((None, None, 3))
    x = image
    for _ in range(3):
        x = layers.Conv2D(3, 5, padding="same", activation="tanh")(x)
    network, pixels = trained(keras.Model(image, x)), photo(40, 70)
    translator = TiledTranslator(network, 20)
    assert len(translator.stages) == 1 and translator.disk_bytes(40, 70) == 0
    made = translator.translate(pixels, tmp_path)
    assert difference(made, whole(network, pixels)).max() <= 1


@pytest.mark.parametrize(
    "layer, words",
    [
        (layers.GlobalAveragePooling2D(keepdims=True, name="x"), "x .GlobalAveragePooling2D. is"),
        (layers.GroupNormalization(1, name="x"), "x .GroupNormalization. is not known"),
        (layers.Conv2D(3, 1, strides=2, padding="valid", name="x"), "x .Conv2D. is not known"),
        (layers.UpSampling2D((2, 1), name="x"), "x treats height and width differently"),
    ],
)
def test_layers_that_may_see_the_whole_image_are_refused(layer, words):
    image = keras.Input((None, None, 3))
    x = layer(layers.Conv2D(3, 3, padding="same")(image))
    with pytest.raises(NotLocalError, match=words):
        TiledTranslator(keras.Model(image, layers.ReLU()(x)), 64)


def test_a_layer_that_is_used_twice_is_refused():
    image, relu = keras.Input((None, None, 3)), layers.ReLU()
    x = relu(layers.Conv2D(3, 3, padding="same")(image))
    x = layers.Conv2D(3, 3, padding="same", name="x")(relu(layers.Rescaling(2.0)(x)))
    with pytest.raises(NotLocalError, match="before its layer x is used more than once"):
        TiledTranslator(keras.Model(image, x), 64)


def test_values_that_do_not_fit_are_an_error_and_no_black_image(tmp_path):
    image = keras.Input((None, None, 3))
    x = layers.Rescaling(1e6)(layers.Conv2D(3, 3, padding="same")(image))
    network = keras.Model(image, InstanceNormalization()(x))
    with pytest.raises(TooLargeError, match="65,504"):
        TiledTranslator(network, 32).translate(photo(64, 64), tmp_path)


def test_a_network_that_makes_smaller_images_is_refused():
    image = keras.Input((None, None, 3))
    with pytest.raises(NotLocalError, match="its images are not as large as its inputs"):
        TiledTranslator(keras.Model(image, layers.Conv2D(3, 3)(image)), 64)
