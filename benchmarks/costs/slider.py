"""How long the explore page takes to answer a slider, from the key press in the browser to the new picture shown there.

Serves a run by `python -m dcgan_tf explore` and presses arrow keys in a headless Chromium from the system's packages,
driven by Playwright.
"""

import re
import shutil
import signal
import statistics
import subprocess
from collections.abc import Sequence

from playwright.sync_api import Page, sync_playwright

from benchmarks.shared.options import folder, parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import write_results
from dcgan_tf import load_run

PRESSES, WARM = 100, 10
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCH = """() => {
  window.answers = [];
  document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
  const image = document.querySelector('.dcgan-current img');
  image.addEventListener('load', () => window.answers.push(performance.now() - window.pressed));
}"""


def measure(page: Page) -> list[float]:
    """Return the milliseconds of each answer, the next press coming after the last answer."""
    page.locator(".dcgan-wall button").first.click(timeout=120_000)
    page.get_by_role("tab", name="Sliders", exact=True).click()
    handle = page.get_by_role("slider", name="Direction 1", exact=True)
    handle.focus()
    page.evaluate(WATCH)
    for press in range(PRESSES + WARM):
        handle.press("ArrowRight" if press // 20 % 2 == 0 else "ArrowLeft")  # there and back, never at an end
        page.wait_for_function("count => window.answers.length >= count", arg=press + 1, timeout=10_000)
    return page.evaluate("window.answers")[WARM:]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve, measure, print and write."""
    parser = parser_of("costs.slider", __doc__)
    parser.add_argument("--run", type=folder, default=ROOT / "outputs" / "kiwi" / "default", help="a finished run")
    options = parser.parse_args(arguments)
    config = load_run(options.run).config
    explore = command("dcgan_tf", "explore", f"RUN={options.run}")
    server = subprocess.Popen(explore, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        address = next(found[0] for line in server.stdout if (found := re.search(r"http://127\S+", line)))
        with sync_playwright() as playwright:
            path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            page = browser.new_page()
            page.set_default_timeout(120_000)
            page.goto(address)
            answers = sorted(measure(page))
            browser.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
    found = {
        "image_size": config.image_size,
        "presses": len(answers),
        "median_ms": statistics.median(answers),
        "p95_ms": answers[int(0.95 * len(answers))],
        "most_ms": answers[-1],
    }
    print(found)
    write_results(options.results, "slider", found)


if __name__ == "__main__":
    main()
