"""The explore page when something fails, is pressed twice or is too much, without a browser."""

import asyncio

import pytest

from dcgan_tf.play.explore.jobs import Job, Notice
from dcgan_tf.play.explore.page import Page
from tests.support.explorers import photo, send, shown, upload


@pytest.fixture
def explorer(finished, tmp_path):
    return Page(str(finished.folder), tmp_path).explorer


def test_a_button_cannot_be_pressed_while_it_works_and_recovers_from_a_failure():
    seen = []

    def work(progress):
        progress(1, 4)
        seen.append((job.button.disabled, job.bar.layout.display, job.bar.value, job.bar.max))
        job.start()  # a second press
        raise OSError("unforeseen")

    job = Job("Go", "", work, Notice())
    with pytest.raises(OSError, match="unforeseen"):
        job.start()
    assert seen == [(True, "", 1, 4)]
    assert not job.button.disabled and job.button.description == "Go" and job.bar.layout.display == "none"


def test_a_double_click_runs_a_job_once():
    ran = []

    async def clicks() -> None:
        job.button.click()
        job.button.click()  # was made meanwhile, and is heard of after the work
        assert len(ran) == 1 and job.button.disabled and job.button.description == "Go"
        while job.button.disabled:
            await asyncio.sleep(0.01)
        job.button.click()

    job = Job("Go", "", ran.append, Notice())
    asyncio.run(clicks())
    assert len(ran) == 2


def test_an_unexpected_error_is_shown_in_the_page(explorer, monkeypatch):
    def fail(_: str) -> None:
        raise RuntimeError("no <room>\nleft")

    monkeypatch.setattr(explorer.state, "directions", fail)
    with pytest.raises(RuntimeError, match="no <room>"):
        explorer.sliders.change_kind()
    told = "That failed unexpectedly (RuntimeError: no &lt;room&gt; left). Try again, or reload the page."
    assert told in shown(explorer.sliders.notice)


def test_one_stop_too_many_shows_an_error(explorer):
    tab = explorer.blend
    tab.clear.click()
    for index in range(12):
        send(tab.wall, {"pick": index})
    assert len(tab.stops) == 12 and shown(tab.notice) == ""
    send(tab.wall, {"pick": 12})
    assert len(tab.stops) == 12 and "A walk has at most 12 stops." in shown(tab.notice)
    tab.clear.click()
    assert shown(tab.notice) == ""


def test_an_upload_is_answered_even_after_an_unexpected_error(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer.photo.uploader, "send", sent.append)

    def fail() -> None:
        raise OSError("unforeseen")

    explorer.photo.when_changed.append(fail)
    with pytest.raises(OSError, match="unforeseen"):
        upload(explorer, "good.png", photo())
    assert sent == [{"kind": "answered"}]
    assert "That failed unexpectedly (OSError: unforeseen)." in shown(explorer.photo.notice)
