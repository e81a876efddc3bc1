"""Translations of files on the page, against what Python makes of the same images."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_gans.pixels import from_pixels


@pytest.mark.parametrize("kind, name", [("pix2pix", "generator"), ("cyclegan", "a_to_b")])
def test_it_opens_with_the_translation_of_a_sample(kind, name, open_page):
    visit = open_page(kind)
    sample = np.asarray(Image.open(visit.folder / f"{name}-sample.png"))
    np.testing.assert_array_equal(visit.pixels("#before"), sample)
    visit.assert_generated(visit.pixels("#after"), name, {"images": from_pixels(sample)})
    assert "Choose a file" in visit.status()


def test_the_sample_is_of_the_directions_own_domain(open_page):
    visit = open_page("cyclegan")
    visit.page.get_by_label("Direction").select_option("B to A")
    visit.settle()
    sample = np.asarray(Image.open(visit.folder / "b_to_a-sample.png"))
    np.testing.assert_array_equal(visit.pixels("#before"), sample)
    visit.assert_generated(visit.pixels("#after"), "b_to_a", {"images": from_pixels(sample)})


@pytest.mark.parametrize(
    "kind, name, side", [("pix2pix", "generator", 32), ("cyclegan", "b_to_a", 24)]
)
def test_an_image_file_is_translated(kind, name, side, open_page, image_file):
    visit = open_page(kind)
    assert visit.page.locator("#direction").is_visible() == (kind == "cyclegan")
    if name == "b_to_a":
        visit.page.get_by_label("Direction").select_option("B to A")
    file = image_file(side)
    visit.page.get_by_label("Image", exact=True).set_input_files(file)
    visit.page.get_by_text("Translated.").wait_for()
    colors = np.asarray(Image.open(file))
    np.testing.assert_array_equal(visit.pixels("#before"), colors)
    given = {"images": from_pixels(colors)}
    np.testing.assert_allclose(visit.inputs()["images"], given["images"].ravel(), atol=1e-6)
    visit.assert_generated(visit.pixels("#after"), name, given)
    assert visit.page.inner_text("#translation-time").endswith("ms per image")


def test_another_direction_translates_the_image_again(open_page, image_file):
    visit = open_page("cyclegan")
    visit.page.get_by_label("Image", exact=True).set_input_files(image_file(24))
    visit.page.get_by_text("Translated.").wait_for()
    first = visit.pixels("#after")
    visit.page.get_by_label("Direction").select_option("B to A")
    visit.settle()
    np.testing.assert_array_equal(visit.pixels("#before"), np.asarray(Image.open(image_file(24))))
    visit.assert_generated(visit.pixels("#after"), "b_to_a", visit.inputs())
    assert (visit.pixels("#after") != first).any()


def test_a_dropped_image_is_cropped_to_its_center(open_page, image_file):
    page = (visit := open_page("pix2pix")).page
    wide = Image.new("RGB", (96, 32), "red")
    wide.paste(Image.open(image_file(32)), (32, 0))
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
    np.testing.assert_array_equal(visit.pixels("#before"), np.asarray(wide)[:, 32:64])


def test_the_same_file_can_be_chosen_again(open_page, image_file):
    page = open_page("pix2pix").page
    field = page.get_by_label("Image", exact=True)
    for _ in range(2):
        with page.expect_file_chooser() as chooser:
            field.click()
        assert field.input_value() == ""  # so that any file is a change
        chooser.value.set_files(image_file(32))
        page.get_by_text("Translated.").wait_for()


def test_a_file_that_is_no_image_is_named(open_page, tmp_path):
    page = open_page("pix2pix").page
    (tmp_path / "notes.txt").write_text("no image")
    page.get_by_label("Image", exact=True).set_input_files(tmp_path / "notes.txt")
    page.get_by_text("notes.txt cannot be read as an image.").wait_for()


@pytest.mark.usefixtures("slow_files")
@pytest.mark.parametrize("slow", ["imageFile('slow.png', 'red')", "new File(['x'], 'slow.png')"])
def test_the_image_that_was_chosen_last_stays(slow, open_page):
    visit = open_page("pix2pix")
    visit.page.evaluate(
        f"""async () => {{
            const opening = app.open(await {slow});
            await app.open(await imageFile("fast.png", "blue"));
            release();
            await opening;
        }}"""
    )
    visit.settle()
    assert visit.status() == "Translated."
    assert (visit.pixels("#before") == (0, 0, 255)).all()
    assert visit.saved("Save the translation")[0] == "fast-generator.png"


@pytest.mark.usefixtures("slow_files")
def test_images_that_are_replaced_give_their_memory_back(open_page):
    widths = open_page("pix2pix").page.evaluate(
        """async () => {
            const slow = app.open(await imageFile("slow.png", "red"));
            for (const color of ["green", "blue"]) await app.open(await imageFile("a.png", color));
            release();
            await slow;
            return decoded.map(({ width }) => width);
        }"""
    )
    assert widths == [0, 32, 0]  # green, blue, and red, which came too late


def test_the_translation_is_saved_under_the_images_name(open_page, image_file):
    visit = open_page("cyclegan")
    name, colors = visit.saved("Save the translation")
    assert name == "sample-a_to_b.png"
    np.testing.assert_array_equal(colors, visit.pixels("#after"))
    visit.page.get_by_label("Image", exact=True).set_input_files(image_file(24))
    visit.page.get_by_text("Translated.").wait_for()
    name, colors = visit.saved("Save the translation")
    assert name == "image-a_to_b.png"
    np.testing.assert_array_equal(colors, visit.pixels("#after"))


def test_a_translation_is_made_and_saved_with_the_keyboard(open_page):
    visit = open_page("cyclegan")
    page = visit.page
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "direction"
    page.keyboard.press("ArrowDown")
    visit.settle()
    assert page.get_by_label("Direction").input_value() == "b_to_a"
    focused = []
    for _ in range(3):
        page.keyboard.press("Tab")
        focused.append(page.locator(":focus").get_attribute("id"))
    assert focused == ["file", "camera", "save-translation"]
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "sample-b_to_a.png"
