"""The explore page without a browser: the tests use its widgets as a page would."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from ipywidgets.widgets import widget as widgets

import dcgan_tf
from dcgan_tf import DcganError
from dcgan_tf.model.latent import slerp, truncate
from dcgan_tf.play.explore import explore
from dcgan_tf.play.explore.page import Page
from dcgan_tf.play.explore.widgets import Painter, Picture, SliderNames, Uploader, Wall
from dcgan_tf.run.places import find_root, find_runs
from dcgan_tf.run.run import load_run
from tests.support.explorers import send, shown

NOTEBOOK = find_root() / "notebooks" / "explore.ipynb"


@pytest.fixture(scope="module")
def root(finished, tmp_path_factory) -> Path:
    """Return a folder with one finished, one damaged and one unfinished run below outputs/."""
    root = tmp_path_factory.mktemp("explored")
    (root / "outputs" / "discs").mkdir(parents=True)
    shutil.copytree(finished.folder, root / "outputs" / "discs" / "good")
    for name, text in (("damaged", "{"), ("young", json.dumps(finished.info | {"state": "training"}))):
        (root / "outputs" / "discs" / name).mkdir()
        (root / "outputs" / "discs" / name / "run.json").write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def explorer(finished, tmp_path):
    return Page(str(finished.folder), tmp_path).explorer


def test_serving_does_not_import_ipywidgets():
    code = "import sys, dcgan_tf.play.explore.serve; sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_anywidget_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "anywidget" else object())
    with pytest.raises(DcganError, match=r'^The explore page needs anywidget.*`pip install "dcgan-tf\[explore\]"`'):
        explore("", tmp_path)


def test_the_picker_lists_finished_runs_newest_first_and_damaged_ones(root):
    listed = [("discs: discs/good", "outputs/discs/good"), ("damaged (damaged)", "outputs/discs/damaged")]
    assert find_runs(root) == listed
    assert Page("", root).picker.value == "outputs/discs/good"


def test_a_damaged_run_shows_an_error_and_another_can_be_chosen(root):
    page = Page("outputs/discs/damaged", root)
    assert "damaged/run.json is damaged" in shown(page.notice)
    assert page.explorer is None
    page.picker.value = "outputs/discs/good"
    assert page.explorer is not None and shown(page.notice) == ""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("outputs/nowhere", "nowhere is not the folder of a run"),
        ("outputs", "which holds many"),
        ("outputs/discs/young", "young/generator.keras"),
        ("", "There is no finished run in "),
    ],
)
def test_a_wrong_run_shows_an_error(root, tmp_path, name, sentence):
    assert sentence in shown(Page(name, root if name else tmp_path).notice)


def test_a_clicked_picture_becomes_the_current_one(explorer, finished):
    state = explorer.state
    expected = finished.generate(24, seed=0)
    np.testing.assert_array_equal(state.draw(explorer.wall.latents), expected)
    np.testing.assert_array_equal(state.draw(explorer.wall.latents[3:4])[0], expected[3])
    before = explorer.picture.address
    send(explorer.wall.wall, {"pick": 3})
    assert explorer.picture.address != before and explorer.picture.name == "Picture 4 of seed 0"
    assert explorer.wall.wall.selected == 3
    np.testing.assert_array_equal(state.latents, explorer.wall.latents[3])


def test_the_wall_shows_the_next_seed_and_up_to_48_pictures(explorer):
    before = explorer.wall.wall.pictures
    explorer.wall.more.click()
    assert explorer.wall.seed.value == 1 and not set(before) & set(explorer.wall.wall.pictures)
    assert explorer.wall.wall.selected == -1
    explorer.wall.count.value = 48
    assert len(explorer.wall.wall.pictures) == len(explorer.blend.wall.pictures) == 48


def test_malformed_messages_are_ignored(explorer):
    before = explorer.state.latents
    for content in ({"pick": 24}, {"pick": -1}, {"pick": "1"}, {}, "pick", None):
        send(explorer.wall.wall, content)
    np.testing.assert_array_equal(explorer.state.latents, before)


@pytest.mark.parametrize("kind", ["sefa", "ganspace"])
def test_sliders_move_along_directions_and_reset_undoes_it(explorer, kind):
    tab, state = explorer.sliders, explorer.state
    tab.kind.value = kind
    start, picture = state.latents, explorer.picture.address
    tab.sliders[0].slider.value, tab.sliders[2].slider.value = 2.0, -1.5
    vectors = state.directions(kind).vectors
    np.testing.assert_allclose(state.latents, start + 2.0 * vectors[0] - 1.5 * vectors[2], rtol=1e-5, atol=1e-6)
    assert explorer.picture.address != picture and "changed" in explorer.picture.name
    tab.variety.value = 0.5
    np.testing.assert_allclose(
        state.latents, truncate(start + 2.0 * vectors[0] - 1.5 * vectors[2], 0.5), rtol=1e-5, atol=1e-6
    )
    tab.reset.click()
    assert explorer.picture.address == picture and tab.sliders[0].slider.value == 0 and tab.variety.value == 1
    assert f"{state.directions(kind).effects[0]:.0f} of 255" in tab.sliders[0].effect.value


def test_other_directions_start_from_the_current_picture(explorer):
    explorer.sliders.sliders[0].slider.value = 1.0
    picture, origin = explorer.picture.address, explorer.state.origin
    explorer.sliders.kind.value = "ganspace"
    assert explorer.picture.address == picture and explorer.sliders.sliders[0].slider.value == 0
    explorer.sliders.reset.click()
    np.testing.assert_array_equal(explorer.state.latents, origin)


def test_blends_go_from_a_to_b(explorer):
    tab, latents = explorer.blend, explorer.wall.latents
    send(tab.wall, {"pick": 5})
    send(tab.wall, {"pick": 7})
    assert (tab.wall.marks[5], tab.wall.marks[7], tab.target.value) == ("A", "B", "a")
    tab.share.value = 0.25
    np.testing.assert_array_equal(tab.between(), slerp(latents[5], latents[7], 0.25))
    tab.share.value = 0.0
    assert tab.middle.address != tab.ends[1].address
    tab.share.value = 1.0
    tab.keep.click()
    np.testing.assert_allclose(explorer.state.latents, latents[7], atol=1e-5)


def test_a_walk_through_picked_stops_becomes_gif_and_mp4(explorer):
    tab = explorer.blend
    tab.clear.click()
    tab.make.start()
    assert "at least two stops" in shown(tab.notice) and tab.mp4.button.disabled
    for index in (1, 4):
        send(tab.wall, {"pick": index})
    tab.current.click()
    assert len(tab.stops) == 3
    tab.frames.value = 12
    tab.make.start()
    assert 'download="walk.gif"' in tab.links.value and shown(tab.notice) == ""
    if importlib.util.find_spec("av") is None:  # on Colab, until the notebook installs it
        return
    tab.mp4.start()
    assert 'download="walk.mp4"' in tab.links.value
    assert not tab.make.button.disabled and tab.make.bar.layout.display == "none"


def test_the_frame_stays_on_the_chosen_picture_when_others_come_and_go(explorer):
    send(explorer.wall.wall, {"pick": 3})
    explorer.wall.count.value = 48
    assert explorer.wall.wall.selected == 3
    explorer.wall.seed.value = 7
    assert explorer.wall.wall.selected == -1
    explorer.wall.seed.value = 0
    assert explorer.wall.wall.selected == 3


@pytest.fixture
def classes(of_classes, tmp_path):
    return Page(str(of_classes.folder), tmp_path).explorer


def test_pictures_of_a_class_can_be_asked_for(classes, explorer, of_classes):
    wall, state = classes.wall, classes.state
    assert [text for text, _ in wall.label.options] == ["any", "bright", "dark", "<b>gr|y</b>"]
    assert wall.label.layout.display is None and explorer.wall.label.layout.display == "none"
    np.testing.assert_array_equal(state.draw(wall.latents), of_classes.generate(24, seed=0))
    wall.label.value = "dark"
    np.testing.assert_array_equal(state.draw(wall.latents), of_classes.generate(24, seed=0, label="dark"))
    assert {name.partition(", ")[2] for name in wall.wall.names} == {"dark"}
    wall.label.value = "<b>gr|y</b>"
    send(wall.wall, {"pick": 2})
    assert classes.picture.name == "Picture 3 of seed 0, <b>gr|y</b>" and "<b>gr|y" not in classes.caption.value


def test_sliders_keep_the_class(classes):
    tab, state = classes.sliders, classes.state
    start, picture = state.latents, classes.picture.address
    tab.sliders[0].slider.value, tab.variety.value = 2.0, 0.5
    moved = start + 2.0 * state.directions("sefa").vectors[0]
    np.testing.assert_allclose(state.latents[:8], truncate(moved[:8], 0.5), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(state.latents[8:], start[8:])
    assert classes.picture.address != picture
    tab.reset.click()
    assert classes.picture.address == picture


def test_a_blend_and_a_film_go_from_class_to_class(classes):
    tab, wall = classes.blend, classes.wall
    wall.label.value = "bright"
    send(wall.wall, {"pick": 1})
    wall.label.value = "dark"  # the tab begins again with dark pictures
    tab.target.value, tab.share.value = "b", 0.25
    tab.current.click()
    np.testing.assert_allclose(tab.between()[8:], [0.25, 0.75, 0])
    tab.target.value = "walk"
    tab.current.click()
    assert [stop.latents[8:].argmax() for stop in tab.stops] == [1, 1, 1, 1, 0]
    tab.make.start()
    assert shown(tab.notice) == "" and "data:image/gif" in tab.film.value


def test_opening_another_run_closes_all_widgets_of_the_last(root):
    page = Page("outputs/discs/good", root)
    alive = getattr(widgets, "_instances", None) or widgets.Widget.widgets  # in ipywidgets 8 and 7
    old, count = page.explorer, len(alive)
    page.open()
    assert page.explorer is not old and len(alive) == count
    for widget in (old.box, old.picture, old.sliders.sliders[0].slider, old.blend.film, old.photo.uploader):
        assert widget.comm is None
    assert page.explorer.picture.comm is not None and page.picker.comm is not None


def test_walls_are_buttons_with_names(explorer):
    wall = explorer.wall.wall
    assert len(wall.names) == len(wall.pictures) == 24 and wall.names[0] == "Picture 1 of seed 0"
    assert 'element("button"' in Wall._esm and "alt: name" in Wall._esm


@pytest.mark.parametrize("widget", [Wall, Painter, Uploader, Picture, SliderNames])
def test_scripts_load_nothing_from_the_web(widget):
    script = widget._esm
    assert "import " not in script and "http" not in script and "export default { render }" in script


@pytest.mark.slow
def test_the_notebook_is_thin_and_runs_without_a_browser(tmp_path, finished):
    from dcgan_tf.cli.headless import execute  # needs papermill, which Colab does not have

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert len(notebook.cells) <= 5 and not any(cell.get("outputs") for cell in notebook.cells)
    source = "\n".join(cell.source for cell in notebook.cells)
    assert source.count(f"v{dcgan_tf.__version__}") == 2 and "def " not in source
    executed = tmp_path / "executed" / "notebook.ipynb"
    execute(NOTEBOOK, executed, {"run": str(finished.folder)}, find_root())
    outputs = [output for cell in nbformat.read(executed, as_version=4).cells for output in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)
    assert load_run(finished.folder).state == "finished"
