"""What the page says of joints, signals and the gap."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from rl_manip_cockpit.shown.arm_text import (
    gap_text,
    joints_text,
    short_name,
    signals_text,
    tool_text,
)
from rl_manip_cockpit.shown.markup import BAD, CAREFUL
from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
POLICIES = Path(__file__).resolve().parents[4] / "policies"
LIMITS = arm_limits(ARM)
STILL = np.zeros(ARM.num_joints)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (("shoulder_pan_joint", "elbow_joint"), ["shoulder pan", "elbow"]),
        (("fr3_joint1", "fr3_joint2"), ["fr3 joint1", "fr3 joint2"]),
        (("joint",), ["joint"]),
        (("a_joint", "joint"), ["a joint", "joint"]),
    ],
)
def test_joints_of_any_arm_have_short_names(names, short):
    assert [short_name(name, names) for name in names] == short


def test_a_joint_without_limits_is_shown_within_its_turn():
    """A quarter of a turn is three quarters of the way, however many turns are behind it."""
    endless = np.where(np.arange(ARM.num_joints) == 5, np.inf, LIMITS.position_upper)
    limits = dataclasses.replace(LIMITS, position_lower=-endless, position_upper=endless)
    position = ARM.home.copy()
    position[5] = 4.0 * np.pi + 0.5 * np.pi
    seen = Seen(1.0, Motion(1.0, STILL, position))
    row = joints_text(seen, ARM.joint_names, limits).split("<tr>")[-1]
    assert "left:75.0%" in row
    assert BAD not in row
    assert CAREFUL not in row


def test_joints_are_figures_within_the_limits():
    """At 1.57 of 3.14 rad/s the bar goes from the middle a quarter to the right."""
    velocity = STILL.copy()
    velocity[0] = 0.5 * LIMITS.velocity[0]
    text = joints_text(Seen(0.0, Motion(0.0, velocity, ARM.home)), ARM.joint_names, LIMITS)
    assert "shoulder pan +0.000 +1.57" in words(text)
    assert "left:50.0%;width:25.0%" in text
    assert BAD not in text


def test_a_joint_beyond_its_limit_stands_out():
    position = ARM.home.copy()
    position[2] = LIMITS.position_upper[2] + 0.1
    seen = Seen(0.0, Motion(0.0, STILL, position))
    assert BAD in joints_text(seen, ARM.joint_names, LIMITS)
    assert words(joints_text(Seen(0.0), ARM.joint_names, LIMITS)) == "no joint states yet"


def test_signals_say_ages_and_what_was_never_heard():
    seen = Seen(
        10.0,
        state=Motion(9.997, STILL, ARM.home),
        command=Motion(9.9, STILL),
        speed_scaling=0.5,
        program_running=False,
        outside={"joint_velocity": 0.012, "goal_position": 0.0},
        recorder="bag",
        bag_bytes=12_400_000,
    )
    text = signals_text(seen, oldest_state=0.05)
    for said in (
        "joint states 3 ms old",
        "commands 100 ms old",
        "robot program not running",
        "speed scaling 50%",
        "joint velocity unlike training 1.2%",
        "recording bag, 12.4 MB",
    ):
        assert said in words(text)
    assert "goal position" not in words(text)
    assert text.count(BAD) == 2  # the command's age, and the program
    nothing = signals_text(Seen(10.0), oldest_state=0.05)
    assert "joint states never heard" in words(nothing)
    assert CAREFUL in nothing


def test_what_came_during_the_look_is_new_and_a_policy_is_told_in_short():
    loaded = load_policy(POLICIES / "ur5e_reach" / "policy.onnx").metadata
    text = words(signals_text(Seen(10.0, Motion(10.01, STILL, ARM.home), loaded=loaded), 0.05))
    assert "joint states 0 ms old" in text
    assert f"policy file reach, ppo, {loaded.training.success_rate:.1%}" in text


def test_figures_of_the_gap_have_units():
    gap = {"delay_s": 0.024, "gain": 1.012, "tool_position_rmse_m": 0.0031, "state_rate_hz": 499.8}
    text = words(gap_text(Seen(0.0, gap=gap, gap_verdict="all is well")))
    assert text == (
        "all is well delay 24.0 ms gain 1.012 tool position rmse 3.1 mm state rate 499.8 Hz"
    )


def test_distances_of_the_tool_are_in_millimetres():
    tool = np.array([0.4, -0.1, 0.3])
    text = words(tool_text(tool, tool + np.array([0.003, 0.0, 0.004]), None))
    assert "+0.400, -0.100, +0.300 m from goal 5.0 mm from simulated twin –" in text
