"""Intervals of fits hold the truth, and what is no noise is told from noise."""

from types import SimpleNamespace

import numpy as np
import pytest

from rl_manip_gap.identify.parameter_intervals import (
    half_widths,
    largest_misfit,
    misfit,
    step,
    widened,
    with_free_stiffness,
)

WINDOWS, SIGNALS, JOINTS, SAMPLES = 8, 2, 3, 20
DRAWS = 100
FIT = SimpleNamespace(
    count=WINDOWS,
    channels=SIGNALS,
    joints=JOINTS,
    owner=np.tile(np.repeat(np.arange(WINDOWS), SAMPLES * JOINTS), SIGNALS),
)


def noise(rng, alike):
    """Of every signal, window and joint, with that share of its variance common to a window."""
    shape = (SIGNALS, WINDOWS, SAMPLES, JOINTS)
    common = rng.standard_normal((SIGNALS, WINDOWS, 1, JOINTS))
    own = rng.standard_normal(shape)
    return (np.sqrt(alike) * common + np.sqrt(1.0 - alike) * own).reshape(-1)


def columns(rng, each, alike=0.5):
    """Slopes (m, each * JOINTS): a parameter shows in its own joint's signals alone."""
    own = np.tile(np.arange(JOINTS), SIGNALS * WINDOWS * SAMPLES)
    kinds = [noise(rng, alike)[:, None] * (own[:, None] == np.arange(JOINTS)) for _ in range(each)]
    return np.concatenate(kinds, axis=1)


@pytest.mark.parametrize("alike", [0.0, 0.5])
def test_intervals_hold_the_truth_however_alike_a_windows_samples_are(alike):
    held = []
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        slopes = columns(rng, 3)
        residual = noise(rng, alike)
        off = step(residual, slopes)  # of parameters that are truly zero
        left = residual + slopes @ off
        half = half_widths(FIT, left, slopes, np.zeros(slopes.shape[1], dtype=bool))
        held.append(np.abs(off) <= half)
    assert 0.94 <= np.mean(held) <= 0.995


def test_noise_is_taken_for_misfit_in_one_of_twenty_fits_at_most():
    """Also where all samples of a window are one: nothing can be more alike."""
    bound = largest_misfit(FIT, JOINTS)
    draws = [misfit(noise(np.random.default_rng(seed), 1.0), JOINTS) for seed in range(1000)]
    assert 0.03 <= np.mean([(left > bound).any() for left in draws]) <= 0.07


def test_another_stiffness_is_found_and_none_is_made_up():
    found, made_up = [], []
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        slopes, stiffness = columns(rng, 2), columns(rng, 1)
        for softer, told in ((-2.0, found), (0.0, made_up)):
            residual = noise(rng, 0.5) - stiffness[:, 1] * softer
            left = residual + slopes @ step(residual, slopes)
            told.append(with_free_stiffness(FIT, left, slopes, stiffness)[0])
    assert np.mean(np.array(found)[:, 1]) > 0.8
    assert np.mean(np.array(made_up).any(axis=1)) <= 0.07


def test_what_trades_off_with_an_unknown_stiffness_is_known_no_better():
    """Friction that positions show over stiffness: the fit takes it for the nominal one's."""
    held, alone = [], []
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        slopes, beside = columns(rng, 1), columns(rng, 1)
        stiffness = slopes + 0.1 * beside  # hardly anything tells the two apart
        residual = noise(rng, 0.0) - stiffness @ np.full(
            JOINTS, 0.5
        )  # of servos half as stiff again
        off = step(residual, slopes)  # of friction that is truly zero
        left = residual + slopes @ off
        fitted = np.zeros(JOINTS, dtype=bool)
        half = with_free_stiffness(FIT, left, slopes, stiffness)[1]
        held.append(np.abs(off) <= half)
        alone.append(np.abs(off) <= half_widths(FIT, left, slopes, fitted))
    assert np.mean(alone) < 0.1
    assert np.mean(held) > 0.7


def test_what_two_motions_disagree_about_widens_the_interval():
    """9 apart, of which 1 + 1 is chance: 1 + 7 remain; nothing where the other shows nothing."""
    half, apart = np.ones(3), np.array([3.0, 1.0, 9.0])
    got = widened(half, np.array([1.0, 1.0, np.inf]), apart)
    assert got == pytest.approx([np.sqrt(8.0), 1.0, 1.0])


def test_a_parameter_that_nothing_shows_has_no_interval_and_no_step():
    slopes = columns(np.random.default_rng(0), 1)
    slopes[:, 1] = 0.0
    residual = noise(np.random.default_rng(1), 0.0)
    assert step(residual, slopes)[1] == 0.0
    half = half_widths(FIT, residual, slopes, np.zeros(JOINTS, dtype=bool))
    assert np.isinf(half[1])
    assert np.isfinite(half[[0, 2]]).all()
