import base64
import io
import math

import psutil
import pytest
from PIL import Image

from dcgan_tf import DcganError
from dcgan_tf.run.checkpoint import Standing
from dcgan_tf.training.progress import Progress, choose_mode, clock

RECORD = {"img_per_s": 151.4, "g_loss": 1.234, "d_loss": 0.6, "real_score": 0.7, "fake_score": 0.3}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3725, "1:02:05"), (math.inf, "?"), (-3, "0:00")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_lines_say_everything_and_come_at_intervals(capsys):
    progress = Progress("lines", 120.0, 0.0)
    progress.update(1.0, 754.0, RECORD, last=False)
    progress.update(2.0, 700.0, RECORD, last=False)  # too soon after the first
    progress.update(120.0, 0.0, RECORD, last=True)  # the end is always told
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for part in ("1.0 of 120 kimg", "151 img/s", "12:34 left", "G loss 1.23", "D loss 0.60", "real 0.70", "fake 0.30"):
        assert part in lines[0]
    assert "120.0 of 120 kimg" in lines[1]


def test_nothing_is_said_before_the_speed_is_known(capsys):
    Progress("lines", 120.0, 0.0).update(0.1, math.inf, RECORD | {"img_per_s": 0.0}, last=False)
    assert capsys.readouterr().out == ""


def test_a_bar_shows_the_same_on_one_line(capsys):
    with Progress("bar", 120.0, 30.0) as progress:
        progress.update(60.0, 754.0, RECORD, last=False)
    last = capsys.readouterr().out.split("\r")[-1]
    for part in ("50%", "60.0 of 120 kimg", "151 img/s", "12:34 left", "G loss 1.23", "D loss 0.60"):
        assert part in last


def test_none_is_silent(capsys):
    with Progress("none", 1.0, 0.0) as progress:
        progress.update(1.0, 0.0, RECORD, last=True)
    assert capsys.readouterr().out == ""


def test_a_pipe_gets_lines(capsys):  # pytest's capture is no terminal
    assert choose_mode("auto") == "lines"


def test_an_unknown_mode_is_named():
    with pytest.raises(DcganError, match="`progress` should be one of"):
        choose_mode("fancy")


def test_a_last_batch_that_overshoots_does_not_upset_the_bar(capsys):
    with Progress("bar", 1.2, 0.0) as progress:
        progress.update(2.048, 0.0, RECORD, last=True)
    assert "100%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("started_by", "mode"),
    [(["python", "-m", "papermill", "a.ipynb"], "lines"), (["jupyter-nbconvert"], "lines"), (["jupyter-lab"], "live")],
)
def test_a_kernel_shows_it_live_unless_a_headless_runner_started_it(monkeypatch, started_by, mode):
    stream = type("OutStream", (), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr("sys.stdout", stream)
    parent = type("Parent", (), {"cmdline": lambda self: started_by})()
    monkeypatch.setattr("psutil.Process", type("Kernel", (), {"parent": lambda self: parent}))
    assert choose_mode("auto") == mode


@pytest.mark.parametrize("trouble", [None, psutil.AccessDenied(1), psutil.NoSuchProcess(1)])
def test_a_kernel_whose_parent_cannot_be_seen_shows_it_live(monkeypatch, trouble):
    """As the first process of a container has no parent, and that of another user is not readable."""

    def refuse(self):
        raise trouble

    monkeypatch.setattr("sys.stdout", type("OutStream", (), {"__module__": "ipykernel.iostream"})())
    parent = trouble and type("Parent", (), {"cmdline": refuse})()
    monkeypatch.setattr("psutil.Process", type("Kernel", (), {"parent": lambda self: parent}))
    assert choose_mode("auto") == "live"


def test_in_jupyter_the_newest_grid_and_the_curves_are_redrawn_in_place(finished, monkeypatch, capsys):
    """One output of the cell, above the bar; the curves join once there are records."""
    shown = []

    class Handle:
        def update(self, page):
            shown.append(page.data)

    def display(page, display_id):
        shown.append(page.data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    grid = base64.b64encode(finished.samples[-1].read_bytes()).decode()
    with Progress("live", 120.0, 0.0) as progress:
        progress.show(finished, Standing())
        assert capsys.readouterr().out.endswith("0.0 of 120 kimg") and len(shown) == 1
        progress.update(60.0, 754.0, RECORD, last=False)
        progress.show(finished, Standing(history=finished.history), last=True)
        progress.show(finished, Standing(history=finished.history))  # too soon: drawing would slow the training
        progress.show(finished, Standing(history=finished.history), last=True)
    assert len(shown) == 3 and all(grid in page for page in shown)
    assert [page.count("<img") for page in shown] == [1, 2, 2]
    curves = Image.open(io.BytesIO(base64.b64decode(shown[1].split("base64,")[2].split('"')[0])))
    assert curves.width > 500


@pytest.mark.parametrize("mode", ["bar", "lines", "none"])
def test_nothing_is_drawn_where_nobody_looks(finished, monkeypatch, mode):
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: pytest.fail("something was displayed"))
    with Progress(mode, 120.0, 0.0) as progress:
        progress.show(finished, Standing(history=finished.history))
