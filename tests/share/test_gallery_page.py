"""The gallery in a real browser: it makes no requests, fits small screens, and works by keyboard alone."""

import json
import shutil
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from dcgan_tf import load_run, train
from dcgan_tf.run.pictures import write_curves, write_progress, write_walk
from dcgan_tf.share.gallery.gallery import write_gallery
from tests.share.test_gallery import make_scores
from tests.support.browser import open_browser, watched

pytestmark = pytest.mark.browser
FILTER = "#only"
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def address(finished, config, images, tmp_path_factory):
    """Return the address of a gallery of three runs, an unfinished and a damaged folder."""
    outputs = tmp_path_factory.mktemp("gallery") / "outputs"
    shutil.copytree(finished.folder, outputs / "own" / "first")
    runs = [load_run(outputs / "own" / "first")]
    for name, changed in {"second": {"learning_rate": 1e-3}, "third": {"seed": 5}}.items():
        runs.append(train(replace(config, **changed), images, outputs / "own" / name, progress="none", pictures=False))
    walk = write_walk(runs[0], frames=4)
    for run in runs:
        write_progress(run)
        write_curves(run)
        (run.folder / walk.name).write_bytes(walk.read_bytes())
        (run.folder / "scores.json").write_text(json.dumps(make_scores(value=0.2 + run.config.seed)))
    unfinished = outputs / "unfinished"
    unfinished.mkdir()
    shutil.copy(outputs / "own" / "first" / "run.json", unfinished)
    text = (unfinished / "run.json").read_text().replace('"state": "finished"', '"state": "interrupted"')
    (unfinished / "run.json").write_text(text)
    (outputs / "damaged").mkdir()
    (outputs / "damaged" / "run.json").write_text("{")
    return write_gallery(outputs).as_uri()


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    yield page
    page.close()


def press_tab_until(page, selector: str) -> None:
    """Move the focus by Tab alone to the first element that `selector` fits."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab never reaches {selector}.")


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1440, "light")])
def test_it_makes_no_requests_fits_and_is_accessible(browser, address, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)  # which axe needs
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    problems, requests = watched(page), []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    assert not page.evaluate(OVERFLOWS)
    page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    page.locator(FILTER).uncheck()
    assert not page.evaluate(OVERFLOWS)
    report = Axe().run(page, options={"resultTypes": ["violations"]}).response
    found = [each for each in report["violations"] if each["impact"] in ("serious", "critical")]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
    assert [url for url in requests if not url.startswith("data:")] == [address] and not problems
    context.close()


def test_its_own_policy_allows_its_style_and_script_and_nothing_else(browser, address):
    page = browser.new_page()
    problems = watched(page)
    page.goto(address)
    assert not problems and page.locator("#theme").is_visible()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/a.png\">')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p onclick=\"document.title = 1\" id=p>p</p>')")
    page.locator("#p").click()
    assert page.title() != "1"
    assert any("Content Security Policy" in problem for problem in problems)
    page.close()


def test_equal_settings_are_hidden_until_asked_for(page):
    assert page.locator("tr.plain:visible:not(.differs)").count() == 0
    equal = page.locator("tr.plain", has=page.locator("th", has_text="generator_width"))
    assert not equal.is_visible()
    assert page.locator("tr.differs", has=page.locator("th", has_text="learning_rate")).is_visible()
    assert "differs" in page.locator("tr.differs th").first.inner_text()
    page.locator(FILTER).uncheck()
    assert equal.is_visible() and "differs" not in equal.locator("th").inner_text()


def test_runs_are_chosen_and_what_differs_and_is_best_follows(page):
    seed = page.locator("tr.plain", has=page.locator("th", has_text="seed"))
    best = page.locator("tr.score td.best")
    assert seed.is_visible() and best.all_inner_texts()[0].endswith("best of 3")
    third = page.get_by_role("checkbox", name="own/third")
    third.uncheck()
    assert not seed.is_visible() and page.locator("th[data-run]:visible").count() == 2
    assert "equal" in page.locator("tr.score td:visible").first.inner_text()
    page.get_by_role("checkbox", name="own/second").uncheck()
    assert "at least two" in page.locator("#found").inner_text()


def test_by_keyboard_alone(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    press_tab_until(page, FILTER)
    rows = page.locator("tr.plain:visible")
    before = rows.count()
    page.keyboard.press("Space")
    assert rows.count() > before
    press_tab_until(page, ".scroll")
    press_tab_until(page, ".play")
    film = page.locator("figure.film").first
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key, kind, label in (("Enter", "gif", "Stop"), ("Space", "png", "Play"), ("Space", "gif", "Stop")):
        page.keyboard.press(key)
        assert film.locator("img").get_attribute("src").startswith(f"data:image/{kind}")
        assert film.get_by_role("button").inner_text().startswith(label)
    assert page.evaluate("document.querySelector('figure.film img').decode().then(() => true)")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_no_film_plays_by_itself(page, motion):
    page.emulate_media(reduced_motion=motion)
    page.reload()
    assert page.locator("figure.film").count() == 6
    assert page.locator('img[src^="data:image/gif"]').count() == 0


def test_the_theme_can_be_chosen(page):
    page.emulate_media(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark page").click()
    assert page.evaluate(ground) != light
    page.get_by_role("button", name="Light page").click()
    assert page.evaluate(ground) == light


def test_without_scripts_everything_is_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("tr.plain").first.is_visible() and not page.locator("#choice").is_visible()
    assert page.get_by_text("damaged/run.json is damaged: it is not JSON").is_visible()
    film = page.locator("figure.film").first
    film.locator("summary").click()
    assert film.locator('img[src^="data:image/gif"]').is_visible()
    context.close()
