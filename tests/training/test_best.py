import json
from dataclasses import replace

import numpy as np
import pytest

from dcgan_tf import DcganError, load_run, train
from dcgan_tf.run.checkpoint import Standing, checkpoint_paths, newest_whole
from dcgan_tf.run.records import comparable, read_records
from dcgan_tf.training import recorder
from dcgan_tf.training.best import KidCurve, best_point, settle_best


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    """Judge fewer pictures: what is tested is when, not how well."""
    monkeypatch.setattr("dcgan_tf.training.best.GENERATED", 20)


@pytest.fixture(scope="module")
def curve_config(config):
    return replace(config, score_kimg=0.016)


def test_the_kid_curve_has_its_points_and_keeps_the_best(curve_config, images, tmp_path):
    run = train(curve_config, images, tmp_path, progress="none", pictures=False)
    assert [point["step"] for point in run.kid_curve] == [2, 4, 6, 8]
    best = best_point(run.kid_curve)
    assert run.info["best"] == best and best["features"] == "imagenet"
    judge = KidCurve(curve_config, images)
    assert judge.measure(run.best.generator)["kid"] == pytest.approx(best["kid"], rel=1e-3)
    assert judge.measure(run.generator)["kid"] == pytest.approx(run.kid_curve[-1]["kid"], rel=1e-3)
    assert run.info["ruler"] == judge.scale() and best["blur"] == judge.ruler.blur_of(best["kid"])
    assert run.best.generate(3).shape == (3, 16, 16, 3)


@pytest.mark.slow
def test_a_longer_run_has_the_same_curve_and_the_same_best(curve_config, images, tmp_path):
    train(replace(curve_config, kimg=0.04), images, tmp_path / "parts", progress="none", pictures=False)
    parts = train(curve_config, images, tmp_path / "parts", progress="none", pictures=False)
    whole = train(curve_config, images, tmp_path / "whole", progress="none", pictures=False)
    assert parts.kid_curve == whole.kid_curve and parts.info["best"] == whole.info["best"]
    np.testing.assert_array_equal(parts.best.generate(4), whole.best.generate(4))


@pytest.mark.slow
def test_a_run_that_died_right_after_its_best_ends_like_an_unbroken_one(curve_config, images, tmp_path, monkeypatch):
    write = recorder.write_records

    def die(folder, name, records):
        if name == "kid.jsonl" and records and records[-1]["step"] == 4:
            raise SystemExit
        write(folder, name, records)

    monkeypatch.setattr(recorder, "write_records", die)
    monkeypatch.setattr(KidCurve, "measure", lambda judge, generator: {"kid": 1.0 / int(judge_steps.pop(0))})
    judge_steps = [2, 4]
    with pytest.raises(SystemExit):
        train(curve_config, images, tmp_path / "dead", progress="none", pictures=False)
    monkeypatch.setattr(recorder, "write_records", write)
    judge_steps[:] = [4, 6, 8]
    again = train(curve_config, images, tmp_path / "dead", progress="none", pictures=False)
    judge_steps[:] = [2, 4, 6, 8]
    whole = train(curve_config, images, tmp_path / "whole", progress="none", pictures=False)
    assert again.kid_curve == whole.kid_curve and again.info["best"] == whole.info["best"] == whole.kid_curve[-1]
    np.testing.assert_array_equal(again.best.generate(3), whole.best.generate(3))


def test_no_curve_where_none_is_asked_for(config, images, tmp_path):
    run = train(replace(config, score_kimg=0.0), images, tmp_path, progress="none", pictures=False)
    assert run.kid_curve == [] and run.info["best"] is None
    with pytest.raises(DcganError, match=r"best.keras does not exist yet.*score_kimg"):
        run.best.generate(1)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [None, b"text"])
def test_a_lost_best_comes_back_from_its_checkpoint(curve_config, images, tmp_path, monkeypatch, capsys, damage):
    kids = iter([3.0, 1.0, 2.0, 2.5])
    monkeypatch.setattr(KidCurve, "measure", lambda judge, generator: {"kid": next(kids)})
    run = train(curve_config, images, tmp_path, progress="none", pictures=False)
    assert run.info["best"]["step"] == 4
    best = run.best.generate(3)
    (tmp_path / "best.keras").unlink() if damage is None else (tmp_path / "best.keras").write_bytes(damage)
    again = train(curve_config, images, tmp_path, progress="none", pictures=False)
    np.testing.assert_array_equal(again.best.generate(3), best)
    assert "best.keras has been restored from" in capsys.readouterr().out


@pytest.mark.slow
def test_a_best_of_steps_that_are_lost_gives_way_to_the_one_before(curve_config, images, tmp_path, monkeypatch, capsys):
    kids = iter([4.0, 3.0, 2.0, 1.0])
    monkeypatch.setattr(KidCurve, "measure", lambda judge, generator: {"kid": next(kids)})
    run = train(curve_config, images, tmp_path, progress="none", pictures=False)
    newest, before = checkpoint_paths(tmp_path)
    newest.unlink()
    curve = newest_whole(tmp_path)[2].kid_curve
    point = settle_best(run, best_point(curve), curve_config)
    assert point == run.kid_curve[2] and point["step"] == int(before.stem) == 6
    assert not np.array_equal(load_run(tmp_path).best.generate(3), run.generate(3))
    before.unlink()
    (tmp_path / "best.keras").unlink()
    assert settle_best(run, point, curve_config) is None
    assert "cannot restore it (" in capsys.readouterr().out
    assert settle_best(run, None, curve_config) is None and not (tmp_path / "best.keras").exists()


def test_the_best_point_is_the_last_of_the_newest_version_that_chance_does_not_tell_from_the_lowest():
    curve = [{"step": step, "kid": kid, "features_version": v} for step, kid, v in ((1, 0, "1"), (2, 5, "2"))]
    assert best_point([]) is None
    assert best_point(curve)["step"] == 2
    assert best_point([*curve, curve[1] | {"step": 3, "kid": 6}])["step"] == 2
    assert best_point([*curve, curve[1] | {"step": 3, "kid": 4}])["step"] == 3
    near = [curve[1] | {"step": step, "kid": kid, "spread": 1.0} for step, kid in ((3, 5.9), (4, 6.5), (5, 4.9))]
    assert best_point([*curve, near[0]])["step"] == 3
    assert best_point([*curve, *near[:2]])["step"] == 3  # farther than chance from the lowest, not from the one before
    assert best_point([*curve, *near])["step"] == 5


def test_points_of_earlier_versions_were_measured_by_the_random_network(tmp_path):
    old = {"step": 2, "kimg": 1.0, "kid_random": 0.5, "features_version": "2"}
    (tmp_path / "kid.jsonl").write_text(json.dumps(old) + "\n")
    (point,) = read_records(tmp_path, "kid.jsonl")
    assert (point["kid"], point["features"]) == (0.5, "random") and Standing(kid_curve=[old]).kid_curve == [point]
    newer = {"step": 4, "kimg": 2.0, "kid": 9.0, "features": "imagenet", "features_version": "1"}
    assert comparable([point, newer]) == [newer] and best_point([point, newer]) == newer
