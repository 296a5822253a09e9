"""What is installed: pins that agree with one another and with pyproject.toml, and a wheel that needs no clone."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from dcgan_tf import load_run
from dcgan_tf.run.places import find_root
from tests.support.making import copy_project
from tests.support.picture_sets import fill

ROOT = find_root()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PURPOSES = ("explore", "export", "sweep", "kaggle", "dev")


def pins(name: str) -> dict[tuple[str, str], str]:
    """Return the version of each package and marker in a file of requirements/."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"==[\w.]+", str(each.specifier)) for each in found), "not exact"
    return {(normal(each.name), str(each.marker or "")): str(each.specifier) for each in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_package_is_pinned_twice():
    files = [pins(name) for name in ("common", "gpu", *PURPOSES)]
    names = [name for file in files for name, _ in file]
    assert {name for name in names if names.count(name) > 1} <= {"soupsieve"}  # one for Python before 3.11.5
    assert sum(map(len, files)) == len({key for file in files for key in file})


@pytest.mark.parametrize("purpose", ["", *PURPOSES])
def test_everything_that_pyproject_asks_for_is_pinned_where_it_is_needed(purpose):
    asked = PROJECT["project"]["optional-dependencies"][purpose] if purpose else PROJECT["project"]["dependencies"]
    pinned = pins("common") | (pins(purpose) if purpose else pins("cpu"))
    versions = {name: version.removeprefix("==") for (name, _), version in pinned.items()}
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(versions[normal(requirement.name)]), requirement


def test_the_oldest_versions_are_those_that_pyproject_names():
    oldest = {name: version for (name, _), version in pins("oldest").items()}
    extras = PROJECT["project"]["optional-dependencies"]
    for line in PROJECT["project"]["dependencies"] + [line for name in PURPOSES for line in extras[name]]:
        asked = Requirement(line)
        name = {"tensorflow": "tensorflow-cpu"}.get(asked.name, normal(asked.name))
        [bound] = asked.specifier
        assert Version(oldest[name].removeprefix("==")).release[:2] == (*Version(bound.version).release, 0)[:2], line


def test_both_builds_of_tensorflow_are_one_version():
    versions = set(pins("cpu").values()) | {pins("gpu")[("tensorflow", "")]}
    assert len(versions) == 1
    assert "tensorflow[and-cuda]==" in (ROOT / "requirements" / "gpu.txt").read_text()
    assert {"nvidia-cudnn-cu12", "nvidia-cublas-cu12"} <= {name for name, _ in pins("gpu")}


@pytest.mark.slow
def test_the_build_for_nvidia_cards_can_be_resolved(tmp_path):
    if sys.platform != "linux":
        pytest.skip("NVIDIA's libraries are for Linux")
    listed = [f"requirements/{name}.txt" for name in ("common", "gpu")]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    reached = subprocess.run([*pip, "download", "--no-deps", "-q", "-d", tmp_path, "six"], check=False, timeout=200)
    if reached.returncode:
        pytest.skip("no package index can be reached")
    # uv, since pip takes minutes; wheels alone, as there is nothing to build them with.
    how = ["--quiet", "--only-binary", ":all:", "--python-version", "3.11", "--python-platform", "linux"]
    resolved = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", *how, *listed, "--output-file", tmp_path / "all.txt"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert resolved.returncode == 0, resolved.stderr
    assert "nvidia-cudnn-cu12==" in (tmp_path / "all.txt").read_text()


def test_every_package_and_its_files_are_listed():
    folders = {path.parent for path in (ROOT / "dcgan_tf").rglob("*.py")}
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == names | {"dcgan_tf.notebooks"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Return the wheel, built from a copy of what git knows."""
    source = tmp_path_factory.mktemp("source")
    copy_project(source)
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", place, source]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode and "setuptools" in done.stderr:
        pytest.skip("setuptools cannot be fetched to build the wheel")
    assert done.returncode == 0, done.stderr
    return next(place.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_everything_that_is_not_a_module_too(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "dcgan_tf").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert path.relative_to(ROOT).as_posix() in inside
    assert {f"dcgan_tf/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= inside


@pytest.mark.slow
@pytest.mark.notebook
def test_an_installed_wheel_trains_in_an_empty_folder_without_a_clone_and_without_make(wheel, tmp_path):
    site, empty = tmp_path / "site", tmp_path / "empty"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    empty.mkdir()
    photos = fill(tmp_path / "my photos", 24)
    words = [
        "--kimg",
        "0.05",
        "--size=16",
        "--batch=8",
        "--generator-width=4",
        "DISCRIMINATOR_WIDTH=4",
        "--latent-dim=8",
    ]
    called_by_hand = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "dcgan_tf", "run", "own", "--data", photos, *words],
        cwd=empty, env=called_by_hand | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert load_run(empty / "outputs" / "own_images" / "my photos").state == "finished"
    assert "dcgan-tf run own DATA=folder" in done.stdout.splitlines()[-1]
    assert {path.name for path in empty.iterdir()} == {"outputs"}
