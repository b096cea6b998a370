"""Draws depend on seed, key and purpose alone, and are spread as they should be."""

import numpy as np

from synthetic.chance import Chance, branch, mix

KEYS = mix(np.arange(20_000, dtype=np.uint64))


def test_a_draw_does_not_depend_on_its_neighbours() -> None:
    chance = Chance(1)
    whole = chance.uniform(KEYS, "one")
    assert np.array_equal(chance.uniform(KEYS[100:200], "one"), whole[100:200])
    assert np.array_equal(chance.uniform(KEYS[::-1], "one")[::-1], whole)


def test_seed_purpose_and_key_each_change_the_draw() -> None:
    base = Chance(1).uniform(KEYS, "one")
    for other in (Chance(2).uniform(KEYS, "one"), Chance(1).uniform(KEYS, "two"), Chance(1).uniform(branch(KEYS, 1), "one")):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.03


def test_uniform_draws_are_even() -> None:
    drawn = Chance(3).uniform(KEYS, "even")
    assert drawn.min() >= 0 and drawn.max() < 1
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert counts.min() > 850 and counts.max() < 1150


def test_picks_follow_their_weights() -> None:
    picked = Chance(3).pick(KEYS, "pick", (1, 0, 3))
    assert set(picked) == {0, 2}
    assert abs((picked == 2).mean() - 0.75) < 0.02
    rows = np.tile(np.array([[0.0, 1.0], [1.0, 0.0]]), (len(KEYS) // 2, 1))
    assert np.array_equal(Chance(3).pick_by_row(KEYS, "rows", rows), np.tile([1, 0], len(KEYS) // 2))


def test_between_includes_both_ends() -> None:
    assert set(Chance(3).between(KEYS, "between", 4, 7)) == {4, 5, 6, 7}


def test_waiting_times_and_normals_have_their_moments() -> None:
    chance = Chance(3)
    assert abs(chance.exponential(KEYS, "wait", 100).mean() - 100) < 3
    normal = chance.normal(KEYS, "normal")
    assert abs(normal.mean()) < 0.03 and abs(normal.std() - 1) < 0.03


def test_rounding_keeps_the_mean() -> None:
    whole = Chance(3).whole(KEYS, "whole", np.full(len(KEYS), 2.3))
    assert set(whole) == {2, 3}
    assert abs(whole.mean() - 2.3) < 0.02


def test_dice_of_one_life_are_its_own() -> None:
    assert Chance(1).dice(5, "care").random() == Chance(1).dice(5, "care").random()
    assert Chance(1).dice(5, "care").random() != Chance(1).dice(6, "care").random()
