import base64
import io
import json
import re
import shutil
from html import unescape

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError
from dcgan_tf.draw.film import save_gif
from dcgan_tf.draw.grids import GROUND, margin
from dcgan_tf.draw.pages import plain
from dcgan_tf.judge.table import describe_scores
from dcgan_tf.run.pictures import write_curves, write_progress
from dcgan_tf.share.gallery import gallery
from dcgan_tf.share.gallery.entries import comparable_groups, without_paths
from dcgan_tf.share.gallery.gallery import collect_runs, write_gallery
from tests.conftest import lock_folders

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\ud800"


def make_scores(**changes) -> dict:
    score = {
        "value": 0.2, "floor": 0.1, "ceiling": 4.0, "spread": 0.01, "floor_spread": 0.01, "resolution": "16x16x3",
        "n": {"real": 24, "compared": 20}, "features": "random", "features_version": "2",
        "floor_of": "held-out pictures", "generator": "generator.keras",
    }  # fmt: skip
    return {"kid_random": score | changes}


@pytest.fixture(scope="module")
def template(finished, tmp_path_factory):
    """Return the folder of a run with all files."""
    folder = tmp_path_factory.mktemp("template") / "one"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns("checkpoint", "*.keras"))
    run = gallery.load_run(folder)
    write_progress(run)
    write_curves(run)
    frames = [Image.new("RGB", (40, 20), color) for color in ("red", GROUND)]
    save_gif(folder / "interpolation.gif", frames, milliseconds=20)
    (folder / "scores.json").write_text(json.dumps(make_scores()))
    return folder


@pytest.fixture
def outputs(template, tmp_path):
    """Return outputs/ with one run, in which anything may be changed."""
    shutil.copytree(template, tmp_path / "outputs" / "own" / "one")
    return tmp_path / "outputs"


def change(run, **changes) -> None:
    """Change values of run.json, of `data` and of `environment` by their names."""
    info = json.loads((run / "run.json").read_bytes())
    for name, value in changes.items():
        part = next((info[key] for key in ("data", "environment", "config") if name in info[key]), info)
        part[name] = value
    (run / "run.json").write_text(json.dumps(info))


def copy(outputs, name: str, **changes):
    folder = outputs / name
    shutil.copytree(outputs / "own" / "one", folder)
    change(folder, **changes)
    return folder


def page_of(outputs) -> str:
    return write_gallery(outputs).read_text(encoding="utf-8")


def test_the_page_holds_all_of_a_run_and_makes_no_requests(outputs):
    assert write_gallery(outputs) == outputs / "gallery.html"
    page = page_of(outputs)
    text = unescape(re.sub(r"data:[^\"]*", "", page))
    for part in ("own/one", "discs", "0.064 kimg in", "There is one run", "generator_width", "CPU", "tensorflow 2"):
        assert part in text
    assert describe_scores(make_scores())[0][-1] in text
    assert not re.search(r"(src|href|action)=\"(?!data:|#)", page) and "http-equiv" in page
    assert page.count("data:image/gif") == 2 and "is missing" not in text
    assert len(re.findall(r"data:image/png", page)) == 5  # mosaic, samples, curves, and the films standing still


def test_photos_and_paths_of_the_machine_are_not_on_the_page(outputs, tmp_path):
    folder = outputs / "own" / "one"
    photos = [base64.b64encode((folder / "real.png").read_bytes()).decode()]
    change(folder, folder=str(tmp_path / "private"), warnings=[
        {"kind": "x", "step": 1, "message": f"Look into {tmp_path}/private and {folder}/samples."},
        {"kind": "y", "step": 2, "message": "See /home/jane doe/photos."},
    ])  # fmt: skip
    copy(outputs, "failed", state="failed", error={"message": "The last checkpoint in /data/jane/run is kept."})
    copy(outputs, "known", state="failed", error={"message": f"The checkpoint in {outputs}/known is kept."})
    page = page_of(outputs)
    assert not any(photo in page for photo in photos)
    text = re.sub(r"data:[^\"]*", "", page)
    assert str(tmp_path) not in text and "jane" not in text and "/home" not in text
    assert "in outputs/known is kept" in text and "outputs/failed cannot be shown" in text
    assert "There was a warning" in text


PLAIN = (
    "a/b", "24/24", "about ~3/4 and 1/2", "and/or", "swd_16 / 32", "see https://example.org/a/b", "</script><img/>",
)  # fmt: skip
PATHS = (
    "file:///home/me/photos", "path:/home/me/photos/x", "</home/me/photos>", "C:/Users/me/photos", "//home/me/x/y",
    "~me/pics/a", "/my disk/secret pics/a", "C:\\Users\\me", "\\\\server\\me", "kid_/home/me/x", "kid/home/me/x",
    "https://example.org,/home/me/x",
)  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_path_stays(text, tmp_path):
    assert without_paths(text, tmp_path) == text == plain(text)


@pytest.mark.parametrize("text", PATHS)
def test_what_is_a_path_goes(text, tmp_path):
    assert without_paths(text, tmp_path) == "" and "/home" not in plain(text) and "disk" not in plain(text)


@pytest.mark.parametrize("text", PATHS)
def test_no_score_brings_a_path_onto_the_page(outputs, text):
    score = make_scores()["kid_random"]
    scores = make_scores() | {f"kid {text}": score, text: score}
    scores |= {"kid": score | {"resolution": text}, "fid": score | {"n": {"compared": text}}}
    (outputs / "own" / "one" / "scores.json").write_text(json.dumps(scores))
    entry = collect_runs(outputs).entries[0]
    assert list(entry.scores) == ["kid_random"] and len(entry.notes) == 4
    assert text not in unescape(page_of(outputs))


def test_hostile_text_stays_text(outputs):
    folder = outputs / "own" / "one"
    change(folder, title=HOSTILE, source=HOSTILE, warnings=[{"step": 1, "message": HOSTILE}], python=HOSTILE,
           packages={HOSTILE: HOSTILE, "x": ["y"]}, device=HOSTILE, precision=HOSTILE, finished=HOSTILE,
           skipped=HOSTILE, best={"step": 1, "kimg": HOSTILE, "kid_random": []})  # fmt: skip
    (folder / "scores.json").write_text(json.dumps(make_scores() | {"kid" + HOSTILE: make_scores()["kid_random"]}))
    copy(outputs, "bad<img src=x onerror=alert(2)>", state="interrupted")
    page = page_of(outputs)
    assert "<img src=x" not in page and page.count("</script>") == 1 and "\u202e" not in page
    assert "&lt;/script&gt;&lt;img src=x" in page


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"GIF89a", None])
def test_missing_and_damaged_pictures_are_notes(outputs, content):
    folder = outputs / "own" / "one"
    paths = [*folder.glob("*.png"), *folder.glob("*.gif"), *folder.glob("samples/*.png"), folder / "scores.json"]
    for path in paths:
        path.unlink() if content is None else path.write_bytes(content)
    entry = collect_runs(outputs).entries[0]
    assert not entry.pictures.stills and not entry.pictures.films and not entry.scores
    reason = "is missing" if content is None else "is damaged"
    notes = " ".join(entry.pictures.notes + entry.notes)
    for name in ("A grid in samples/", "losses.png", "progress.gif", "interpolation.gif", "scores.json"):
        assert f"{name} {reason}" in notes
    assert "no pictures" in page_of(outputs)


def test_runs_that_cannot_be_shown_are_told_and_stop_nothing(outputs, monkeypatch):
    for name, content in {"damaged": "{", "empty": "", "list": "[]", "newer": '{"format": 99}'}.items():
        (outputs / name).mkdir()
        (outputs / name / "run.json").write_text(content)
    copy(outputs, "unfinished", state="interrupted", kimg_done=0.016)
    copy(outputs, "setting", loss="else")
    (outputs / "locked").mkdir()
    lock_folders(monkeypatch)
    found = collect_runs(outputs)
    assert [entry.name for entry in found.entries] == ["own/one"] and len(found.left_out) == 7
    told = "\n".join(found.left_out)
    for part in (
        "outputs/damaged/run.json is damaged: it is not JSON",
        "outputs/unfinished is not finished: 0.016 of 0.064 kimg",
        "was written by a newer version",
        "`loss` should be one of",
        "outputs/locked cannot be opened",
    ):
        assert part in told
    assert str(outputs) not in told


def test_no_runs_is_one_sentence(outputs, tmp_path):
    for empty in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(DcganError, match=r"holds no finished run. Train one first."):
            write_gallery(empty)
        (tmp_path / "empty").mkdir(exist_ok=True)
    assert not (tmp_path / "none").exists()
    change(outputs / "own" / "one", state="interrupted")
    with pytest.raises(DcganError, match="Not shown: outputs/own/one is not finished"):
        write_gallery(outputs)
    with pytest.raises(DcganError, match="holds no finished run"):
        write_gallery(outputs / "own" / "one" / "run.json")


@pytest.mark.parametrize(("changes", "together"), [
    ({}, True),
    ({"value": 3.0, "generator": "best.keras"}, True),
    ({"features_version": "3"}, False),
    ({"features": "inception"}, False),
    ({"floor_of": "the other half of the training pictures"}, False),
    ({"n": {"real": 24, "compared": 10}}, False),
])  # fmt: skip
def test_scores_are_compared_where_they_were_measured_alike(outputs, changes, together):
    other = copy(outputs, "two")
    (other / "scores.json").write_text(json.dumps(make_scores(**changes)))
    entries = collect_runs(outputs).entries
    groups = comparable_groups(entries, "kid_random")
    assert (groups[0] == groups[1]) is together


def test_scores_on_other_pictures_and_without_scores_are_not_compared(outputs):
    copy(outputs, "two", sha256="0" * 64)
    (copy(outputs, "three") / "scores.json").unlink()
    entries = collect_runs(outputs).entries
    groups = dict(zip((entry.name for entry in entries), comparable_groups(entries, "kid_random"), strict=True))
    assert groups["own/one"] != groups["two"] and groups["three"] is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, "many", None, True, [1]])
def test_scores_that_are_no_numbers_are_notes(outputs, value):
    scores = make_scores() | {"fid_random": make_scores(value=value)["kid_random"]}
    (outputs / "own" / "one" / "scores.json").write_text(json.dumps(scores))
    entry = collect_runs(outputs).entries[0]
    assert list(entry.scores) == ["kid_random"] and "fid_random in scores.json is damaged." in entry.notes
    page_of(outputs)


@pytest.mark.parametrize("scores", [
    [], {"x": 1}, {"unknown": {}}, {"kid": {"value": 1}}, make_scores(n=3) | {"fid_x": make_scores(n=3)["kid_random"]},
    make_scores(value=1e308, floor=-1e308), make_scores(features=HOSTILE, floor_of=[]), make_scores(n={HOSTILE: [{}]}),
])  # fmt: skip
def test_any_scores_and_numbers_make_a_page(outputs, scores):
    copy(outputs, "two", seconds=1e300, kimg_done=10**300, n=10**400, width="x", cpu_count=float("nan"))
    for folder in (outputs / "own" / "one", outputs / "two"):
        (folder / "scores.json").write_text(json.dumps(scores))
    assert "Side by side" in page_of(outputs)


def test_the_mosaic_is_of_the_pictures_as_they_were_generated(outputs, finished):
    still = collect_runs(outputs).entries[0].pictures.stills["mosaic"]
    assert (still.width, still.height) == (64, 64)
    mosaic = np.asarray(Image.open(io.BytesIO(base64.b64decode(still.source.partition(",")[2]))))
    sheet = np.asarray(Image.open(finished.samples[-1]).convert("RGB"))
    assert (mosaic[0, 0] == sheet[30, 4]).all() and (mosaic[15, 15] == sheet[30 + 47, 4 + 47]).all()


def test_a_run_of_classes_names_them_and_has_a_square_mosaic(outputs, of_classes):
    shutil.copytree(of_classes.folder, outputs / "classes", ignore=shutil.ignore_patterns("checkpoint", "*.keras"))
    entry = next(entry for entry in collect_runs(outputs).entries if entry.name == "classes")
    still = entry.pictures.stills["mosaic"]
    assert (still.width, still.height) == (48, 48) and entry.count == 3 * 8
    mosaic = np.asarray(Image.open(io.BytesIO(base64.b64decode(still.source.partition(",")[2]))))
    sheet = np.asarray(Image.open(of_classes.samples[-1]).convert("RGB"))
    assert (mosaic[16, 0] == sheet[30 + 52, margin(of_classes.config.class_names) + 4]).all()
    assert "class_names" not in entry.config and entry.facts["Classes"] == "3: bright, dark, <b>gr|y</b>"
    page = page_of(outputs)
    assert "Grid of 24 pictures that classes" in page and "Grid of 64 pictures that own/one" in page
    assert "3: bright, dark, &lt;b&gt;gr|y&lt;/b&gt;" in page


def test_many_names_of_classes_are_cut_and_paths_left_out(outputs):
    change(outputs / "own" / "one", class_names=["/home/jane/cats", *map(str, range(98))])
    fact = collect_runs(outputs).entries[0].facts["Classes"]
    assert fact == f"99: ?, {', '.join(map(str, range(11)))}, ..."
