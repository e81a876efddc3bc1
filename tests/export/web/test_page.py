"""The page as a whole: narrow screens, files that are missing, and the folder that is written."""

import json
import os
import shutil
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from export import web
from export.common import litert_js
from export.common.generator import Generator
from export.common.trained_run import TrainedRun
from keras_gans.pixels import from_pixels


@pytest.mark.parametrize("kind", ["cgan", "cyclegan"])
def test_a_narrow_screen_does_not_scroll_sideways(kind, open_page):
    page = open_page(kind).page
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for control in page.locator("button:visible, select:visible, input:visible").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360


@pytest.mark.parametrize(
    "missing, words",
    [
        ("app.js", "does not run in this browser"),
        ("worker.js", "worker.js cannot be loaded"),
        ("litert/index.js", "does not run in this browser"),
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
    page.wait_for_selector("main[aria-busy=false]", state="attached")
    page.close()


def test_a_sample_that_does_not_load_leaves_the_rest_alive(browser, site, image_file):
    page = browser.new_page()
    page.route("**/*-sample.png", lambda route: route.fulfill(status=404))
    page.goto(f"{site[0]}/pix2pix/")
    page.get_by_text("generator-sample.png: 404").wait_for()
    page.get_by_label("Image", exact=True).set_input_files(image_file(32))
    page.get_by_text("Translated.").wait_for()
    page.close()


def test_a_generator_that_did_not_load_is_loaded_when_it_is_chosen_again(browser, site):
    page = browser.new_page()
    page.route("**/b_to_a.tflite", lambda route: route.fulfill(status=404))
    page.goto(f"{site[0]}/cyclegan/?accelerator=wasm")
    page.wait_for_selector("main[aria-busy=false]", state="attached")
    page.get_by_label("Direction").select_option("B to A")
    page.get_by_text("b_to_a.tflite: 404").wait_for()
    assert len(page.workers) == 1  # that of the other direction
    page.unroute("**/b_to_a.tflite")
    page.get_by_label("Direction").select_option("A to B")
    page.get_by_text("A sample image.").wait_for()
    page.get_by_label("Direction").select_option("B to A")
    page.wait_for_selector("main[aria-busy=false]", state="attached")
    assert page.inner_text("#status").startswith("A sample image.")
    page.close()


def test_a_page_opened_as_a_file_says_to_serve_it(browser, site):
    page = browser.new_page()
    page.goto((site[1] / "gan" / "index.html").as_uri())
    assert "python -m http.server" in page.inner_text("#status")
    page.close()


def test_a_page_has_the_files_that_it_loads_and_no_others(site):
    folder = site[1] / "cyclegan"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    own = {str(path.relative_to(web.PAGE)) for path in web.PAGE.rglob("*") if path.is_file()}
    package = {f"litert/{name}" for name in litert_js.MEMBERS.values()}
    made = {"a_to_b.tflite", "a_to_b-sample.png", "b_to_a.tflite", "b_to_a-sample.png"}
    assert names == own | package | made | {"model.json"}
    description = json.loads((folder / "model.json").read_text())
    assert [each["output"] for each in description["generators"]] == [[1, 24, 24, 3]] * 2


def test_a_page_that_is_exported_again_shows_the_new_generator(site, open_page):
    folder = shutil.copytree(site[1] / "cyclegan", site[1] / "again")
    days_ago = time.time() - 10 * 24 * 60 * 60.0
    for path in folder.rglob("*"):
        os.utime(path, (days_ago, days_ago))  # which a browser would keep for a day
    open_page("again")
    for name in ("{}.tflite", "{}-sample.png"):
        shutil.copyfile(folder / name.format("b_to_a"), folder / name.format("a_to_b"))
    description = (folder / "model.json").read_text()
    (folder / "model.json").write_text(json.dumps(json.loads(description) | {"title": "new"}))
    visit = open_page("again")
    assert visit.page.title() == "new"
    sample = np.asarray(Image.open(folder / "a_to_b-sample.png"))
    np.testing.assert_array_equal(visit.pixels("#before"), sample)
    visit.assert_generated(visit.pixels("#after"), "a_to_b", {"images": from_pixels(sample)})


def test_a_page_has_no_files_of_another_day(site):
    for path in web.PAGE.iterdir():
        if path.is_file():
            assert (site[1] / "gan" / path.name).stat().st_mtime > path.stat().st_mtime


@pytest.mark.usefixtures("package")
def test_a_folder_that_holds_something_is_left_alone(runs, tmp_path, call):
    (tmp_path / "mine").write_text("mine")
    message = call("export.web", runs / "gan", "--output", tmp_path, code=1)
    assert "delete it, or give --output" in message and message.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.usefixtures("package")
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
