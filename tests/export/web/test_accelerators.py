"""Where the page runs a generator: in a worker, on the CPU, or with WebGPU if that is faster.

WebGPU's adapter is Chromium's software one, SwiftShader.
"""

import re

import pytest

# Where the page of a kind of run shows an image, and what its generator is called. Those of cgan
# and infogan have labels.
GENERATORS = {
    "gan": ("#chosen", "generator"),
    "cgan": ("#chosen", "generator"),
    "infogan": ("#chosen", "generator"),
    "pix2pix": ("#after", "generator"),
    "cyclegan": ("#after", "a_to_b"),
}
# Scripts appended to worker.js. `accelerator` is that of the worker.
WRAP = """
let accelerator;
const [realLoad, realRun] = [load, run];
load = (description, given) => realLoad(description, accelerator = given);
"""
SLOW_CPU = """run = async (inputs) => {
    const result = await realRun(inputs);
    return { ...result, milliseconds: accelerator === "wasm" ? 5 : 3 };
};"""
SLOW_GPU = SLOW_CPU.replace("wasm", "webgpu")
OTHER_IMAGE = """run = async (inputs) => {
    const result = await realRun(inputs);
    if (accelerator === "webgpu") result.image[5] = VALUE;
    return result;
};"""
NO_OPERATORS = """load = (description, given) => {
    if (given === "webgpu") throw new Error("no such operator");
    return realLoad(description, given);
};"""
LOST_GPU = (
    SLOW_CPU
    + """
let left = 8; // one to compile, five to compare, then two
const slowRun = run;
run = (inputs) => {
    if (accelerator === "webgpu" && left-- === 0) throw new Error("device lost");
    return slowRun(inputs);
};"""
)
BUSY = """run = (inputs) => {
    const request = new XMLHttpRequest();
    request.open("GET", "until-it-is-answered", false); // the thread does nothing else meanwhile
    request.send();
    return realRun(inputs);
};"""

# Counts the timers that are neither over nor cleared.
COUNT_TIMERS = """{
    const [set, clear] = [setTimeout, clearTimeout];
    window.timers = new Set();
    window.setTimeout = (task, delay) => {
        const timer = set(() => timers.delete(timer) && task(), delay);
        timers.add(timer);
        return timer;
    };
    window.clearTimeout = (timer) => timers.delete(timer) && clear(timer);
}"""


@pytest.fixture(scope="module")
def flags():
    return ["--no-sandbox", "--enable-unsafe-webgpu"]


@pytest.fixture
def change_worker(tab, site):
    """Append a script to the worker of the page."""

    def change(script):
        code = (site[1] / "gan" / "worker.js").read_text() + WRAP + script
        body = {"body": code, "content_type": "text/javascript"}
        tab.route("**/worker.js", lambda route: route.fulfill(**body))

    return change


def assert_samples_are_right(visit):
    visit.page.get_by_role("button", name="New samples").click()
    visit.settle()
    for index, seen in enumerate(visit.grid()):
        visit.assert_generated(seen, "generator", visit.inputs(index))


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_faster_of_both_is_used(kind, open_page):
    visit = open_page(kind)
    found = re.fullmatch(
        r"Runs (on the CPU|with WebGPU): ([\d.]+) ms per image, ([\d.]+) ms per image .+",
        visit.accelerator(),
    )
    assert float(found[2]) <= float(found[3])
    assert len(visit.page.workers) == 1
    canvas, name = GENERATORS[kind]
    visit.assert_generated(visit.pixels(canvas), name, visit.inputs())


def test_webgpu_is_used_where_the_cpu_is_slower(open_page, change_worker):
    change_worker(SLOW_CPU)
    visit = open_page("gan")
    expected = "Runs with WebGPU: 3.0 ms per image, 5.0 ms per image on the CPU."
    assert visit.accelerator() == expected
    assert_samples_are_right(visit)
    assert visit.page.inner_text("#sample-time") == "3.0 ms per image"
    assert len(visit.page.workers) == 1


def test_the_cpu_is_used_where_webgpu_is_slower(open_page, change_worker):
    change_worker(SLOW_GPU)
    visit = open_page("gan")
    expected = "Runs on the CPU: 3.0 ms per image, 5.0 ms per image with WebGPU."
    assert visit.accelerator() == expected
    assert_samples_are_right(visit)


@pytest.mark.parametrize("kind", GENERATORS)
def test_the_address_can_name_webgpu(kind, open_page):
    visit = open_page(kind, "?accelerator=webgpu")
    assert visit.page.inner_text("#accelerator") == "Runs with WebGPU."
    assert len(visit.page.workers) == 1
    canvas, name = GENERATORS[kind]
    visit.assert_generated(visit.pixels(canvas), name, visit.inputs())


def test_webgpu_leaves_no_timers_which_would_keep_images(open_page, tab):
    tab.add_init_script(COUNT_TIMERS)
    visit = open_page("gan", "?accelerator=webgpu")
    assert_samples_are_right(visit)
    assert visit.page.evaluate("timers.size") == 0


@pytest.mark.parametrize("value", ["NaN", "result.image[5] + 0.02"])
def test_webgpu_is_not_used_if_it_makes_other_images(value, open_page, change_worker):
    change_worker(OTHER_IMAGE.replace("VALUE", value))
    visit = open_page("gan")
    assert visit.accelerator() == "Runs on the CPU: WebGPU makes another image."
    assert_samples_are_right(visit)


def test_webgpu_is_not_used_if_it_lacks_operators(open_page, change_worker):
    change_worker(NO_OPERATORS)
    visit = open_page("gan")
    assert visit.accelerator() == "Runs on the CPU: no such operator."
    assert len(visit.page.workers) == 1
    assert_samples_are_right(visit)


def test_a_gpu_that_is_lost_is_replaced_by_the_cpu(open_page, change_worker):
    change_worker(LOST_GPU)
    visit = open_page("gan")
    visit.accelerator()
    assert_samples_are_right(visit)
    assert visit.accelerator() == "Runs on the CPU: WebGPU failed (device lost)."


def test_the_page_stays_alive_while_a_generator_is_busy(open_page, change_worker, tab):
    change_worker(BUSY)
    shown = []

    def answer(route):
        shown.append(tab.inner_text("#status"))  # which a busy page would not tell
        route.fulfill(body="")

    tab.route("**/until-it-is-answered", answer)
    visit = open_page("pix2pix", "?accelerator=wasm")
    assert shown == ["Translating…"]
    assert visit.status().startswith("A sample image.")
    visit.assert_generated(visit.pixels("#after"), "generator", visit.inputs())
