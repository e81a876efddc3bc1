"""The camera on the page: Chromium's fake one."""

import re

import numpy as np
import pytest


def turn_on(visit):
    visit.page.context.grant_permissions(["camera"])
    visit.page.get_by_role("button", name="Use the camera").click()
    visit.page.get_by_text("Translating the camera.").wait_for()


@pytest.fixture
def watch(open_page):
    """Open a page whose camera is on."""

    def open_it(kind):
        visit = open_page(kind)
        turn_on(visit)
        return visit

    return open_it


def test_the_camera_is_translated_until_it_is_stopped(watch):
    visit = watch("pix2pix")
    visit.page.get_by_role("button", name="Stop the camera").click()
    visit.settle()
    last = visit.pixels("#after")
    visit.assert_generated(last, "generator", visit.inputs())
    assert visit.page.evaluate("app.source.srcObject.active") is False
    name, colors = visit.saved("Save the translation")
    assert name == "camera-generator.png"
    np.testing.assert_array_equal(colors, last)


# A camera that shows one frame.
ONE_FRAME = """{
    let left = 1;
    const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (task) {
        if (left-- > 0) request.call(this, task);
    };
}"""


def test_a_camera_that_is_stopped_between_two_frames_is_said_to_be_off(tab, watch):
    tab.add_init_script(ONE_FRAME)
    visit = watch("pix2pix")
    visit.page.get_by_role("button", name="Stop the camera").click()
    visit.settle()
    assert visit.status() == "The camera is off."


def test_the_page_is_not_busy_with_the_frames_of_the_camera(watch):
    changes = watch("pix2pix").page.evaluate(
        """async () => {
            let changes = 0;
            const observer = new MutationObserver((records) => (changes += records.length));
            observer.observe(document.getElementById("page"), { attributeFilter: ["aria-busy"] });
            const start = performance.now();
            const nextTask = () => new Promise((resolve) => setTimeout(resolve));
            while (app.frameRate.times.filter((time) => time > start).length < 2) await nextTask();
            return changes;
        }"""
    )
    assert changes == 0


# A clock that each translation moves on by a tenth of a second.
CLOCK = """{
    let now = 0;
    performance.now = () => now;
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...image) {
        put.apply(this, image);
        if (this.canvas.id === "after") now += 100;
    };
}"""


def test_the_rate_of_translated_frames_is_shown(tab, watch):
    tab.add_init_script(CLOCK)
    watch("pix2pix")
    shown = tab.locator("#translation-time").filter(has_text="frames per second")
    shown.wait_for()
    assert re.fullmatch(r"\d+\.\d ms per image, 10\.0 frames per second", shown.inner_text())


def test_a_rate_is_of_the_last_two_seconds(open_page):
    page = open_page("pix2pix").page
    counted = page.evaluate(
        """async () => {
            const { FrameRate } = await import("./camera.js");
            const rate = new FrameRate();
            return [0, 500, 1000, 2000, 2500, 2600, 9600].map((time) => rate.count(time));
        }"""
    )
    # 2500: the frames at 500, 1000, 2000 and 2500; 9600: none in two seconds, so the last two
    np.testing.assert_allclose(counted, [0, 2, 2, 1.5, 1.5, 3 / 1.6, 1 / 7], rtol=1e-6)


def test_a_camera_that_is_refused_is_explained(open_page):
    page = open_page("pix2pix").page
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("The camera was refused.").wait_for()
    assert page.get_by_role("button", name="Use the camera").is_visible()


def test_an_image_takes_the_place_of_the_camera(watch, image_file):
    visit = watch("pix2pix")
    visit.page.get_by_label("Image", exact=True).set_input_files(image_file(32))
    visit.page.get_by_text("Translated.").wait_for()
    visit.settle()
    assert visit.page.get_by_role("button", name="Use the camera").is_visible()
    visit.assert_generated(visit.pixels("#after"), "generator", visit.inputs())


@pytest.mark.usefixtures("slow_files")
def test_the_camera_takes_the_place_of_an_image_that_is_still_read(open_page):
    page = (visit := open_page("pix2pix")).page
    page.evaluate("async () => { window.opening = app.open(await imageFile('slow.png', 'red')); }")
    turn_on(visit)
    page.evaluate("() => { release(); return opening; }")
    assert page.evaluate("app.source === app.video")


# The camera starts after startNow().
SLOW_CAMERA = """{
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const started = new Promise((resolve) => (window.startNow = resolve));
    navigator.mediaDevices.getUserMedia = async (asked) => {
        window.asked = asked;
        await started;
        return (window.stream = await open(asked));
    };
}"""


@pytest.mark.usefixtures("slow_files")
def test_an_image_takes_the_place_of_a_camera_that_starts(open_page, tab):
    tab.add_init_script(SLOW_CAMERA)
    visit = open_page("pix2pix")
    tab.context.grant_permissions(["camera"])
    tab.get_by_role("button", name="Use the camera").click()
    tab.evaluate("async () => app.open(await imageFile('fast.png', 'blue'))")
    is_on = tab.evaluate(
        """async () => {
            startNow();
            const isOn = () => window.stream?.active ?? true;
            for (let look = 0; look < 500 && isOn(); look++) {
                await new Promise((resolve) => setTimeout(resolve, 10));
            }
            return isOn();
        }"""
    )
    assert not is_on
    assert tab.get_by_role("button", name="Use the camera").is_visible()
    visit.settle()
    assert (visit.pixels("#before") == (0, 0, 255)).all()


def test_a_phone_is_asked_for_the_camera_on_its_back(open_page, tab):
    tab.add_init_script(SLOW_CAMERA)
    open_page("pix2pix")
    tab.get_by_role("button", name="Use the camera").click()
    assert tab.evaluate("asked") == {"video": {"facingMode": "environment"}}


def test_a_camera_that_is_pulled_out_is_off(watch):
    visit = watch("pix2pix")
    visit.page.evaluate("app.video.srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    visit.page.get_by_role("button", name="Use the camera").wait_for()
