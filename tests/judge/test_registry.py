"""One list of metrics serves the scores, the table, the gallery and the model card."""

import json
import shutil

import numpy as np
import pytest

from dcgan_tf import DcganError, evaluate, load_run
from dcgan_tf.judge import registry
from dcgan_tf.judge.measuring import in_equal_groups
from dcgan_tf.judge.registry import HIGHER, LOWER, MEASUREMENTS, NEARER_TO_1, Measurement, Metric, find_metric
from dcgan_tf.judge.scores import read_scores
from dcgan_tf.judge.table import describe_scores, scores_as_html
from dcgan_tf.share.gallery.gallery import collect_runs, write_gallery
from dcgan_tf.share.model_card import model_card
from tests.conftest import make_images


@pytest.mark.parametrize(("score", "metric"), [
    ("kid_random", "kid"), ("kid_held_out_random", "kid_held_out"), ("near_copies_pixels", "near_copies"),
    ("swd_64", "swd"), ("fid", "fid"), ("fid_small_eye", "fid"), ("fidelity_random", None), ("", None),
])  # fmt: skip
def test_a_score_is_of_the_metric_that_its_name_begins_with(score, metric):
    found = find_metric(score)
    assert (found and found.name) == metric


def test_every_metric_has_a_name_of_its_own_and_a_direction():
    metrics = [metric for measurement in MEASUREMENTS for metric in measurement.metrics]
    assert len({metric.name for metric in metrics}) == len(metrics)
    assert {metric.better for metric in metrics} == {LOWER, HIGHER, NEARER_TO_1}


def mean_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Stands for a new metric: the distance of the means."""
    return float(np.linalg.norm(real.mean(0) - generated.mean(0)))


def test_a_new_metric_is_one_entry(finished, images, tmp_path, monkeypatch):
    def tell(score) -> str:
        return f"The mean pictures lie {score['value']:.2f} apart, those of unseen photos {score['floor']:.2f}."

    entry = Measurement(mean_distance, in_equal_groups, (Metric("mean_distance", LOWER, tell),))
    monkeypatch.setattr(registry, "MEASUREMENTS", (*MEASUREMENTS, entry))
    run = load_run(shutil.copytree(finished.folder, tmp_path / "outputs" / "run"))
    scores = evaluate(run, images, make_images(20, seed=7), features="random", count=20)
    score = json.loads((run.folder / "scores.json").read_text())["mean_distance_random"]
    assert score == scores["mean_distance_random"] and 0 < score["floor"] < score["ceiling"]
    assert score["n"] == {"real": 24, "compared": 20} and score["floor_of"] == "held-out pictures"
    name, value, floor, ceiling, sentence = describe_scores(scores)[-1]
    assert (name, sentence) == ("mean_distance_random", tell(score))
    assert "The mean pictures lie" in scores_as_html(scores)
    assert f"| mean\\_distance\\_random | {value} | {floor} | {ceiling} | lower | 20 compared" in model_card(run)
    assert collect_runs(tmp_path / "outputs").entries[0].rows["mean_distance_random"][-1] == sentence
    shutil.copytree(run.folder, tmp_path / "outputs" / "other")
    page = write_gallery(tmp_path / "outputs").read_text(encoding="utf-8")
    assert 'data-better="lower"><th scope="row">mean_<wbr>distance_<wbr>random <small>lower is better' in page


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"kid": 3}', b"\xff", b"[" * 100_000])
def test_damaged_scores_are_one_sentence(tmp_path, content):
    assert read_scores(tmp_path) == {}
    (tmp_path / "scores.json").write_bytes(content)
    with pytest.raises(DcganError, match=r"scores.json is damaged or cannot be read \(.*\)\. Evaluate the run again"):
        read_scores(tmp_path)
