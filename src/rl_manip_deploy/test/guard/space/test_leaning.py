"""What an arm at a bound goes on with, against figures worked out by hand."""

import numpy as np
import pytest

from rl_manip_deploy.guard.space.leaning import CLOSE, Approach, apart, kept, sliding_speed

LAW = (2.0, 50.0, 0.1, 0.05)  # of `GuardLimits`: [m/s^2], [m/s^3], [s], [s]


def shares(velocity, closing, sliding, allowed=None):
    closing = np.atleast_2d(np.array(closing, dtype=float))
    sliding = np.atleast_1d(np.array(sliding, dtype=float))
    arm = np.zeros(len(closing), dtype=int)
    allowed = np.maximum(sliding, 0.0) if allowed is None else np.atleast_1d(allowed)
    return kept(np.atleast_2d(np.array(velocity, float)), Approach(arm, closing, allowed, sliding))[
        0
    ]


@pytest.mark.parametrize(
    ("closing", "sliding", "expected"),
    [
        # least squares: (1, 1) - 3 (0.3, 0.1), since 0.4 - 3 (0.3^2 + 0.1^2) = 0.1
        ([0.3, 0.1], 0.1, [0.1, 0.7]),
        # the first one would be turned round: the second one makes up for it
        ([0.5, 0.1], 0.02, [0.0, 0.2]),
        # what leads away helps, and is left as it is
        ([0.3, -0.2], 0.0, [2.0 / 3.0, 1.0]),
        # slower than is allowed already
        ([0.3, -0.2], 0.2, [1.0, 1.0]),
        # it is to get away, as fast as it can
        ([0.3, -0.1], -0.2, [0.0, 1.0]),
        # a joint that does not lead there goes on
        ([0.3, 0.0], 0.0, [0.0, 1.0]),
    ],
)
def test_the_least_change_that_holds_one_bound(closing, sliding, expected):
    np.testing.assert_allclose(shares([1.0, 1.0], closing, sliding), expected, atol=1e-9)


def test_the_least_change_is_one_of_velocities():
    """(2, -1) with levers (0.1, -0.1): 0.3 - m (0.1^2 + 0.1^2) = 0.2 for m = 5."""
    found = shares([2.0, -1.0], [0.2, 0.1], 0.2)
    np.testing.assert_allclose(found, [0.75, 0.5], atol=1e-9)


def test_a_joint_that_stands_is_left_alone():
    np.testing.assert_allclose(shares([1.0, 0.0], [0.4, 0.0], 0.1), [0.25, 1.0], atol=1e-9)


def test_no_bound_of_many_is_broken_and_none_is_turned_round():
    rng = np.random.default_rng(0)
    arms, joints, bounds = 500, 7, 2000
    velocity = rng.uniform(-2.0, 2.0, (arms, joints))
    arm = rng.integers(0, arms, bounds)
    closing = rng.uniform(-0.5, 0.5, (bounds, joints)) * velocity[arm]
    allowed = rng.uniform(0.0, 0.2, bounds)
    leans = rng.random(bounds) < 0.7
    sliding = np.where(leans, allowed - rng.uniform(0.0, 0.05, bounds), np.inf)
    found = kept(velocity, Approach(arm, closing, allowed, sliding))
    assert np.all((found >= 0.0) & (found <= 1.0))
    assert np.all(np.einsum("kj,kj->k", closing, found[arm]) <= allowed + 2e-6)
    # an arm that slows down as a whole would keep less
    speed = np.maximum(closing.sum(axis=1), 1e-9)
    whole = np.ones(arms)
    np.minimum.at(whole, arm, np.minimum(allowed / speed, 1.0))
    ways = [np.linalg.norm(share * velocity, axis=1) for share in (found, whole[:, None])]
    assert np.mean(ways[0]) > 1.5 * np.mean(ways[1])


@pytest.mark.parametrize("sliding", [0.05, 0.0, -0.05])
def test_small_changes_of_what_is_asked_change_little(sliding):
    """At one bound no joint is let go or held all at once."""
    rng = np.random.default_rng(1)
    lever, here = rng.uniform(-0.5, 0.5, 6), rng.uniform(-1.0, 1.0, 6)
    before = None
    for part in np.linspace(0.0, 1.0, 1000):
        velocity = np.cos(6.0 * part) * here + np.sin(6.0 * part) * here[::-1]
        left = velocity * shares(velocity, lever * velocity, sliding)
        if before is not None:
            assert np.abs(left - before).max() < 0.05
        before = left


def test_room_says_how_far_joints_are_on_their_own_and_how_fast_an_arm_slides():
    np.testing.assert_allclose(apart(np.array([-0.01, 0.005, 0.0075, CLOSE])), [1, 1, 0.5, 0])
    # 2 mm are kept where it slides: (4 mm - 2 mm) / 0.15 s, and 1 mm / 0.1 s to get away
    rooms = np.array([0.004, 0.002, 0.001, 0.0101])
    expected = [0.002 / 0.15, 0.0, -0.01, np.inf]
    np.testing.assert_allclose(sliding_speed(rooms, LAW), expected, atol=1e-12)
