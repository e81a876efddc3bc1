"""The exported pages of all kinds of runs, on a server, and a browser that visits them."""

import functools
import http.server
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

import train.infogan
from export import web
from export.common import litert_js
from export.common.trained_run import TrainedRun
from keras_gans.files import cache_folder
from keras_gans.pixels import to_pixels
from train.common.command import main

KINDS = ("gan", "cgan", "cyclegan", "pix2pix")
TOLERANCE = 1  # of 255: the browser's kernels sum in another order
REAL_GENERATORS = TrainedRun.generators
CHROMIUM = shutil.which("chromium")
PACKAGE = cache_folder() / litert_js.NAME


# imageFile(name, color) makes a file. One that is called slow.png is decoded after release().
SLOW_FILES = """{
    const decode = createImageBitmap;
    const released = new Promise((resolve) => (window.release = resolve));
    window.decoded = [];
    window.createImageBitmap = async (file) => {
        if (file.name === "slow.png") await released;
        const image = await decode(file);
        if (file.name) decoded.push(image);
        return image;
    };
    window.imageFile = async (name, color) => {
        const canvas = new OffscreenCanvas(32, 32);
        const context = canvas.getContext("2d");
        context.fillStyle = color;
        context.fillRect(0, 0, 32, 32);
        return new File([await canvas.convertToBlob()], name);
    };
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def contrasted(run):
    """Give a run's generators the contrast of trained ones: after two steps all is gray."""
    for generator in REAL_GENERATORS(run):
        weights = generator.network.get_weights()
        last = max(index for index, weight in enumerate(weights) if weight.ndim > 1)
        weights[last] *= 0.5 / generator.predict_on_batch(generator.examples).std()
        generator.network.set_weights(weights)
        yield generator


def train_infogan(folder):
    flags = "--data shapes --image-size 8 --latent-dim 4 --filters 4 --epochs 1 --steps-per-epoch 2"
    with pytest.raises(SystemExit) as stop:
        main(train.infogan.RECIPE, [*flags.split(), "--run-dir", str(folder)])
    assert stop.value.code == 0


@pytest.fixture(scope="session")
def package():
    """LiteRT.js in the user's cache."""
    if not PACKAGE.is_file():
        pytest.skip(f"{PACKAGE} is downloaded by the first python -m export.web")
    return PACKAGE


@pytest.fixture(scope="session")
def site(package, runs, tmp_path_factory):
    """A server of the pages of all kinds of runs: the address, and the folder that it serves."""
    folder, runs_here = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainedRun, "generators", lambda run: list(contrasted(run)))
        train_infogan(runs_here / "infogan")
        for kind in KINDS:
            shutil.copytree(runs / kind, runs_here / kind)  # whose report other tests do not read
        for kind in (*KINDS, "infogan"):
            arguments = [runs_here / kind, "--output", folder / kind, "--litert", package]
            with pytest.raises(SystemExit) as stop:
                web.main([str(argument) for argument in arguments])
            assert stop.value.code == 0
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def flags():
    """Flags of the browser."""
    return ["--no-sandbox", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="module")
def browser(flags):
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser):
    """A tab that must not log errors, or load anything from elsewhere."""
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: line.type == "error" and errors.append(line.text))
    yield page
    origin = urlsplit(page.url).netloc
    page.close()
    assert errors == []
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        origin
    }


class Visit:
    """An exported page in a tab, and what Python makes of the inputs that it gives a generator."""

    def __init__(self, page, folder: Path):
        self.page = page
        self.folder = folder

    def settle(self):
        self.page.wait_for_selector("main[aria-busy=false]", state="attached")

    def status(self):
        return self.page.inner_text("#status")

    def accelerator(self):
        """Wait until WebGPU was tried, and return what the page says of it."""
        text = self.page.locator("#accelerator").filter(has_not_text="Runs on the CPU.")
        text.wait_for()
        return text.inner_text()

    def pixels(self, canvas):
        """Read the colors (h, w, 3) of the first canvas that a selector finds."""
        script = """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return [height, width, Array.from(data)];
        }"""
        height, width, data = self.page.locator(canvas).first.evaluate(script)
        colors = np.array(data, "uint8").reshape(height, width, 4)
        assert (colors[..., 3] == 255).all()
        return colors[..., :3]

    def grid(self):
        """Read the colors (n, h, w, 3) of all samples."""
        count = self.page.locator("#grid canvas").count()
        cells = [f"#grid button:nth-child({n + 1}) canvas" for n in range(count)]
        return np.stack([self.pixels(cell) for cell in cells])

    def inputs(self, *sample):
        """Return the inputs that the page gave its generator, by name."""
        script = """(sample) => Object.entries(window.app.inputs(...sample)).map(
            ([name, values]) => [name, Array.from(values)])"""
        return dict(self.page.evaluate(script, list(sample)))

    def expected(self, name, given):
        """Return the colors (h, w, 3) that Python makes of the page's inputs with its file."""
        runner = Interpreter(str(self.folder / f"{name}.tflite")).get_signature_runner()
        details = runner.get_input_details()
        assert set(details) == set(given)
        arrays = {
            key: np.array(values, details[key]["dtype"]).reshape(details[key]["shape"])
            for key, values in given.items()
        }
        (image,) = to_pixels(runner(**arrays)["images"])
        return np.broadcast_to(image, (*image.shape[:2], 3))

    def assert_generated(self, seen, name, given):
        """Assert that an image is what the generator makes of some inputs."""
        expected = self.expected(name, given)
        assert seen.shape == expected.shape
        assert np.abs(seen.astype(int) - expected).max() <= TOLERANCE
        assert expected.std() > 20  # not an empty canvas

    def saved(self, button):
        """Press a button that saves an image; return the file's name and its colors (h, w, 3)."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=button).click()
        image = Image.open(download.value.path())
        assert image.format == "PNG"
        return download.value.suggested_filename, np.asarray(image.convert("RGB"))


@pytest.fixture
def open_page(tab, site):
    """Open the page of a kind of run, and wait until it is drawn."""

    def open_it(kind, query=""):
        tab.goto(f"{site[0]}/{kind}/{query}")
        visit = Visit(tab, site[1] / kind)
        visit.settle()
        return visit

    return open_it


@pytest.fixture
def slow_files(tab):
    """Let scripts of the page make files, and one that is decoded slowly: see `SLOW_FILES`."""
    tab.add_init_script(SLOW_FILES)


@pytest.fixture
def image_file(tmp_path):
    """Save an image of random blocks, and return its file."""

    def save(side):
        blocks = np.random.default_rng(0).integers(0, 256, (8, 8, 3), "uint8")
        image = Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST)
        image.save(tmp_path / "image.png")
        return tmp_path / "image.png"

    return save
