from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DcganError, invert
from dcgan_tf.model.latent import draw_inputs, draw_latents, with_classes
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.play import invert as inversion
from dcgan_tf.play.blend import shrink


def silent(done, total):
    pass


@pytest.fixture(scope="module")
def run(finished):
    """Return the run with a generator of more contrast than eight steps give."""
    copy = replace(finished)
    last = copy.generator.get_layer("up_16")
    last.set_weights([30 * last.get_weights()[0], *last.get_weights()[1:]])
    return copy


@pytest.fixture(scope="module")
def makeable(run):
    """Return pictures that the generator can make."""
    return generate_pictures(run.generator, 0.8 * draw_latents(3, 8, seed=77))


@pytest.fixture(scope="module")
def projected(run, makeable):
    return invert(run, makeable, steps=60, progress=silent)


def test_what_the_generator_can_make_is_found_again(run, makeable, projected):
    assert projected.latents.shape == (3, 8) and projected.latents.dtype == np.float32
    assert projected.generated.shape == makeable.shape and projected.generated.dtype == np.uint8
    nearest = generate_pictures(run.generator, draw_latents(1024, 8, seed=0)).astype(float)
    for picture, generated in zip(makeable, projected.generated, strict=True):
        best = np.sqrt(((nearest - picture) ** 2).mean(axis=(1, 2, 3)).min())
        assert np.sqrt(((generated.astype(float) - picture) ** 2).mean()) < 0.5 * best


def test_the_class_of_a_picture_is_found_with_its_latents(of_classes, projected):
    names = of_classes.config.class_names
    inputs = 0.8 * draw_latents(6, 8, seed=77)
    pictures = generate_pictures(of_classes.generator, with_classes(inputs, np.arange(6) % 3, 3))
    found = invert(of_classes, pictures, steps=60, progress=silent)
    assert found.labels.tolist() == [names[index % 3] for index in range(6)]
    assert found.latents.shape == (6, 8) and found.errors.max() < 25
    again = [of_classes.inputs_of(found.latents[[index]], label=str(found.labels[index])) for index in range(6)]
    assert np.array_equal(generate_pictures(of_classes.generator, np.concatenate(again)), found.generated)
    assert projected.labels.tolist() == [""] * 3  # of a run without classes


def test_a_search_stays_in_its_class_and_asks_the_discriminator_about_it(of_classes):
    start = draw_inputs(1, 8, 3, seed=2, number=1)
    known = inversion._known(of_classes, of_classes.generate(1), None, 1)
    objective, advance = inversion._compiled(of_classes.generator, of_classes.discriminator, 1)
    given = known.pictures, tf.constant(known.weights / 768)
    ended = advance(tf.constant(start), tf.zeros([2, 1, 11]), *given, tf.constant([0, 10, 100]))[0].numpy()
    assert (ended[:, 8:] == start[:, 8:]).all() and np.abs(ended[:, :8] - start[:, :8]).min() > 0.1
    drawn = of_classes.generator(start)
    logits = of_classes.discriminator(drawn).numpy()[0]
    terms = ((drawn - known.pictures) ** 2).numpy().mean() + inversion.LATENT_WEIGHT * (start[:, :8] ** 2).mean()
    critic = inversion.CRITIC_WEIGHT * np.log1p(np.exp(-logits[0] - logits[2]))
    np.testing.assert_allclose(objective(tf.constant(start), *given)[0], terms + critic, rtol=1e-4)


def test_searches_start_from_all_classes(of_classes, finished):
    pool = inversion._draw_pool(of_classes.config, seed=1)
    assert pool.shape == (1024, 11) and np.ptp(pool[:, 8:].sum(axis=0)) <= 1
    assert np.array_equal(inversion._draw_pool(finished.config, seed=1), draw_latents(1024, 8, seed=1))


def test_errors_and_plausibility_are_those_of_the_pictures(run, makeable, projected):
    left = np.sqrt(((projected.generated.astype(float) - makeable) ** 2).mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(projected.errors, left, atol=0.4)  # of pictures before they were rounded
    np.testing.assert_allclose(projected.plausibility, run.score(projected.generated), atol=1e-6)
    assert np.array_equal(projected.pictures, projected.generated)
    assert np.array_equal(generate_pictures(run.generator, projected.latents), projected.generated)


def test_the_seed_decides_the_result(run, makeable, projected):
    again = invert(run, makeable, steps=60, progress=silent)
    assert all(np.array_equal(one, other) for one, other in zip(projected, again, strict=True))
    other = invert(run, makeable, steps=60, seed=1, progress=silent)
    assert not np.array_equal(other.latents, projected.latents)


def test_each_picture_is_found_by_itself(run, makeable, projected):
    alone = [invert(run, makeable[[index]], steps=60, progress=silent).errors[0] for index in range(len(makeable))]
    np.testing.assert_allclose(alone, projected.errors, atol=0.5)


def test_more_searches_are_never_worse(run, images, monkeypatch):
    monkeypatch.setattr(inversion, "CRITIC_WEIGHT", 0.0)  # the error alone
    monkeypatch.setattr(inversion, "LATENT_WEIGHT", 0.0)
    inversion._compiled.cache_clear()
    one, many = (invert(run, images.pixels[:4], steps=20, restarts=count, progress=silent) for count in (1, 6))
    inversion._compiled.cache_clear()
    assert (many.errors <= one.errors + 1e-3).all() and many.errors.sum() < one.errors.sum()


def test_a_hole_is_filled_whatever_is_in_it(run, makeable):
    hole = np.zeros((16, 16), bool)
    hole[5:11, 5:11] = True
    spoilt = makeable.copy()
    spoilt[:, hole] = 255
    found, other = (invert(run, each, hole, steps=60, progress=silent) for each in (makeable, spoilt))
    assert np.array_equal(found.latents, other.latents)
    assert np.array_equal(found.pictures[:, ~hole], makeable[:, ~hole])  # what is known stays
    error = np.abs(found.pictures[:, hole].astype(float) - makeable[:, hole]).mean()
    known = (found.generated.astype(float) - makeable)[:, ~hole]
    np.testing.assert_allclose(found.errors, np.sqrt((known**2).mean(axis=(1, 2))), atol=0.4)
    np.testing.assert_allclose(found.plausibility, run.score(found.generated), atol=1e-6)
    flat = np.abs(makeable[:, ~hole].mean(axis=1, keepdims=True) - makeable[:, hole]).mean()
    assert error < 0.6 * flat  # than the mean colour of the rest


def test_each_picture_may_have_its_own_mask(run, makeable):
    masks = np.zeros((3, 16, 16), bool)
    for index, mask in enumerate(masks):
        mask[:, 4 * index : 4 * index + 4] = True
    found = invert(run, makeable, masks, steps=10, progress=silent)
    for picture, made, mask in zip(makeable, found.pictures, masks, strict=True):
        assert np.array_equal(picture[~mask], made[~mask]) and not np.array_equal(picture[mask], made[mask])


def test_a_small_picture_is_enlarged(run, makeable):
    small = makeable.reshape(3, 4, 4, 4, 4, 3).mean(axis=(2, 4)).round().astype(np.uint8)
    found = invert(run, small, downscale=4, steps=60, progress=silent)
    assert found.pictures.shape == makeable.shape
    off = [np.abs(np.asarray(shrink(each.astype(np.float32), 4)) - small) for each in (found.pictures, found.generated)]
    assert off[0].mean() < 0.6 * off[1].mean()  # what is known is met more closely than the generator can
    blocks = small.repeat(4, axis=1).repeat(4, axis=2)
    error, blocky = (np.abs(each.astype(float) - makeable).mean() for each in (found.pictures, blocks))
    assert error < blocky


def test_a_larger_weight_of_the_critic_gives_more_plausible_pictures(run, images, monkeypatch):
    plain = invert(run, images.pixels[:4], steps=40, progress=silent)
    monkeypatch.setattr(inversion, "CRITIC_WEIGHT", 10.0)
    inversion._compiled.cache_clear()
    trusting = invert(run, images.pixels[:4], steps=40, progress=silent)
    inversion._compiled.cache_clear()
    assert trusting.plausibility.mean() > plain.plausibility.mean()


def changed(run, images, monkeypatch, **constants):
    """Return what a short search finds with other constants of the module."""
    with monkeypatch.context() as patch:
        for name, value in constants.items():
            patch.setattr(inversion, name, value)
        inversion._compiled.cache_clear()
        found = invert(run, images.pixels[:4], steps=40, progress=silent)
    inversion._compiled.cache_clear()
    return found


def test_the_discriminator_and_the_length_of_latents_count_by_default(run, images, monkeypatch):
    plain = changed(run, images, monkeypatch)
    without = changed(run, images, monkeypatch, CRITIC_WEIGHT=0.0)
    assert np.abs(plain.latents - without.latents).max() > 1e-3
    free = changed(run, images, monkeypatch, LATENT_WEIGHT=0.0)
    assert np.abs(plain.latents - free.latents).max() > 1e-3
    short = changed(run, images, monkeypatch, LATENT_WEIGHT=10.0)
    assert (short.latents**2).mean() < 0.5 * (free.latents**2).mean()


def test_how_many_steps_a_call_takes_changes_nothing(run, images, monkeypatch):
    plain, in_one = (changed(run, images, monkeypatch, CALL=call) for call in (10, 40))
    np.testing.assert_allclose(plain.latents, in_one.latents, atol=1e-3)


def test_the_search_starts_at_the_nearest_and_slows_down(run, makeable):
    pool = draw_latents(inversion.POOL, 8, seed=3)
    hole = np.zeros((16, 16), bool)
    hole[:, :9] = True
    known = inversion._known(run, makeable, hole, 1)
    drawn = np.concatenate([np.asarray(run.generator(batch, training=False)) for batch in np.array_split(pool, 16)])
    for picture, found in zip(known.pictures, inversion._nearest(run.generator, pool, known, 3), strict=True):
        distances = ((drawn - picture)[:, ~hole] ** 2).sum(axis=(1, 2))
        assert found.tolist() == np.argsort(distances)[:3].tolist()
    advance = inversion._compiled(run.generator, run.discriminator, 1)[1]
    latents, shares = tf.constant(pool[:3]), tf.constant(known.weights / 300)
    moved = [
        np.abs(
            advance(latents, tf.zeros([2, 3, 8]), known.pictures, shares, tf.constant([done, done + 1, 100]))[0]
            - latents
        )
        for done in (0, 50, 99)
    ]  # whatever the gradient, the first step of Adam is the rate
    assert moved[0].max() > 1.2 * moved[1].max() > 12 * moved[2].max()


def test_progress_is_reported(run, makeable):
    told = []  # with so many restarts, each picture is searched on its own
    invert(run, makeable[:2], steps=25, restarts=128, progress=lambda *each: told.append(each))
    assert told == [(10, 50), (20, 50), (25, 50), (35, 50), (45, 50), (50, 50)]


def test_without_a_callback_a_bar_is_shown(run, makeable, capsys):
    invert(run, makeable[:1], steps=10)
    assert "Searching: 100%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"pictures": np.zeros((1, 8, 8, 3), np.uint8)},
            r"`pictures` should be .*\[n, 16, 16, 3\].*uint8 \[1, 8, 8, 3\]",
        ),
        ({"pictures": np.zeros((0, 16, 16, 3), np.uint8)}, r"^`pictures` is empty\. Give at least one picture\.$"),
        ({"downscale": 3}, "`downscale` should divide the run's image_size, 16. Received: 3"),
        ({"downscale": 0}, "`downscale` should be a whole number from 1 to 16. Received: 0"),
        ({"downscale": 2.0}, "`downscale` should be a whole number"),
        ({"downscale": 4}, r"\[n, 4, 4, 3\]"),
        ({"mask": np.zeros((16, 16))}, r"`mask` should be .*bool \[16, 16\].*Received: float64 \[16, 16\]"),
        ({"mask": np.zeros((2, 16, 16), bool)}, r"`mask` should be .*Received: bool \[2, 16, 16\]"),
        ({"mask": "left"}, "`mask` should be .*Received: 'left'"),
        ({"mask": np.ones((16, 16), bool)}, r"^`mask` covers all of a picture\. Leave some pixels"),
        ({"steps": 0}, "`steps` should be a whole number from 1 to 1,000,000. Received: 0"),
        ({"restarts": 129}, "`restarts` should be a whole number from 1 to 128. Received: 129"),
        ({"seed": -1}, "`seed` should be a whole number from 0"),
        ({"seed": None}, "`seed` should be a whole number from 0"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(run, changes, sentence):
    arguments = {"pictures": np.zeros((1, 16, 16, 3), np.uint8)} | changes
    with pytest.raises(DcganError, match=sentence):
        invert(run, **arguments)


def test_inversion_needs_the_discriminator(run, makeable, tmp_path):
    with pytest.raises(DcganError, match=r"^There is no checkpoint in "):
        invert(replace(run, folder=tmp_path, weights=str(run.folder / "generator.keras")), makeable)
