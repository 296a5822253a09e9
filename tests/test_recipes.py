"""The recipes of CONTRIBUTING.md, followed literally in a copy of the project, and what comes of them."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dcgan_tf.run.places import find_root
from tests.support.making import make_command
from tests.support.picture_sets import fill_discs

ROOT = find_root()
TINY = ("SIZE=16", "BATCH=8", "GENERATOR_WIDTH=4", "DISCRIMINATOR_WIDTH=4", "LATENT_DIM=8", "KIMG=0.05",
        "PRECISION=float32")  # fmt: skip
STEPS = re.compile(
    r"At the end of `(?P<end>[^`]+)`[^\n]*:\n\n(?P<appended>(?: {3}[^\n]*\n|\n)+?) {3}```\n"
    r"|In `(?P<file>[^`]+)`, after the line `(?P<line>[^`]+)`:\n\n(?P<inserted>(?: {3}[^\n]*\n|\n)+?) {3}```\n"
    r"|Copy `(?P<source>[^`]+)` to `(?P<copy>[^`]+)`"
    r"|In `(?P<place>[^`]+)`,\s+replace (?P<pairs>`[^`]+`\s+by\s+`[^`]+`(?:\s+and\s+`[^`]+`\s+by\s+`[^`]+`)*)"
)


def follow(recipe: str, project: Path) -> int:
    """Do what a recipe says, step by step, and return the number of steps."""
    steps = list(STEPS.finditer(recipe))
    for step in steps:
        if step["end"]:
            with (project / step["end"]).open("a", encoding="utf-8") as file:
                file.write("\n\n" + code(step["appended"]))
        elif step["file"]:
            change(project / step["file"], f"{step['line']}\n", f"{step['line']}\n{code(step['inserted'])}")
        elif step["source"]:
            shutil.copy(project / step["source"], project / step["copy"])
        else:
            for before, after in re.findall(r"`([^`]+)`\s+by\s+`([^`]+)`", step["pairs"]):
                change(project / step["place"], before, after)
    return len(steps)


def code(block: str) -> str:
    """Return the code in a fenced block of a list item."""
    lines = textwrap.dedent("".join(line[3:] if line.strip() else line for line in block.splitlines(keepends=True)))
    return lines.removeprefix("```python\n")


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before} is not in {path}"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Return a copy of the project in which all recipes were followed."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("dcgan_tf", "notebooks", "Makefile", "CONTRIBUTING.md"):
        place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        place(ROOT / name, copy / name)
    recipes = (copy / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## ")
    done = {recipe.partition("\n")[0]: follow(recipe, copy) for recipe in recipes if recipe.startswith("Add a ")}
    assert done == {"Add a data set": 5, "Add a loss": 2, "Add a metric": 3, "Add a feature network": 1}
    fill_discs(copy / "data" / "coins" / "swiss", 24)
    return copy


def make(project: Path, *words: str) -> str:
    """Run make in the copy, with the environment of these tests, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(project)}
    done = subprocess.run(
        make_command(*words), cwd=project, capture_output=True, text=True, check=False, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_run_by_all_recipes_is_judged_and_shown(project):
    said = make(project, "run-coins", "DATA=data/coins", "LOSS=least_squares", "FEATURES=colors", *TINY)
    assert said.startswith("coins (own folder): 24 pictures, 16x16, 0.05 kimg")
    run = project / "outputs" / "coins" / "coins"
    assert json.loads((run / "run.json").read_text())["config"]["loss"] == "least_squares"
    score = json.loads((run / "scores.json").read_text())["mean_distance_colors"]
    assert all(score[kind] >= 0 for kind in ("value", "floor", "ceiling")) and score["features"] == "colors"
    shutil.copytree(run, run.with_name("again"))  # a gallery of two compares them
    make(project, "gallery")
    for page in (run / "report.html", project / "outputs" / "gallery.html"):
        text = page.read_text(encoding="utf-8")
        assert "How far the average generated picture is from the average real one" in text, page
    assert re.search(r"mean_<wbr>distance_<wbr>colors\s*<small>lower is better", text)


def test_the_new_names_are_known_to_the_command(project):
    command = [sys.executable, "-m", "dcgan_tf"]
    for words, expected in (
        (["--help"], "Train on coins"),
        (["run", "coins", "--help"], "--kimg"),
        (["run", "coins", "DATA=data/coins", "FEATURES=colours"], "'colors'"),
    ):
        done = subprocess.run([*command, *words], cwd=project, capture_output=True, text=True, check=False, timeout=120)
        assert expected in done.stdout + done.stderr
