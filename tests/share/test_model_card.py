"""The card of a model: what it says is true, and nothing in a run folder breaks it or gives away a path."""

import json
import re
import shutil

import pytest
import yaml

from dcgan_tf import Config, DcganError, evaluate, load_run
from dcgan_tf.draw.pages import cell, plain
from dcgan_tf.run.run import Run
from dcgan_tf.share.model_card import describe_export, model_card

HEADINGS = ["Pictures it learned from", "Licence", "Training", "Scores", "Limits", "How to use"]
KID = {
    "value": 0.0123456, "spread": 0.001, "floor": 0.002, "floor_spread": 0.0004, "ceiling": 0.9, "features": "random",
    "n": {"real": 492, "compared": 1000}, "floor_of": "held-out pictures", "generator": "generator.keras",
}  # fmt: skip
COPIES = {"value": 0.08, "floor": 0.05, "ceiling": 0.0, "n": {"real": 492}, "generator": "generator.keras"}


def make_run(folder, title="Kiwi (rendered)", source="rendered", **changes) -> Run:
    """Return a run of nothing but a run.json, which need not be on the disk."""
    info = {
        "data": {"title": title, "source": source, "folder": "/home/jane/photos/kiwi", "n": 492, "sha256": "0" * 64},
        "environment": {
            "precision": "bfloat16", "python": "3.11.7", "packages": {"keras": "3.15.1", "dcgan-tf": None},
            "platform": "Linux-of-jane",
        },
        "state": "finished", "kimg_done": 100.0, "seconds": 675.116, "best": {"step": 1875, "kimg": 30.0},
    }  # fmt: skip
    return Run(folder, Config(seed=7), info | changes)


def front_matter(card: str) -> dict:
    assert card.startswith("---\n")
    return yaml.safe_load(card.split("\n---\n", maxsplit=1)[0])


def headings(card: str) -> list[str]:
    outside = re.sub(r"```.*?```", "", card.split("\n---\n", 1)[1], flags=re.DOTALL)
    return re.findall(r"^#+ (.*)$", outside, flags=re.MULTILINE)


def columns(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_a_card_says_what_run_json_says(tmp_path):
    card = model_card(make_run(tmp_path))
    about = front_matter(card)
    assert about["library_name"] == "keras" and about["pipeline_tag"] == "unconditional-image-generation"
    assert about["model_name"] == "Kiwi (rendered)" and "gan" in about["tags"]
    assert headings(card) == ["Kiwi (rendered): a small GAN", *HEADINGS]
    for part in ("64x64 pixels, RGB", "| 492 |", "100 of 100", "| 675.1 |", "bfloat16", "| seed | 7 |", "keras 3.15.1"):
        assert part in card
    assert "after 100 kimg" in card and "not finished" not in card
    assert "dcgan-tf None" not in card and "jane" not in card and "![Generated pictures](samples.png)" in card


def test_classes_are_listed_with_their_numbers_and_counts(tmp_path):
    run = make_run(tmp_path)
    classed = Run(tmp_path, Config(class_names=("a|b", "/home/jane/cats")), run.info)
    assert "| 0 | a\\|b | - |\n| 1 | cats | - |" in model_card(classed)
    assert "pipeline_tag" not in front_matter(model_card(classed))  # hubs have none for pictures of classes
    classed.info["data"] |= {"class_counts": [1200, "many"]}
    assert "| 0 | a\\|b | 1,200 |\n| 1 | cats | - |" in model_card(classed)
    assert "class" not in model_card(run)


def test_an_unfinished_run_and_the_best_generator_are_called_so(tmp_path):
    run = make_run(tmp_path, state="interrupted", kimg_done=12.0)
    assert "after 12 kimg, thousands of pictures shown; training is not finished (interrupted)." in model_card(run)
    assert "saved after 30 kimg, where it was best by its distance from the real pictures (KID)." in model_card(
        run.best
    )
    assert "after - kimg" in model_card(make_run(tmp_path, best=None).best)


def start_of(title: str, source: str, **more) -> dict:
    about = {"title": title, "source": source, "n": 1234, "sha256": "1" * 64, "weights": "2" * 64}
    return about | {"folder": "/home/jane/outputs/x", "kimg": 60.0} | more


def test_where_a_run_began_is_told_and_its_pictures_licence_counts(tmp_path):
    start = start_of("Apple (Fruits-360)", "Fruits-360", before=[start_of("my | cats", "folder")])
    card = model_card(make_run(tmp_path, start=start))
    assert "| began with | the networks of Apple (Fruits-360), 60 kimg |" in card and "jane" not in card
    assert "| Apple (Fruits-360) | Fruits-360 by Mihai Oltean," in card and "| my \\| cats | the author's own" in card
    assert front_matter(card)["license"] == "other" and card.count("| 1,234 |") == 2
    assert (
        "Some of the pictures are those of Fruits-360" in card and "licence of some of the pictures is unknown" in card
    )
    drawn = make_run(tmp_path, start=start_of("Vehicles (rendered)", "rendered", before=[]))
    assert front_matter(model_card(drawn))["license"] == "mit"
    assert "began with" not in model_card(make_run(tmp_path))


@pytest.mark.parametrize(
    "title, source, licence, words",
    [
        ("Kiwi (rendered)", "rendered", "mit", "MIT"),
        ("Kiwi (Fruits-360)", "Fruits-360", "other", "CC BY-SA 4.0"),
        ("Caltech-101 (own folder)", "folder", "other", "CC BY 4.0"),
        ("caltech101", "folder", "other", "By their title"),
        ("Fruits-360", "folder", "other", "ask their authors"),
        ("rendered", None, "other", "ask their authors"),
        ("my cats", ["rendered"], "other", "ask their authors"),
    ],
)
def test_the_licence_follows_from_the_pictures(tmp_path, title, source, licence, words):
    run = make_run(tmp_path, title, source)
    about, card = front_matter(model_card(run)), model_card(run)
    assert about["license"] == licence and words in card
    assert ("license_name" in about) == ("Before you publish them, state it in" in card) == (licence == "other")


@pytest.mark.parametrize(
    "title",
    [
        "a: b | c\n---\n# x",
        "---\nlicense: mit\n---\n",
        "\"quoted\" 'too' \\ {x} [y](z) <script>alert(1)</script> `code` *a* _b_ ~~c~~ $d$ &lt; @who",
        "# x",
        "| a | b |",
        "![a](http://b/c.png)",
        "```\n",
        "\x00\x1b[31m\u2028\u202e\ud800",
        "!!python/object/apply:os.system [echo]",
        "x" * 10_000,
        "",
        "\n",
        "\N{GRINNING FACE} キウイ",
    ],
)
def test_no_title_breaks_yaml_markdown_or_tables(tmp_path, title):
    plain_card, run = model_card(make_run(tmp_path)), make_run(tmp_path, title)
    card = model_card(run)
    about = front_matter(card)
    assert about == front_matter(plain_card) | {"model_name": plain(title)} and about["license"] == "mit"
    assert headings(card)[1:] == HEADINGS and headings(card)[0] == f"{cell(title)}: a small GAN"
    assert len(card.splitlines()) == len(plain_card.splitlines()) and card.isascii() == plain(title).isascii()
    shapes = [[columns(line) for line in each.splitlines() if line.startswith("|")] for each in (card, plain_card)]
    assert shapes[0] == shapes[1]
    assert not re.search(r"(?<!\\)[<>`*$@]", cell(title))
    readme = describe_export(run, {"generator.onnx": (12345, 1e-8)})
    assert readme.splitlines()[1] == f"# {cell(title)}: the generator, for other runtimes"
    card.encode()


@pytest.mark.parametrize(
    "title, shown",
    [
        ("/home/jane/my photos/kiwi", "kiwi"),
        ("kiwi (/home/jane/kiwi)", "kiwi (kiwi)"),
        ("~/jane/kiwi", "kiwi"),
        ("C:\\Users\\jane\\kiwi", "kiwi"),
        ("\\\\server\\jane\\kiwi", "kiwi"),
        ("file:///home/jane/kiwi", "kiwi"),
        ("../../jane/kiwi", "kiwi"),
        ("/home/jane/", "untitled"),
        ("apples/pears, 1/2, and / or", "apples/pears, 1/2, and / or"),
    ],
)
def test_of_a_path_the_last_part_alone_is_told(tmp_path, title, shown):
    card = model_card(make_run(tmp_path, title))
    assert plain(title) == shown and "jane" not in card and str(tmp_path) not in card


def test_scores_stand_beside_floor_ceiling_and_n(tmp_path):
    scores = {"kid_random": KID, "near_copies_pixels": COPIES, "new|est": {"value": float("nan"), "n": 3}}
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    run = make_run(tmp_path)
    card = model_card(run)
    assert "| kid\\_random | 0.01235 ± 0.001 | 0.002 | 0.9 | lower | 1,000 compared with 492 |" in card
    assert "| new\\|est | - | - | - | - | - compared with - |" in card
    assert "(held-out pictures; unseen pictures)" in card
    assert "near-copies, where 0.05 would be chance: near\\_copies\\_pixels 0.08." in card
    assert "not measured yet" not in card
    other = "**These are the scores of another generator of the same run.**"
    assert other in card  # one says not of which generator it is
    del scores["new|est"]
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    assert other not in model_card(run) and other in model_card(run.best)


@pytest.mark.slow
def test_what_evaluate_writes_is_told(finished, images, tmp_path):
    run = load_run(shutil.copytree(finished.folder, tmp_path / "run"))
    before = model_card(run)
    assert "None yet: run `evaluate`." in before and "not been measured yet: run `evaluate`" in before
    scores = evaluate(run, images, features="random", count=16)
    card = model_card(run)
    rows = [line for line in card.split("## Scores")[1].splitlines() if line.startswith("|")]
    assert len(rows) == len(scores) + 2 and {columns(row) for row in rows} == {6}
    assert " - " not in "".join(rows[2:]) and "another generator" not in card


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"kid": 3}', b"\xff", b"[" * 100_000])
def test_damaged_scores_are_told_in_one_sentence(tmp_path, content):
    (tmp_path / "scores.json").write_bytes(content)
    with pytest.raises(DcganError, match=r"scores.json is damaged or cannot be read \(.*\)\. Evaluate the run again"):
        model_card(make_run(tmp_path))


@pytest.mark.parametrize("value", [10**400, float("inf"), True, "0.1", None, [1]])
def test_numbers_that_are_none_are_no_numbers(tmp_path, value):
    (tmp_path / "scores.json").write_text(json.dumps({"kid_random": KID | {"value": value}}))
    assert "| kid\\_random | - ± 0.001 | 0.002 |" in model_card(make_run(tmp_path))
    odd = {"precision": "a|b\n# c", "packages": {"x|y": ["/home/jane/z"]}}
    assert "jane" not in model_card(make_run(tmp_path, environment=odd))
