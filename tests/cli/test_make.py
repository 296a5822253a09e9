"""The Makefile's contract, with the environment that runs the tests in place of .venv."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from dcgan_tf import load_run
from dcgan_tf.run.places import find_root
from dcgan_tf.run.records import HISTORY, read_records
from tests.support.making import make_command

ROOT = find_root()
TARGETS = (
    "help", "run-kiwi", "run-vehicles", "run", "sweep", "doctor", "explore", "export", "gallery", "data-kiwi",
    "data-vehicles", "lab", "test", "test-all", "test-colab", "test-oldest", "test-newest", "lint", "format", "bench",
    "pins", "setup", "clean",
)  # fmt: skip
TINY = (
    "SIZE=16", "BATCH=8", "GENERATOR_WIDTH=4", "DISCRIMINATOR_WIDTH=4", "LATENT_DIM=8", "PRECISION=float32",
)  # fmt: skip

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run make, with variables in its environment."""
    return subprocess.run(
        make_command(*words),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | variables,
    )


@pytest.fixture
def photos(tmp_path):
    """Return a folder of pictures with a quote, a space and an accent in its name."""
    from PIL import Image

    from tests.conftest import make_images

    folder = tmp_path / "Mum's fótos of me"
    folder.mkdir()
    for name, pixels in zip((images := make_images(40)).files, images.pixels, strict=True):
        Image.fromarray(pixels).save(folder / name)
    return folder


def test_help_is_the_default_and_has_a_line_for_every_target():
    shown = make()
    assert shown.returncode == 0
    lines = {line.split()[1]: line.split(maxsplit=2)[2] for line in shown.stdout.splitlines()}
    assert set(TARGETS) == lines.keys()
    assert make("help").stdout == shown.stdout


def test_python_may_keep_what_it_compiled(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    shown = make("--eval=shown: ; @env", "shown")
    assert shown.returncode == 0 and "PATH=" in shown.stdout
    assert "PYTHONDONTWRITEBYTECODE" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run-kiwi", "KMIG=3"), "`KMIG` is not an option of `dcgan-tf run kiwi`. Did you mean KIMG?"),
        (
            ("run-vehicles", "SIZE=300"),
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: '300'.",
        ),
        (("run",), "`data` is empty. Name a folder of pictures. (here: DATA=... or --data ...)"),
        (("run-pears",), "`dcgan-tf run` should be followed by one of: kiwi, vehicles, own. Received: 'pears'."),
        (("data-pears",), "`dcgan-tf download` should be followed by one of: kiwi, vehicles. Received: 'pears'."),
        (("export", "RUN=it's a $$HOME run"), 'Received: "it\'s a $HOME run", which is not there.'),
        (("setup", "GPU=2"), "GPU should be 1 (TensorFlow for NVIDIA cards) or 0 (for processors). Received: 2"),
    ],
)
def test_a_mistake_is_one_sentence(words, sentence):
    shown = make(*words)
    assert shown.returncode != 0
    assert sentence in shown.stderr and "Traceback" not in shown.stdout + shown.stderr


def test_variables_before_make_are_taken_and_told():
    shown = make("run-kiwi", "SEED=3", SIZE="300", SEED="4")
    assert shown.stdout == "From the environment: SIZE=300\n"
    assert (
        "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: '300'."
        in shown.stderr
    )


def plan(venv: Path, *words: str, card: bool | None = None) -> str:
    """Return what make would do to make an environment, with an NVIDIA card or none."""
    paths = os.environ["PATH"]
    if card is not None:
        tool = venv.parent / "bin" / "nvidia-smi"
        tool.parent.mkdir(exist_ok=True)
        listed = "GPU 0: NVIDIA T4 (UUID: GPU-1)" if card else "No devices found."
        tool.write_text(f"#!/bin/sh\necho '{listed}'\n")
        tool.chmod(0o755)
        paths = f"{tool.parent}{os.pathsep}{paths}"
    environment = {name: value for name, value in os.environ.items() if name != "GPU"} | {"PATH": paths}
    asked = ["make", "-n", "setup", f"VENV={venv}", *words]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.parametrize(
    ("words", "card", "build", "because"),
    [
        ((), True, "gpu", "nvidia-smi finds a card; GPU=0 or GPU=1 chooses"),
        ((), False, "cpu", "nvidia-smi finds no card; GPU=0 or GPU=1 chooses"),
        (("GPU=1",), False, "gpu", "GPU=1"),
        (("GPU=0",), True, "cpu", "GPU=0"),
    ],
)
def test_a_new_environment_gets_the_tensorflow_that_fits_or_was_asked_for(tmp_path, words, card, build, because):
    planned = plan(tmp_path / "venv", *words, card=card)
    assert f"({because})." in planned and f"{tmp_path}/venv/.{build}" in planned
    assert f"-r requirements/common.txt -r requirements/{build}.txt" in planned


def test_an_environment_keeps_its_tensorflow_until_another_one_is_asked_for(tmp_path):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / ".gpu").touch()
    assert "pip" not in plan(tmp_path / "venv", card=False)
    changed = plan(tmp_path / "venv", "GPU=0", card=True)
    uninstalled, installed = changed.index("-r requirements/gpu.txt"), changed.index("-r requirements/cpu.txt")
    assert "uninstall --yes" in changed[:uninstalled] and uninstalled < installed


@pytest.mark.notebook
def test_own_photos_from_the_command_to_the_last_line(photos, tmp_path):
    folder = tmp_path / "a run"
    shown = make("run", f"DATA={photos}", f"RUN={folder}", "KIMG=0.05", *TINY)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].startswith(
        "Mum's fótos of me (own folder): 40 pictures, 16x16, 0.05 kimg, about a minute of training"
    )
    assert "float32" in lines[0]
    assert any("of 0.05 kimg" in line and "img/s" in line and "left" in line for line in lines)
    assert [line.split(":")[0] for line in lines[-3:]] == ["Training as a GIF", "The whole report", "Try next"]
    assert f"{folder}/progress.gif" in lines[-3] and f"{folder}/report.html" in lines[-2]
    assert lines[-1].endswith("make run-own DATA=folder SIZE=100 RUN=large")
    assert load_run(folder).state == "finished"
    again = make("run", f"DATA={photos}", f"RUN={folder}", "KIMG=0.05", *TINY)
    assert again.returncode == 0 and "already trained" in again.stdout.splitlines()[0]


def start(photos: Path, folder: Path) -> subprocess.Popen[str]:
    """Start a long run and return once it has trained for a while."""
    words = make_command("run", f"DATA={photos}", f"RUN={folder}", "KIMG=10000", "SAMPLE_KIMG=50", *TINY)
    child = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    history = folder / "history.jsonl"
    deadline = time.monotonic() + 200
    while not (history.is_file() and history.stat().st_size):
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return child


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_save_and_say_how_to_go_on(photos, tmp_path, number):
    folder = tmp_path / "stopped"
    child = start(photos, folder)
    os.killpg(child.pid, number)  # as a terminal does: make and everything it started
    _, errors = child.communicate(timeout=120)
    assert child.returncode != 0
    assert "Traceback" not in errors
    stopped = load_run(folder)
    assert stopped.state == "interrupted"
    if number == signal.SIGINT:
        assert f"Stopped at {stopped.kimg_done:.1f} of 10000 kimg" in errors and "go on from there" in errors


@pytest.mark.slow
@pytest.mark.notebook
def test_a_signal_while_the_kernel_starts_stops_it_with_a_sentence(photos, tmp_path):
    folder = tmp_path / "early"
    words = make_command("run", f"DATA={photos}", f"RUN={folder}", "KIMG=10000", *TINY)
    child = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert "minutes of training" in child.stdout.readline()  # the kernel comes next
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=120)
    assert child.returncode != 0 and "Stopped" in errors and "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.notebook
def test_a_refused_call_leaves_the_finished_notebook_as_it_was(photos, tmp_path):
    folder = tmp_path / "run"
    assert make("run", f"DATA={photos}", f"RUN={folder}", "KIMG=0.05", *TINY).returncode == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    refused = make("run", f"DATA={photos}", f"RUN={folder}", "KIMG=0.05", "SEED=1", *TINY)
    assert refused.returncode != 0 and "seed 0, now 1" in refused.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.notebook
def test_a_run_killed_without_warning_goes_on_and_finishes(photos, tmp_path):
    folder = tmp_path / "killed"
    child = start(photos, folder)
    kernels = [
        process
        for process in psutil.Process(child.pid).children(recursive=True)
        if "ipykernel" in str(process.cmdline())
    ]
    assert kernels
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    psutil.wait_procs(kernels, timeout=60)  # in a group of its own, it ends when it notices
    assert not any(kernel.is_running() for kernel in kernels)
    goal = read_records(folder, HISTORY)[-1]["kimg"] + 0.5
    shown = make("run", f"DATA={photos}", f"RUN={folder}", f"KIMG={goal}", "SAMPLE_KIMG=50", *TINY)
    assert shown.returncode == 0, shown.stderr
    finished = load_run(folder)
    assert finished.state == "finished" and finished.kimg_done >= goal
    steps = [record["step"] for record in finished.history]
    assert steps == sorted(set(steps))
