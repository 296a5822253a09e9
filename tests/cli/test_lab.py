"""`make lab` in a real browser: a notebook is opened and run by the menu, as people do."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from benchmarks.shared.processes import free_port
from dcgan_tf.run.places import find_root
from tests.support.browser import open_browser
from tests.support.making import make_command
from tests.support.picture_sets import fill

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.notebook]
TINY = {
    "image_size": "16", "kimg": "0.05", "batch_size": "8", "generator_width": "4", "discriminator_width": "4",
    "latent_dim": "8", "sample_kimg": "0.02", "precision": '"float32"',
}  # fmt: skip


@pytest.fixture
def clone(tmp_path) -> Path:
    """Return a clone whose kiwi notebook trains tiny networks on a few pictures."""
    clone = tmp_path / "clone"
    (clone / "dcgan_tf").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(find_root() / name, clone)
    for name in ("requirements", "notebooks"):
        shutil.copytree(find_root() / name, clone / name)
    photos = fill(tmp_path / "Training" / "Kiwi", 24).parent
    source = (clone / "notebooks" / "kiwi.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(source, as_version=4)
    cell = notebook.cells[1]
    for name, value in (TINY | {"data": f'"{photos}"'}).items():
        cell.source, found = re.subn(rf"^({name}: \w+) = \S+", rf"\1 = {value}", cell.source, flags=re.MULTILINE)
        assert found == 1, name
    nbformat.write(notebook, clone / "notebooks" / "kiwi.ipynb")
    return clone


@pytest.fixture
def lab(clone, tmp_path) -> Iterator[str]:
    """Start JupyterLab for an account with another "python3" kernel, and return its address with the token."""
    port, token = free_port(), "let-me-in"
    kernel = tmp_path / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "Elsewhere", "language": "python"}')
    settings = {
        "ServerApp": {"port": port, "open_browser": False, "allow_root": True},
        "IdentityProvider": {"token": token},
    }
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_server_config.json").write_text(json.dumps(settings))
    places = {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path / "data"),
              "JUPYTER_PREFER_ENV_PATH": "0"}  # fmt: skip
    log = tmp_path / "lab.log"
    with log.open("w") as lines:
        server = subprocess.Popen(
            make_command("lab"), cwd=clone, stdout=lines, stderr=lines, env=os.environ | places, start_new_session=True
        )
    try:
        until = time.monotonic() + 120
        while f"127.0.0.1:{port}/lab/tree/notebooks" not in log.read_text():
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/kiwi.ipynb?token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def test_run_all_cells_ends_without_an_error_and_shows_pictures(lab, clone):
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(lab, timeout=120_000)
        expect(page.locator(".jp-Notebook")).to_contain_text("Fruit that never existed", timeout=120_000)
        expect(page.locator(".jp-Toolbar-kernelName")).to_contain_text("Python 3")
        kernel = page.locator(".jp-Notebook-ExecutionIndicator")
        expect(kernel).to_have_attribute("data-status", "idle", timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        until = time.monotonic() + 400
        while True:
            page.keyboard.press("Control+s")
            page.wait_for_timeout(2000)
            cells = code_cells(clone / "notebooks" / "kiwi.ipynb")
            outputs = [output for cell in cells for output in cell.outputs]
            assert not [output for output in outputs if output.output_type == "error"]
            if all(cell.execution_count for cell in cells):
                break
            assert time.monotonic() < until, page.locator("body").inner_text()
        shown = page.locator(".jp-OutputArea img").last
        shown.scroll_into_view_if_needed()
        expect(shown).to_be_visible()
        assert shown.evaluate("image => image.complete && image.naturalWidth > 100")
    html = [output.data.get("text/html", "") for output in outputs if "data" in output]
    assert sum("data:image/gif;base64," in each for each in html) == 2
    assert sum("data:image/png;base64," in each for each in html) >= 7
    assert (clone / "outputs" / "kiwi" / "default" / "generator.keras").is_file()
