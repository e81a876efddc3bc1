"""Samples and walks on the page, against what Python makes of the same inputs."""

import re

import numpy as np
import pytest


@pytest.mark.parametrize("kind", ["gan", "cgan", "infogan"])
def test_samples_are_what_python_makes_of_the_same_inputs(kind, open_page):
    visit = open_page(kind)
    assert visit.page.title() == visit.page.inner_text("h1")
    assert visit.page.title().lower() == f"{kind} on shapes"
    for index, seen in enumerate(visit.grid()):
        visit.assert_generated(seen, "generator", visit.inputs(index))
    np.testing.assert_array_equal(visit.pixels("#chosen"), visit.grid()[0])
    assert re.fullmatch(r"\d+\.\d ms per image", visit.page.inner_text("#sample-time"))


def test_a_seed_always_means_the_same_samples(open_page):
    visit = open_page("gan")
    first = visit.grid()
    visit.page.get_by_role("button", name="New samples").click()
    visit.settle()
    assert "seed 1" in visit.status()
    assert all((old != new).any() for old, new in zip(first, visit.grid(), strict=True))
    visit.page.get_by_label("Seed").fill("0")
    visit.page.get_by_label("Seed").press("Enter")
    visit.settle()
    np.testing.assert_array_equal(visit.grid(), first)
    visit.page.get_by_label("Seed").fill("-1")
    visit.page.get_by_label("Seed").press("Enter")
    assert "whole number from 0 to 4294967295" in visit.status()


def test_latents_are_from_the_standard_normal_distribution(open_page):
    visit = open_page("gan")
    drawn = []
    for _ in range(10):
        drawn += [visit.inputs(index)["latents"] for index in range(16)]
        visit.page.get_by_role("button", name="New samples").click()
    visit.settle()
    latents = np.array(drawn)
    assert len(np.unique(latents)) == latents.size == 640
    assert abs(latents.mean()) < 0.15 and abs(latents.std() - 1) < 0.1


def test_sliders_walk_through_the_latent_space(open_page):
    visit = open_page("gan")
    start = visit.pixels("#chosen")
    visit.page.get_by_label("Direction 1").fill("0.7")
    visit.settle()
    moved = visit.inputs()
    visit.assert_generated(visit.pixels("#chosen"), "generator", moved)
    ends = [np.linalg.norm(given["latents"]) for given in (visit.inputs(0), moved)]
    assert ends[0] == pytest.approx(ends[1])
    visit.page.get_by_role("button", name="Back to the sample").click()
    visit.settle()
    np.testing.assert_array_equal(visit.pixels("#chosen"), start)
    visit.page.get_by_label("Target").select_option("sample 6")
    visit.page.get_by_label("Interpolation", exact=True).fill("1")
    visit.settle()
    sixth = visit.inputs(5)
    np.testing.assert_allclose(visit.inputs()["latents"], sixth["latents"], atol=1e-5)
    visit.assert_generated(visit.pixels("#chosen"), "generator", sixth)


def test_directions_are_orthogonal(open_page):
    page = open_page("gan").page
    directions = np.array(page.evaluate("app.directions.map((d) => Array.from(d))"))
    np.testing.assert_allclose(directions @ directions.T, np.eye(3), atol=1e-5)


def test_all_samples_are_of_the_chosen_class(open_page):
    visit = open_page("cgan")
    classes = visit.page.locator("#label option").all_inner_texts()
    assert classes[0] == "all in turn" and len(classes) > 2
    captions = visit.page.locator("#grid .caption").all_inner_texts()
    assert captions[: len(classes) - 1] == classes[1:]
    first = visit.grid()
    latents = visit.inputs(2)["latents"]
    visit.page.get_by_role("combobox", name="Class").select_option(classes[2])
    visit.settle()
    assert {visit.inputs(index)["labels"][0] for index in range(16)} == {1}
    assert visit.inputs(2)["latents"] == latents
    np.testing.assert_array_equal(visit.grid()[1], first[1])
    assert (visit.grid()[2] != first[2]).any()


def test_a_sample_is_chosen_with_the_keyboard(open_page):
    visit = open_page("cgan")
    page = visit.page
    page.get_by_label("Seed").focus()
    for _ in range(3 + 3):  # the class, the button, four samples
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    visit.settle()
    assert page.locator("#grid button[aria-pressed=true]").count() == 1
    focus = page.locator(":focus")
    assert focus.get_attribute("aria-pressed") == "true"
    name = focus.get_attribute("aria-label")
    assert name.startswith("Sample 4, class ") and page.inner_text("#chosen-name") == name
    np.testing.assert_array_equal(visit.pixels("#chosen"), visit.grid()[3])
    assert focus.evaluate("(button) => getComputedStyle(button).outlineStyle") == "solid"


def test_codes_have_sliders(open_page):
    visit = open_page("infogan")
    start = visit.inputs()
    assert start == visit.inputs(0) and len(start["codes"]) == 2
    visit.page.get_by_role("slider", name="Code 2").fill("-1")
    visit.settle()
    changed = visit.inputs()
    assert changed == start | {"codes": [start["codes"][0], -1]}
    visit.assert_generated(visit.pixels("#chosen"), "generator", changed)
    assert (visit.pixels("#chosen") != visit.grid()[0]).any()


def test_the_large_image_is_saved(open_page):
    visit = open_page("gan")
    visit.page.get_by_role("button", name="Sample 3").click()
    visit.settle()
    name, colors = visit.saved("Save the image")
    assert name == "seed-0-sample-3.png"
    np.testing.assert_array_equal(colors, visit.grid()[2])
