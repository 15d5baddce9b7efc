"""When a goal counts as met: by the tool, and by an object that was put there and let go of."""

import numpy as np
import pytest

from rl_manip_deploy.evaluation.goal_judge import (
    GoalJudge,
    ObjectCheck,
    Seen,
    ToolCheck,
    how_far_off,
)
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import SuccessCriterion

ARM = load_arm("ur5e")
HERE = ARM.forward_kinematics(ARM.home).position
STILL = np.zeros(6)
CRITERION = SuccessCriterion(0.02, 0.05)
GRIPPER = load_arm("ur5e", "robotiq_2f85").gripper
SPOT = np.array([0.4, 0.2, 0.03])


def judge(goal, timeout=4.0, criterion=CRITERION):
    goal = np.asarray(goal)
    return GoalJudge(ToolCheck(ARM, goal, criterion), goal, 10.0, timeout)


def test_goal_counts_once_the_tool_has_stayed():
    watched = judge(HERE + [0.01, 0.0, 0.0])
    watched.watch(Seen(11.0, ARM.home, STILL))
    watched.watch(Seen(11.1, ARM.home, STILL))
    assert watched.result is None
    watched.watch(Seen(11.25, ARM.home, STILL))
    assert watched.result.success
    assert watched.result.time_to_goal_s == pytest.approx(1.0)
    assert watched.result.final_distance_m == pytest.approx(0.01)


def test_passing_through_does_not_count():
    watched = judge(HERE)
    fast = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])  # the tool is 0.51 m from the first axis
    for now in np.arange(10.0, 13.9, 0.05):
        watched.watch(Seen(now, ARM.home, fast))
    assert watched.result is None
    watched.watch(Seen(14.0, ARM.home, fast))
    assert not watched.result.success
    assert watched.result.time_to_goal_s is None


def test_leaving_starts_the_hold_anew():
    watched = judge(HERE)
    away = ARM.home + [0.2, 0.0, 0.0, 0.0, 0.0, 0.0]
    for now, pose in ((10.1, ARM.home), (10.25, away), (10.35, ARM.home), (10.5, ARM.home)):
        watched.watch(Seen(now, pose, STILL))
    assert watched.result is None
    watched.watch(Seen(10.56, ARM.home, STILL))
    assert watched.result.time_to_goal_s == pytest.approx(0.35)


def test_orientation_counts_where_the_criterion_has_an_angle():
    tool = ARM.forward_kinematics(ARM.home)
    turned = np.array([0.0, 0.0, np.sin(0.1), np.cos(0.1)])  # by 0.2 rad about z
    x, y, z, w = tool.quaternion
    a, b, c, d = turned
    product = [
        d * x + a * w + b * z - c * y,
        d * y - a * z + b * w + c * x,
        d * z + a * y - b * x + c * w,
        d * w - a * x - b * y - c * z,
    ]
    for limit, met in ((0.19, False), (0.21, True)):
        for sign in (1.0, -1.0):  # the same orientation
            goal = np.concatenate((HERE, sign * np.array(product)))
            watched = judge(goal, criterion=SuccessCriterion(0.02, 0.05, limit))
            watched.watch(Seen(13.7, ARM.home, STILL))
            watched.watch(Seen(14.0, ARM.home, STILL))
            assert watched.result.success == met


def watch_object(watched, path, opening, seconds=1.0, start=10.0, rate=30.0):
    """Shows an object on `path(time since start)`, 3 mm of noise, fingers so far apart."""
    rng = np.random.default_rng(0)
    for time in start + np.arange(0.0, seconds, 1.0 / rate):
        seen = path(time - start) + rng.normal(0.0, 0.003, 3)
        watched.watch(Seen(time, ARM.home, STILL, opening(time - start), seen, time))
        if watched.result is not None:
            break


def object_judge(timeout=4.0, released=True):
    check = ObjectCheck(GRIPPER, SPOT, SuccessCriterion(0.025, 0.05, released=released))
    return GoalJudge(check, SPOT, 10.0, timeout)


def held_until(release):
    """Fingers 5 cm apart, from `release` [s] on 7 cm."""
    return lambda t: 0.05 if t < release else 0.07


def test_object_at_the_goal_counts_once_the_fingers_have_let_go():
    watched = object_judge()
    watch_object(watched, lambda t: SPOT, held_until(9.9), seconds=2.0)
    assert watched.result is None
    watch_object(watched, lambda t: SPOT, held_until(0.5), seconds=2.0, start=12.0)
    assert watched.result.success
    assert watched.result.time_to_goal_s == pytest.approx(2.5, abs=0.05)
    assert watched.result.final_distance_m < 0.01


def test_object_that_is_to_be_held_counts_until_the_fingers_let_go():
    watched = object_judge(released=False)
    watch_object(watched, lambda t: SPOT, held_until(9.9))
    assert watched.result.success
    dropped = object_judge(timeout=2.0, released=False)
    watch_object(
        dropped, lambda t: SPOT + (t < 0.5) * np.array([0.1, 0.0, 0.0]), held_until(0.6), 3.0
    )
    assert not dropped.result.success


@pytest.mark.parametrize("released", [True, False])
def test_fingers_that_closed_on_nothing_before_hold_what_they_hold_now(released):
    watched = object_judge(timeout=2.5, released=released)

    def missed_then_gripped(t):
        return 0.0 if t < 0.3 else 0.085 if t < 0.6 else 0.05

    def away_then_there(t):
        return SPOT + (t < 1.0) * np.array([0.3, 0.0, 0.0])

    watch_object(watched, away_then_there, missed_then_gripped, seconds=3.0)
    assert watched.result.success == (not released)


def test_object_of_a_policy_that_does_not_say_must_be_let_go_of():
    watched = object_judge(released=None)
    watch_object(watched, lambda t: SPOT, held_until(0.5), seconds=2.0)
    assert watched.result.time_to_goal_s == pytest.approx(0.5, abs=0.05)


def test_object_that_moves_past_the_goal_does_not_count():
    watched = object_judge(timeout=1.0)
    # 0.1 m/s, within 2.5 cm of the goal for half a second
    watch_object(watched, lambda t: SPOT + [0.1 * (t - 0.5), 0.0, 0.0], lambda t: 0.085, 1.5)
    assert not watched.result.success


@pytest.mark.parametrize("rate", [2.0, 5.0, 8.0])
def test_a_slow_camera_tells_rest_too(rate):
    watched = object_judge(timeout=6.0)
    watch_object(watched, lambda t: SPOT, held_until(0.5), seconds=6.1, rate=rate)
    assert watched.result.success
    passing = object_judge(timeout=3.0)
    # 0.06 m/s, within 2.5 cm of the goal for 0.8 s
    watch_object(
        passing, lambda t: SPOT + [0.06 * (t - 1.5), 0.0, 0.0], lambda t: 0.085, 3.6, 10.0, rate
    )
    assert not passing.result.success


def test_object_beside_the_goal_does_not_count():
    watched = object_judge(timeout=1.0)
    watch_object(watched, lambda t: SPOT + [0.0, 0.035, 0.0], lambda t: 0.085, 1.5)
    assert not watched.result.success
    assert watched.result.final_distance_m == pytest.approx(0.035, abs=0.005)


def test_object_that_is_there_already_needs_no_gripping():
    watched = object_judge()
    watch_object(watched, lambda t: SPOT, lambda t: 0.084)
    assert watched.result.success


def test_object_that_nobody_sees_any_more_is_nowhere():
    watched = object_judge(timeout=1.0)
    watch_object(watched, lambda t: SPOT, held_until(9.9), seconds=0.5)
    watched.watch(Seen(11.6, ARM.home, STILL, 0.085, SPOT, 10.5))
    assert not watched.result.success


def test_an_object_out_of_sight_at_the_end_is_where_it_was_seen_last():
    watched = object_judge(timeout=4.0)
    watch_object(watched, lambda t: SPOT + [0.1, 0.0, 0.0], lambda t: 0.085)
    watched.watch(Seen(14.0, ARM.home, STILL, 0.085, SPOT + [0.1, 0.0, 0.0], 10.9))
    assert watched.result.final_distance_m == pytest.approx(0.1, abs=0.01)


def test_an_object_that_nobody_sees_is_at_no_distance():
    watched = object_judge(timeout=4.0)
    watched.watch(Seen(14.0, ARM.home, STILL))
    assert not watched.result.success
    assert watched.result.final_distance_m is None
    assert how_far_off(watched.result.final_distance_m) == "unseen"
