"""The page as a visitor meets it, in a browser, against what Python makes of the same inputs."""

import functools
import http.server
import io
import json
import re
import shutil
import tarfile
import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pooch
import pytest
import requests
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

import train.infogan
from export import web
from export.common import litert_js
from export.common.errors import ExportError
from export.common.generator import Generator
from export.common.trained_run import TrainedRun
from keras_gans.files import cache_folder
from keras_gans.pixels import to_pixels
from train.common.command import main

KINDS = ("gan", "cgan", "cyclegan", "pix2pix")
TOLERANCE = 1  # of 255: the browser's kernels sum in another order
REAL_GENERATORS = TrainedRun.generators
CHROMIUM = shutil.which("chromium")
PACKAGE = cache_folder() / litert_js.NAME
needs_package = pytest.mark.skipif(
    not PACKAGE.is_file(), reason=f"{PACKAGE} is downloaded by the first python -m export.web"
)


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


@pytest.fixture(scope="module")
def site(runs, tmp_path_factory):
    """A server of the pages of all kinds of runs: the address, and the folder that it serves."""
    if not PACKAGE.is_file():
        pytest.skip(f"{PACKAGE} is downloaded by the first python -m export.web")
    folder, runs_here = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainedRun, "generators", lambda run: list(contrasted(run)))
        train_infogan(runs_here / "infogan")
        for kind in KINDS:
            shutil.copytree(runs / kind, runs_here / kind)  # whose report other tests do not read
        for kind in (*KINDS, "infogan"):
            arguments = [runs_here / kind, "--output", folder / kind, "--litert", PACKAGE]
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
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream"]
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


@pytest.fixture
def open_page(tab, site):
    """Open the page of a kind of run, and wait until it is drawn."""

    def open_it(kind):
        tab.goto(f"{site[0]}/{kind}/")
        settle(tab)
        return tab

    return open_it


def settle(page):
    page.wait_for_selector("main[aria-busy=false]", state="attached")


def status(page):
    return page.inner_text("#status")


def pixels(page, canvas):
    """Read the colors (h, w, 3) of the first canvas that a selector finds."""
    script = """(canvas) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        return [height, width, Array.from(data)];
    }"""
    height, width, data = page.locator(canvas).first.evaluate(script)
    colors = np.array(data, "uint8").reshape(height, width, 4)
    assert (colors[..., 3] == 255).all()
    return colors[..., :3]


def grid(page):
    count = page.locator("#grid canvas").count()
    return np.stack([pixels(page, f"#grid button:nth-child({n + 1}) canvas") for n in range(count)])


def inputs(page, *sample):
    """Return the inputs that the page gave its generator, by name."""
    script = """(sample) => Object.entries(window.app.inputs(...sample)).map(
        ([name, values]) => [name, Array.from(values)])"""
    return dict(page.evaluate(script, list(sample)))


def expected_image(folder, name, given):
    """Return the colors (h, w, 3) that Python makes of the page's inputs with the same file."""
    runner = Interpreter(model_path=str(folder / f"{name}.tflite")).get_signature_runner()
    details = runner.get_input_details()
    assert set(details) == set(given)
    arrays = {
        k: np.array(v, details[k]["dtype"]).reshape(details[k]["shape"]) for k, v in given.items()
    }
    (image,) = to_pixels(runner(**arrays)["images"])
    return np.broadcast_to(image, (*image.shape[:2], 3))


def assert_close(seen, expected):
    assert seen.shape == expected.shape
    assert np.abs(seen.astype(int) - expected).max() <= TOLERANCE
    assert expected.std() > 20  # not an empty canvas


@pytest.mark.parametrize("kind", ["gan", "cgan", "infogan"])
def test_samples_are_what_python_makes_of_the_same_inputs(kind, open_page, site):
    page = open_page(kind)
    assert page.title() == page.inner_text("h1")
    assert page.title().lower() == f"{kind} on shapes"
    for index, seen in enumerate(grid(page)):
        assert_close(seen, expected_image(site[1] / kind, "generator", inputs(page, index)))
    np.testing.assert_array_equal(pixels(page, "#chosen"), grid(page)[0])
    assert re.fullmatch(r"\d+\.\d ms per image", page.inner_text("#sample-time"))


def test_a_seed_always_means_the_same_samples(open_page):
    page = open_page("gan")
    first = grid(page)
    page.get_by_role("button", name="New samples").click()
    settle(page)
    assert "seed 1" in status(page)
    assert all((old != new).any() for old, new in zip(first, grid(page), strict=True))
    page.get_by_label("Seed").fill("0")
    page.get_by_label("Seed").press("Enter")
    settle(page)
    np.testing.assert_array_equal(grid(page), first)
    page.get_by_label("Seed").fill("-1")
    page.get_by_label("Seed").press("Enter")
    assert "whole number from 0 to 4294967295" in status(page)


def test_latents_are_from_the_standard_normal_distribution(open_page):
    page = open_page("gan")
    drawn = []
    for _ in range(10):
        drawn += [inputs(page, index)["latents"] for index in range(16)]
        page.get_by_role("button", name="New samples").click()
    settle(page)
    latents = np.array(drawn)
    assert len(np.unique(latents)) == latents.size == 640
    assert abs(latents.mean()) < 0.15 and abs(latents.std() - 1) < 0.1


def test_sliders_walk_through_the_latent_space(open_page, site):
    page = open_page("gan")
    start = pixels(page, "#chosen")
    page.get_by_label("Direction 1").fill("0.7")
    settle(page)
    moved = inputs(page)
    assert_close(pixels(page, "#chosen"), expected_image(site[1] / "gan", "generator", moved))
    ends = [np.linalg.norm(given["latents"]) for given in (inputs(page, 0), moved)]
    assert ends[0] == pytest.approx(ends[1])
    page.get_by_role("button", name="Back to the sample").click()
    settle(page)
    np.testing.assert_array_equal(pixels(page, "#chosen"), start)
    page.get_by_label("Target").select_option("sample 6")
    page.get_by_label("Interpolation", exact=True).fill("1")
    settle(page)
    np.testing.assert_allclose(inputs(page)["latents"], inputs(page, 5)["latents"], atol=1e-5)
    assert_close(pixels(page, "#chosen"), grid(page)[5])


def test_directions_are_orthogonal(open_page):
    directions = np.array(open_page("gan").evaluate("app.directions.map((d) => Array.from(d))"))
    np.testing.assert_allclose(directions @ directions.T, np.eye(3), atol=1e-5)


def test_all_samples_are_of_the_chosen_class(open_page):
    page = open_page("cgan")
    classes = page.locator("#label option").all_inner_texts()
    assert classes[0] == "all in turn" and len(classes) > 2
    assert page.locator("#grid .caption").all_inner_texts()[: len(classes) - 1] == classes[1:]
    first = grid(page)
    latents = inputs(page, 2)["latents"]
    page.get_by_role("combobox", name="Class").select_option(classes[2])
    settle(page)
    assert {inputs(page, index)["labels"][0] for index in range(16)} == {1}
    assert inputs(page, 2)["latents"] == latents
    np.testing.assert_array_equal(grid(page)[1], first[1])
    assert (grid(page)[2] != first[2]).any()


def test_a_sample_is_chosen_with_the_keyboard(open_page):
    page = open_page("cgan")
    page.get_by_label("Seed").focus()
    for _ in range(3 + 3):  # the class, the button, four samples
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    settle(page)
    assert page.locator("#grid button[aria-pressed=true]").count() == 1
    assert page.locator(":focus").get_attribute("aria-pressed") == "true"
    name = page.locator(":focus").get_attribute("aria-label")
    assert name.startswith("Sample 4, class ") and page.inner_text("#chosen-name") == name
    np.testing.assert_array_equal(pixels(page, "#chosen"), grid(page)[3])
    assert (
        page.locator(":focus").evaluate("(button) => getComputedStyle(button).outlineStyle")
        == "solid"
    )


def test_codes_have_sliders(open_page, site):
    page = open_page("infogan")
    start = inputs(page)
    assert start == inputs(page, 0) and len(start["codes"]) == 2
    page.get_by_role("slider", name="Code 2").fill("-1")
    settle(page)
    changed = inputs(page)
    assert changed == start | {"codes": [start["codes"][0], -1]}
    assert_close(pixels(page, "#chosen"), expected_image(site[1] / "infogan", "generator", changed))
    assert (pixels(page, "#chosen") != grid(page)[0]).any()


@pytest.mark.parametrize("kind", ["cgan", "cyclegan"])
def test_a_narrow_screen_does_not_scroll_sideways(kind, open_page):
    page = open_page(kind)
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def image_file(folder, side):
    """Save an image of random blocks, and return its file."""
    blocks = np.random.default_rng(0).integers(0, 256, (8, 8, 3), "uint8")
    image = Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST)
    image.save(folder / "image.png")
    return folder / "image.png"


@pytest.mark.parametrize(
    "kind, name, side", [("pix2pix", "generator", 32), ("cyclegan", "b_to_a", 24)]
)
def test_an_image_file_is_translated(kind, name, side, open_page, site, tmp_path):
    page = open_page(kind)
    assert page.locator("#direction").is_visible() == (kind == "cyclegan")
    if name == "b_to_a":
        page.get_by_label("Direction").select_option("B to A")
    file = image_file(tmp_path, side)
    page.get_by_label("Image", exact=True).set_input_files(file)
    page.get_by_text("Translated.").wait_for()
    colors = np.asarray(Image.open(file))
    np.testing.assert_array_equal(pixels(page, "#before"), colors)
    given = {"images": colors[None].astype("float32") / 127.5 - 1}
    np.testing.assert_allclose(inputs(page)["images"], given["images"].ravel(), atol=1e-6)
    assert_close(pixels(page, "#after"), expected_image(site[1] / kind, name, given))
    assert page.inner_text("#translation-time").endswith("ms per image")


def test_another_direction_translates_the_image_again(open_page, site, tmp_path):
    page = open_page("cyclegan")
    page.get_by_label("Image", exact=True).set_input_files(image_file(tmp_path, 24))
    page.get_by_text("Translated.").wait_for()
    first = pixels(page, "#after")
    page.get_by_label("Direction").select_option("B to A")
    settle(page)
    assert_close(
        pixels(page, "#after"), expected_image(site[1] / "cyclegan", "b_to_a", inputs(page))
    )
    assert (pixels(page, "#after") != first).any()


def test_a_dropped_image_is_cropped_to_its_center(open_page, tmp_path):
    page = open_page("pix2pix")
    wide = Image.new("RGB", (96, 32), "red")
    wide.paste(Image.open(image_file(tmp_path, 32)), (32, 0))
    content = io.BytesIO()
    wide.save(content, "png")
    page.evaluate(
        """(bytes) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(bytes)], "wide.png"));
            const drop = { dataTransfer: transfer, bubbles: true, cancelable: true };
            document.getElementById("drop").dispatchEvent(new DragEvent("drop", drop));
        }""",
        list(content.getvalue()),
    )
    page.get_by_text("Translated.").wait_for()
    np.testing.assert_array_equal(pixels(page, "#before"), np.asarray(wide)[:, 32:64])


def test_a_file_that_is_no_image_is_named(open_page, tmp_path):
    page = open_page("pix2pix")
    (tmp_path / "notes.txt").write_text("no image")
    page.get_by_label("Image", exact=True).set_input_files(tmp_path / "notes.txt")
    page.get_by_text("notes.txt cannot be read as an image.").wait_for()


def test_the_camera_is_translated_until_it_is_stopped(open_page, site):
    page = open_page("pix2pix")
    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("Translating the camera.").wait_for()
    page.get_by_role("button", name="Stop the camera").click()
    settle(page)
    assert_close(
        pixels(page, "#after"), expected_image(site[1] / "pix2pix", "generator", inputs(page))
    )


def test_a_camera_that_is_refused_is_explained(open_page):
    page = open_page("pix2pix")
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("The camera was refused.").wait_for()
    assert page.get_by_role("button", name="Use the camera").is_visible()


@pytest.mark.parametrize(
    "missing, words",
    [
        ("app.js", "does not run in this browser"),
        ("model.json", "model.json: 404"),
        ("generator.tflite", "generator.tflite: 404"),
        ("litert/wasm/*.js", "does not run in this browser"),
        ("litert/wasm/*.wasm", "does not run in this browser"),
    ],
)
def test_files_that_do_not_load_are_explained(missing, words, browser, site):
    page = browser.new_page()
    page.route(f"**/{missing}", lambda route: route.fulfill(status=404))
    page.goto(f"{site[0]}/gan/")
    page.get_by_role("status").filter(has_text=words).wait_for()
    settle(page)
    page.close()


def test_a_page_opened_as_a_file_says_to_serve_it(browser, site):
    page = browser.new_page()
    page.goto((site[1] / "gan" / "index.html").as_uri())
    assert "python -m http.server" in status(page)
    page.close()


def test_a_page_has_the_files_that_it_loads_and_no_others(site):
    folder = site[1] / "cyclegan"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    own = {str(path.relative_to(web.PAGE)) for path in web.PAGE.rglob("*") if path.is_file()}
    package = {f"litert/{name}" for name in litert_js.MEMBERS.values()}
    assert names == own | package | {"model.json", "a_to_b.tflite", "b_to_a.tflite"}
    description = json.loads((folder / "model.json").read_text())
    assert [each["output"] for each in description["generators"]] == [[1, 24, 24, 3]] * 2


@needs_package
def test_a_folder_that_holds_something_is_left_alone(runs, tmp_path, call):
    (tmp_path / "mine").write_text("mine")
    message = call("export.web", runs / "gan", "--output", tmp_path, code=1)
    assert "delete it, or give --output" in message and message.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@needs_package
@pytest.mark.parametrize("run", ["gan"], indirect=True)
def test_an_export_with_wrong_images_leaves_no_folder(run, tmp_path, call, monkeypatch):
    real = web.tflite.load_runner
    monkeypatch.setattr(web.tflite, "load_runner", lambda *args: lambda x: real(*args)(x) + 0.01)
    assert "not kept" in call("export.web", run, "--output", tmp_path / "out", code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_points_are_refused(runs, tmp_path, call, monkeypatch):
    points = Generator("points", SimpleNamespace(output_shape=(None, 2)), {}, {})
    monkeypatch.setattr(TrainedRun, "generators", lambda run: [points])
    message = call("export.web", runs / "gan", "--output", tmp_path / "out", code=1)
    assert "makes 2-D points, not images" in message and message.count("\n") == 1


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(litert_js, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def answer(monkeypatch, content):
    """Let the registry answer with some bytes, or raise."""

    def get(url, **kwargs):
        assert url == litert_js.URL and kwargs["timeout"] == litert_js.TIMEOUT
        if isinstance(content, Exception):
            raise content
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(content)
        return response

    monkeypatch.setattr(requests, "get", get)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package instead of the real one, with its hash."""
    file = tmp_path / "package.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for member in litert_js.MEMBERS:
            info = tarfile.TarInfo(member)
            info.size = len(member)
            archive.addfile(info, io.BytesIO(member.encode()))
    monkeypatch.setattr(litert_js, "SHA512", pooch.file_hash(str(file), alg="sha512"))
    return file


def test_without_a_network_the_error_says_what_to_download(
    runs, tmp_path, call, empty_cache, monkeypatch
):
    answer(monkeypatch, requests.ConnectionError("Name or service not known"))
    message = call("export.web", runs / "gan", "--output", tmp_path / "out", code=1)
    assert litert_js.URL in message and "--litert FILE.tgz" in message
    assert message.count("\n") == 2 and not (tmp_path / "out").exists()


def test_another_package_is_refused_and_not_kept(empty_cache, tmp_path, monkeypatch):
    answer(monkeypatch, b"something else")
    with pytest.raises(ExportError, match="damaged, or not LiteRT.js"):
        litert_js.tarball()
    assert not list(empty_cache.iterdir())
    (tmp_path / "given.tgz").write_bytes(b"something else")
    with pytest.raises(ExportError, match="given.tgz is damaged"):
        litert_js.tarball(tmp_path / "given.tgz")


def test_a_package_is_downloaded_once_and_again_if_its_copy_is_damaged(
    empty_cache, package, monkeypatch
):
    answer(monkeypatch, package.read_bytes())
    cached = litert_js.tarball()
    assert cached == empty_cache / litert_js.NAME
    assert list(empty_cache.iterdir()) == [cached]
    answer(monkeypatch, AssertionError("downloads what is in the cache"))
    assert litert_js.tarball() == cached and litert_js.tarball(package) == package
    cached.write_bytes(package.read_bytes()[:100])
    answer(monkeypatch, package.read_bytes())
    assert litert_js.tarball().read_bytes() == package.read_bytes()


def test_a_page_gets_the_files_of_the_package_that_it_needs(package, tmp_path):
    litert_js.unpack(package, tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert names == set(litert_js.MEMBERS.values())
    assert (tmp_path / "out" / "index.js").read_text() == "package/dist/index.js"
