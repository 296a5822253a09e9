import math

import pytest

from dcgan_tf import DcganError
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
    progress = Progress("bar", 120.0, 30.0)
    progress.update(60.0, 754.0, RECORD, last=False)
    progress.close()
    last = capsys.readouterr().out.split("\r")[-1]
    for part in ("50%", "60.0 of 120 kimg", "151 img/s", "12:34 left", "G loss 1.23", "D loss 0.60"):
        assert part in last


def test_none_is_silent(capsys):
    progress = Progress("none", 1.0, 0.0)
    progress.update(1.0, 0.0, RECORD, last=True)
    progress.close()
    assert capsys.readouterr().out == ""


def test_a_pipe_gets_lines(capsys):  # pytest's capture is no terminal
    assert choose_mode("auto") == "lines"


def test_an_unknown_mode_is_named():
    with pytest.raises(DcganError, match="`progress` should be one of"):
        choose_mode("fancy")


def test_a_last_batch_that_overshoots_does_not_upset_the_bar(capsys):
    progress = Progress("bar", 1.2, 0.0)
    progress.update(2.048, 0.0, RECORD, last=True)
    progress.close()
    assert "100%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("started_by", "mode"),
    [(["python", "-m", "papermill", "a.ipynb"], "lines"), (["jupyter-nbconvert"], "lines"), (["jupyter-lab"], "bar")],
)
def test_a_kernel_shows_a_bar_unless_a_headless_runner_started_it(monkeypatch, started_by, mode):
    stream = type("OutStream", (), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr("sys.stdout", stream)
    parent = type("Parent", (), {"cmdline": lambda self: started_by})()
    monkeypatch.setattr("psutil.Process", type("Kernel", (), {"parent": lambda self: parent}))
    assert choose_mode("auto") == mode
