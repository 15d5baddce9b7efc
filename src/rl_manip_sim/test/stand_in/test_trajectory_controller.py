"""The simulated joint_trajectory_controller: splines, replacement, refusals, a dead sender."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_sim.stand_in.trajectory_controller import TrajectoryController, TrajectoryPoint

REST = (0.0, 0.0)


@pytest.fixture
def controller():
    return TrajectoryController(np.array([1.0, -1.0]))


def test_it_holds_before_the_first_trajectory(controller):
    position, velocity = controller.desired(5.0)
    assert position.tolist() == [1.0, -1.0]
    assert velocity.tolist() == [0.0, 0.0]


def test_a_cubic_goes_through_position_and_velocity_of_each_point(controller):
    points = [
        TrajectoryPoint(1.0, (2.0, -1.0), (0.5, 0.2)),
        TrajectoryPoint(2.0, (2.5, -0.5), REST),
    ]
    assert controller.take(points, now=10.0) == ""
    for time, point in zip((11.0, 12.0), points):
        position, velocity = controller.desired(time - 1e-9)
        assert position == pytest.approx(point.position, abs=1e-6)
        assert velocity == pytest.approx(point.velocity, abs=1e-6)
    # halfway from rest at 1 to 2 at 0.5 rad/s: (1 + 2) / 2 - 1 s * 0.5 / 8
    assert controller.desired(10.5)[0][0] == pytest.approx(1.5 - 0.5 / 8.0)


def test_it_ends_at_rest_when_nothing_more_comes(controller):
    moving = TrajectoryPoint(0.05, (1.05, -1.0), (1.0, 0.0))
    controller.take([moving, TrajectoryPoint(0.15, (1.1, -1.0), REST)], now=0.0)
    position, velocity = controller.desired(100.0)
    assert position == pytest.approx([1.1, -1.0])
    assert velocity.tolist() == [0.0, 0.0]


def test_a_new_trajectory_begins_where_the_old_one_is(controller):
    controller.take([TrajectoryPoint(1.0, (2.0, -1.0), REST)], now=0.0)
    before = controller.desired(0.5)
    controller.take([TrajectoryPoint(1.0, (0.0, -1.0), REST)], now=0.5)
    after = controller.desired(0.5)
    assert after[0] == pytest.approx(before[0])
    assert after[1] == pytest.approx(before[1])


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([], "without points"),
        ([TrajectoryPoint(0.0, REST, REST)], "times do not rise"),
        ([TrajectoryPoint(0.1, REST, REST), TrajectoryPoint(0.1, REST, REST)], "do not rise"),
        ([TrajectoryPoint(0.1, (0.0,), REST)], "2 finite numbers expected"),
        ([TrajectoryPoint(0.1, (0.0, float("nan")), REST)], "2 finite numbers expected"),
        ([TrajectoryPoint(0.1, REST, (0.1, 0.0))], "not at rest"),
    ],
)
def test_what_cannot_be_followed_is_refused_and_changes_nothing(controller, points, why):
    assert why in controller.take(points, now=0.0)
    assert controller.desired(1.0)[0].tolist() == [1.0, -1.0]


def test_an_endless_joint_goes_to_the_first_point_by_the_shorter_way():
    controller = TrajectoryController(np.array([1.0, 3.5]), np.array([False, True]))
    points = [
        TrajectoryPoint(1.0, (1.0, 3.6 - 2.0 * np.pi), (0.0, 0.1)),
        TrajectoryPoint(2.0, (1.0, 3.7 - 2.0 * np.pi), REST),
    ]
    assert controller.take(points, now=0.0) == ""
    assert controller.desired(1.0)[0] == pytest.approx([1.0, 3.6])
    assert controller.desired(2.0)[0] == pytest.approx([1.0, 3.7])
