"""The frame rate of exported pages in Chromium: `python -m benchmarks.web_page RUN/export/web...`.

Serves each page to a headless Chromium, translates what its fake camera of 60 frames per second
sees, on the CPU and with WebGPU on the software adapter SwiftShader, and prints a Markdown table.
Needs Playwright and Chromium.
"""

import contextlib
import functools
import http.server
import json
import re
import shutil
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from keras_gans.cli.main import parse_and_run
from keras_gans.errors import UserError
from keras_gans.tables import markdown_table
from keras_gans.validation import Config, PositiveInt

FLAGS = (
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    "--use-fake-device-for-media-stream=fps=60",
    "--use-fake-ui-for-media-stream",
)
ACCELERATORS = {"wasm": "CPU (WebAssembly)", "webgpu": "WebGPU (SwiftShader)"}
HEADERS = ("page", "image", "runs on", "ms per image", "frames per second")
TIME = re.compile(r"([\d.]+) ms per image, ([\d.]+) frames per second")
LOOK = 0.5  # seconds between two looks at the page
LIMIT = 120_000  # milliseconds for the first image


@dataclass(frozen=True)
class Options(Config):
    """Options of the benchmark.

    Args:
        pages: folders of exported pages of image-to-image models.
        seconds: how long the camera is on. The first half warms up.
    """

    pages: Annotated[Positional[tuple[Path, ...]], arg(metavar="PAGE")]
    seconds: Annotated[PositiveInt, arg(metavar="N")] = 20


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder; give its address."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def camera_speed(browser, address: str, seconds: float) -> tuple[float, float]:
    """Return the median milliseconds per image and frames per second that a page shows.

    Raises:
        UserError: the page shows an error.
    """
    with contextlib.closing(browser.new_page()) as page:
        page.goto(address)
        page.wait_for_selector("main[aria-busy=false]", state="attached", timeout=LIMIT)
        page.get_by_role("button", name="Use the camera").click()
        shown = []
        start = time.monotonic()
        while (passed := time.monotonic() - start) < seconds or not shown:
            page.wait_for_timeout(1000 * LOOK)
            if page.locator("#status.error").count():
                raise UserError(page.inner_text("#status"))
            if 1000 * passed > LIMIT:
                raise UserError(f"the page has shown no frame rate in {passed:.0f} seconds")
            found = TIME.fullmatch(page.inner_text("#translation-time"))
            if found and passed > seconds / 2:
                shown.append([float(each) for each in found.groups()])
    times, rates = zip(*shown, strict=True)
    return statistics.median(times), statistics.median(rates)


def rows(browser, folder: Path, seconds: float) -> Iterator[list[str]]:
    """Yield a row of the table for each accelerator.

    Raises:
        UserError: it is no page of an image-to-image model.
    """
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{folder} is no exported page: python -m export.web writes one") from error
    if description["kind"] != "translator":
        raise UserError(f"{folder} makes images from noise: it has no camera")
    _, height, width, _ = description["generators"][0]["output"]
    with served(folder) as address:
        for accelerator, name in ACCELERATORS.items():
            try:
                speed = camera_speed(browser, f"{address}?accelerator={accelerator}", seconds)
                cells = [f"{value:.1f}" for value in speed]
            except UserError as error:  # as if WebGPU lacks an operator
                cells = [str(error), ""]
            yield [str(folder), f"{width}x{height}", name, *cells]


def _run(options: Options) -> None:
    if not options.pages:
        raise UserError("give the folder of one page or more")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise UserError("playwright is missing: pip install playwright") from error
    chromium = shutil.which("chromium")
    if chromium is None:
        raise UserError("there is no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = [row for page in options.pages for row in rows(browser, page, options.seconds)]
        browser.close()
    print(markdown_table(HEADERS, found))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark as the command line says, and exit."""
    parse_and_run(
        Options, _run, name="benchmarks.web_page", description=__doc__, arguments=arguments
    )


if __name__ == "__main__":
    main()
