"""The explore page in a real browser, served by Voilà as `make explore` does."""

import base64
import io
import json
import os
import signal
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dcgan_tf import Config, train
from dcgan_tf.play.explore.widgets import Painter
from dcgan_tf.run.places import find_root
from tests.conftest import make_images
from tests.support.browser import open_browser, watched
from tests.support.explore_server import kernels, serving

pytestmark = pytest.mark.browser
WAIT = 120_000  # milliseconds; machines that run tests may be busy


def png(width: int, height: int) -> bytes:
    """Return a bright disc on dark ground."""
    rows, columns = np.mgrid[:height, :width]
    disc = np.hypot(rows - height / 2, columns - width / 2) < min(width, height) / 4
    page = io.BytesIO()
    Image.fromarray(np.where(disc[..., None], np.uint8([220, 160, 60]), np.uint8(40))).save(page, "PNG")
    return page.getvalue()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explored") / "discs"
    config = Config(
        image_size=32, kimg=0.064, batch_size=8, generator_width=4, discriminator_width=4, latent_dim=8,
        log_kimg=0.032, sample_kimg=0.064, precision="float32",
    )  # fmt: skip
    train(config, make_images(size=32), folder, progress="none", pictures=False)
    with serving(find_root(), str(folder)) as served:
        yield served


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


def visit(browser, served) -> tuple[Page, list[str]]:
    """Open the page as a new visitor."""
    page = browser.new_context(accept_downloads=True).new_page()
    page.set_default_timeout(WAIT)
    problems = watched(page)
    page.goto(served.address)
    page.locator(".dcgan-wall button").first.wait_for()
    return page, problems


@pytest.fixture(scope="module")
def visitor(browser, served):
    return visit(browser, served)


@pytest.fixture
def page(visitor):
    page, problems = visitor
    yield page
    assert not problems, problems


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def current(page: Page) -> str:
    return page.locator(".dcgan-current img").get_attribute("src")


def until_changed(page: Page, before: str) -> None:
    expect(page.locator(".dcgan-current img")).not_to_have_attribute("src", before, timeout=WAIT)


def upload(page: Page, name: str, content: bytes) -> None:
    field = page.locator("input[type=file]:visible")
    field.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def seen(page: Page, text: str):
    """Wait until a text can be seen."""
    page.get_by_text(text).locator("visible=true").first.wait_for(timeout=WAIT)


def test_a_click_on_the_wall_and_the_keyboard_choose_the_current_picture(page):
    before = current(page)
    page.locator(".dcgan-wall button").nth(3).click()
    until_changed(page, before)
    assert page.locator(".dcgan-wall button").nth(3).get_attribute("aria-pressed") == "true"
    before = current(page)
    page.get_by_role("button", name="Picture 5 of seed 0").press("Enter")
    until_changed(page, before)
    expect(page.locator(".dcgan-current img")).to_have_attribute("alt", "Picture 5 of seed 0", timeout=WAIT)


def test_a_slider_moves_the_picture_by_keyboard_and_reset_undoes_it(page):
    tab(page, "Sliders")
    before = current(page)
    handle = page.get_by_role("slider", name="Direction 1", exact=True)
    handle.press("End")  # one press: the page holds back the later of several moves, which could arrive after the reset
    until_changed(page, before)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".dcgan-current img")).to_have_attribute("src", before, timeout=WAIT)


@pytest.mark.slow
def test_a_walk_is_saved_as_gif_and_as_mp4(page):
    tab(page, "Blend")
    page.get_by_role("button", name="Make the film").click()
    saved = {}
    for button, name in ((None, "walk.gif"), ("Make an MP4", "walk.mp4")):
        if button:
            page.get_by_role("button", name=button).click()
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Save {name}").click()
        assert download.value.suggested_filename == name
        saved[name] = Path(download.value.path())
    with Image.open(saved["walk.gif"]) as film:
        assert (film.format, film.n_frames, film.size) == ("GIF", 48, (320, 320))
    with av.open(str(saved["walk.mp4"])) as film:
        assert sum(1 for _ in film.decode(video=0)) == 48


def test_bad_uploads_are_answered_in_the_page_and_a_good_one_follows(page):
    tab(page, "Photo")
    upload(page, "notes.png", b"not a picture at all, but quite some text\n" * 10)
    seen(page, "notes.png cannot be read: not a picture, or in a format that Pillow cannot read.")
    upload(page, "nothing.png", b"")
    seen(page, "nothing.png is empty. Choose another file.")
    upload(page, "wide.png", png(20_000, 10))
    seen(page, "wide.png has 20,000 x 10 pixels. Choose a picture of at most 16,384 a side.")
    upload(page, "cut.png", png(600, 600)[:900])
    seen(page, "cut.png cannot be read: the file is truncated.")
    upload(page, "disc.png", png(90, 60))
    seen(page, "disc.png is uploaded.")
    expect(page.locator(".dcgan-notice p:visible")).to_have_count(0)


def test_a_file_of_many_pieces_arrives_whole(page):
    tab(page, "Photo")
    noise = np.random.default_rng(0).integers(0, 256, (1400, 1400, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "BMP")
    upload(page, "noise.bmp", stream.getvalue())
    seen(page, "noise.bmp is uploaded.")


def test_a_photo_is_projected_and_then_edited_by_a_slider(page):
    tab(page, "Photo")
    upload(page, "photo.png", png(64, 64))
    seen(page, "photo.png is uploaded.")
    before = current(page)
    page.get_by_role("button", name="Project").click()
    seen(page, "Remaining difference:")
    until_changed(page, before)
    before = current(page)
    page.get_by_role("button", name="Change it with the sliders").click()
    handle = page.get_by_role("slider", name="Direction 1", exact=True)
    handle.wait_for()  # the other tab is opened by the kernel
    for _ in range(10):
        handle.press("ArrowLeft")
    until_changed(page, before)
    expect(page.locator(".dcgan-current img")).to_have_attribute(
        "alt", "Your photo, as the generator draws it, changed", timeout=WAIT
    )


def test_a_part_painted_by_mouse_or_by_a_button_is_filled_in(page):
    tab(page, "Repair")
    upload(page, "broken.png", png(40, 40))
    seen(page, "broken.png is uploaded.")
    page.get_by_role("button", name="Fill in").click()
    seen(page, "Nothing is painted over yet.")
    canvas = page.locator(".dcgan-easel canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    holes = []
    for preset in (None, "Left half"):
        if preset:
            page.get_by_role("button", name=preset).click()
        page.get_by_role("button", name="Fill in").click()
        hole = page.locator("img[alt='With the hole']:visible")
        hole.wait_for()
        if holes:
            expect(hole).not_to_have_attribute("src", holes[0], timeout=WAIT)
        holes.append(hole.get_attribute("src"))
        expect(page.locator("img[alt='Filled in']:visible")).to_have_count(1)


def test_a_small_picture_is_enlarged(page):
    tab(page, "Enlarge")
    button = page.get_by_role("button", name="Enlarge")
    button.evaluate("""button => {
        window.starts = 0;
        new MutationObserver(() => { window.starts += button.textContent === "Working..."; })
            .observe(button, { childList: true, characterData: true, subtree: true });
    }""")
    button.dblclick()
    seen(page, "Enlarged by the generator")
    expect(button).to_be_enabled(timeout=WAIT)
    assert page.evaluate("window.starts") == 1  # the second click came while it worked


def test_showing_a_picture_again_sends_the_visible_mask(browser):
    script = base64.b64encode(Painter._esm.encode()).decode()
    sums = browser.new_page().evaluate("""async address => {
        const sent = [], listeners = {}, state = { size: [3, 4], picture: "data:," };
        const send = (_, __, [mask]) => sent.push(new Uint8Array(mask).reduce((sum, each) => sum + each, 0));
        const model = { send, get: name => state[name], on: (name, act) => { listeners[name] = act; }, off: () => {} };
        (await import(address)).default.render({ model, el: document.body });
        [...document.querySelectorAll("button")].find(each => each.textContent === "Left half").click();
        listeners["change:picture"]();
        return sent;
    }""", f"data:text/javascript;base64,{script}")  # fmt: skip
    assert sums == [0, 6, 0]


@pytest.mark.slow
def test_visitors_are_independent_and_see_when_their_process_has_ended(page, browser, served):
    tab(page, "Wall")
    before = current(page)
    other, problems = visit(browser, served)
    expect(other.locator(".dcgan-current img")).to_have_attribute("alt", "Picture 1 of seed 0", timeout=WAIT)
    first = current(other)
    other.locator(".dcgan-wall button").nth(7).click()
    until_changed(other, first)
    assert not problems
    assert current(page) == before
    kernel = json.loads(other.locator("#jupyter-config-data").text_content())["kernelId"]
    os.kill(kernels(served.process.pid)[kernel], signal.SIGKILL)
    seen(other, "The process behind this page has ended. Reload the page.")
    other.context.close()
    page.locator(".dcgan-wall button").nth(9).click()  # the kernel of the first is still there
    until_changed(page, before)
