"""How long the explore page takes to answer a slider, from the key press in the browser to the new picture shown there.

Serves a run by `python -m dcgan_tf explore`, as `make explore` does, and presses arrow keys in a headless Chromium from
the system's packages, driven by Playwright.
"""

import argparse
import re
import shutil
import signal
import statistics
import subprocess
import sys

from playwright.sync_api import Page, sync_playwright

from benchmarks.shared.report import write_results
from dcgan_tf import load_run
from dcgan_tf.run.places import find_root

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


def main() -> None:
    """Serve, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default="outputs/kiwi/default", help="a finished run")
    options = parser.parse_args()
    root = find_root()
    config = load_run(root / options.run).config
    server = subprocess.Popen(
        [sys.executable, "-m", "dcgan_tf", "explore", f"RUN={options.run}"], stdout=subprocess.PIPE, text=True
    )
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
        "median_ms": statistics.median(answers),
        "p95_ms": answers[int(0.95 * len(answers))],
        "most_ms": answers[-1],
    }
    print(f"{config.image_size}x{config.image_size}: {found}")
    write_results("slider", {"image_size": config.image_size, "presses": len(answers)} | found)


if __name__ == "__main__":
    main()
