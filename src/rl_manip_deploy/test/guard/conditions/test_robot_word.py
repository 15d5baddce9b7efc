"""What others say of the robot, and what of it keeps the arm still."""

import math

import pytest

from rl_manip_deploy.guard.conditions.robot_word import RobotWord


@pytest.fixture
def word():
    word = RobotWord()
    assert word.trouble() == "nobody says that the robot program is running"
    word.on_program_running(True)
    assert word.trouble() == ""
    return word


@pytest.mark.parametrize("scaling", [0.0, -1.0, math.nan, math.inf])
def test_scaling_that_stops(word, scaling):
    assert word.on_speed_scaling(scaling) == f"speed scaling is {scaling}"
    assert word.scaling == 0.0
    assert word.trouble() == "speed scaling is zero"
    assert word.on_speed_scaling(1.3) == ""
    assert word.scaling == 1.0
    assert word.trouble() == ""


@pytest.mark.parametrize(
    ("tell", "wrong", "right", "said"),
    [
        ("on_program_running", (False,), (True,), "robot program is not running"),
        ("on_controller", (False, "speed"), (True, "speed"), "controller speed is not active"),
        ("on_controller", (False, "speed"), (None, "speed"), "controller speed is not active"),
        ("on_publishers", (2, 0), (1, 0), "2 nodes publish requests"),
        ("on_publishers", (1, 2), (0, 0), "2 other node(s) publish to the controller"),
        ("on_robot_mode", (3,), (7,), "robot mode is power off"),
        ("on_robot_mode", (99,), (7,), "robot mode is 99"),
        ("on_safety_mode", (7,), (2,), "safety mode is robot emergency stop"),
    ],
)
def test_each_fact_is_said_until_it_is_mended(word, tell, wrong, right, said):
    assert getattr(word, tell)(*wrong).startswith(said)
    assert word.trouble().startswith(said)
    assert getattr(word, tell)(*right) == ""
    assert word.trouble() == ""


def test_one_fact_does_not_hide_another(word):
    word.on_robot_mode(3)
    word.on_publishers(2, 0)
    word.on_robot_mode(7)
    assert "publish requests" in word.trouble()
