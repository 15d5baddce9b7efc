"""Slices and actions, each against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rl_manip_train.policy.foreign.observation import (
    ForeignSituation,
    RememberedSlices,
    SliceValue,
)
from rl_manip_train.policy.foreign.orientation_forms import in_form
from rl_manip_train.policy.foreign.spec.read_spec import read_spec
from rl_manip_train.policy.foreign.velocity_action import velocity_action

INPUTS = ("joint_position", "joint_velocity", "goal_position", "goal_orientation")
REVERSED = (
    "joints: [wrist_3_joint, wrist_2_joint, wrist_1_joint, elbow_joint, shoulder_lift_joint, "
    "shoulder_pan_joint]"
)
LIMIT = torch.full((6,), 1.5)


@pytest.fixture
def spec_of(tmp_path):
    """A spec of some slices and an action: spec_of("joint_velocity", action="...", more="...")."""

    def make(*slices, action="{kind: joint_velocity}", more=""):
        path = tmp_path / "spec.yaml"
        path.write_text(
            f"arm: ur5e\ncontrol_dt: 0.04\nobservation: [{', '.join(slices)}]\naction: {action}\n"
            + more
        )
        return read_spec(path)

    return make


def seen(spec, position, velocity=None, goal=(0.4, 0.1, 0.3), turn=(0.0, 0.0, 0.0, 1.0)):
    """Values of the spec's slices, one after the other."""
    rows = [position, np.zeros(6) if velocity is None else velocity, goal, turn]
    raw = tuple(torch.tensor(np.array(row), dtype=torch.float32)[None] for row in rows)
    now = ForeignSituation(spec, INPUTS)(raw, torch.arange(6.0)[None])
    return [SliceValue(one, spec)(now)[0].numpy() for one in spec.observation]


def moved(spec, action, position):
    said = torch.tensor(np.array(action), dtype=torch.float32)[None]
    at = torch.tensor(np.array(position), dtype=torch.float32)[None]
    return velocity_action(spec, LIMIT)(said, at)[0].numpy()


def test_joints_come_in_the_networks_order(arm, spec_of):
    spec = spec_of(
        "{name: joint_position_relative, unit: deg}",
        "{name: joint_velocity, joints: [elbow_joint, shoulder_pan_joint], scale: [10, 100]}",
        "last_action",
        action="{kind: joint_velocity, unit: deg/s, scale: {wrist_3_joint: 2, wrist_2_joint: 1, "
        "wrist_1_joint: 1, elbow_joint: 1, shoulder_lift_joint: 1, shoulder_pan_joint: 1}}",
        more=REVERSED,
    )
    offset = np.deg2rad([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    relative, velocity, last = seen(spec, arm.home + offset, np.arange(6.0))
    np.testing.assert_allclose(relative, [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], atol=1e-4)
    np.testing.assert_allclose(velocity, [20.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(last, np.arange(6.0))
    # the network's first joint is the arm's last, and is twice as fast
    commands = moved(spec, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], arm.home)
    np.testing.assert_allclose(np.rad2deg(commands), [60, 50, 40, 30, 20, 20], rtol=1e-5)


def test_clip_scale_offset_clip_come_in_this_order(spec_of):
    spec = spec_of(
        "{name: constant, values: [-9, 0, 4, 9], clip: [-3, 5], scale: 2, offset: 1, "
        "clip_scaled: 8}"
    )
    np.testing.assert_allclose(seen(spec, np.zeros(6))[0], [-5.0, 1.0, 8.0, 8.0])


def test_points_are_seen_from_frames_and_a_tool_of_the_networks_own(arm, spec_of):
    pose = arm.forward_kinematics(arm.home)
    spec = spec_of(
        "{name: goal_position, frame: side, unit: mm}",
        "{name: tool_position}",
        "{name: goal_position_relative, frame: tool}",
        "goal_distance",
        more="frames: {side: {position: [0.1, 0.2, 0.3], rpy_deg: [0, 0, 90]}}\n"
        "tool: {position: [0, 0, 0.2], rpy_deg: [180, 0, 0]}",
    )
    turned_up = (1.0, 0.0, 0.0, 0.0)  # z down, as at home; so its tool is 0.2 m below the goal
    goal, tool, relative, distance = seen(
        spec, arm.home, goal=pose.position + [0.0, 0.0, 0.5], turn=turned_up
    )
    below = pose.position - [0.0, 0.0, 0.2]
    np.testing.assert_allclose(tool, below, atol=1e-5)
    wanted = pose.position + [0.0, 0.0, 0.3]
    # axes of the frame: x is the base's y, y is minus the base's x
    from_side = wanted - [0.1, 0.2, 0.3]
    np.testing.assert_allclose(
        goal, 1000.0 * np.array([from_side[1], -from_side[0], from_side[2]]), atol=0.01
    )
    # half a turn about x of a tool that points down points up
    np.testing.assert_allclose(relative, [0.0, 0.0, 0.5], atol=1e-5)
    np.testing.assert_allclose(distance, [0.5], atol=1e-5)


def test_velocities_of_the_tool(arm, spec_of):
    # the shoulder pan alone: the tool goes round the base's axis
    spec = spec_of("tool_linear_velocity", "{name: tool_angular_velocity, unit: deg/s}")
    x, y, _ = arm.forward_kinematics(arm.home).position
    linear, angular = seen(spec, arm.home, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(linear, [-y, x, 0.0], atol=1e-5)
    np.testing.assert_allclose(angular, [0.0, 0.0, math.degrees(1.0)], atol=1e-3)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("quaternion_xyzw", [0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)]),
        ("quaternion_wxyz", [math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)]),
        ("columns_6d", [0, 1, 0, -1, 0, 0]),
        ("rows_6d", [0, -1, 0, 1, 0, 0]),
        ("matrix", [0, -1, 0, 1, 0, 0, 0, 0, 1]),
        ("axis_angle", [0, 0, math.pi / 2]),
    ],
)
def test_a_quarter_turn_about_z_in_every_form(form, expected):
    quarter = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    np.testing.assert_allclose(in_form(quarter, form)[0].numpy(), expected, atol=1e-6)


def test_the_sign_of_a_quaternion_is_chosen():
    half = torch.diag(torch.tensor([-1.0, -1.0, 1.0]))[None]
    for positive in "zw":
        found = in_form(half, "quaternion_xyzw", positive)[0].abs().numpy()
        np.testing.assert_allclose(found, [0, 0, 1, 0], atol=1e-6)
    assert in_form(half, "quaternion_xyzw", "z")[0, 2] > 0.0


@pytest.mark.parametrize(
    ("order", "layout", "first", "third"),
    [
        ("oldest_first", "by_slice", [1, 1, 1, 10, 10], [1, 2, 3, 20, 30]),
        ("newest_first", "by_slice", [1, 1, 1, 10, 10], [3, 2, 1, 30, 20]),
    ],
)
def test_each_slice_has_its_history(spec_of, order, layout, first, third):
    spec = spec_of(
        "{name: constant, values: [0]}",
        "{name: constant, values: [0], history: 2}",
        more=f"history: {{length: 3, order: {order}, layout: {layout}}}",
    )
    assert [one.width for one in spec.inputs] == [5]
    assert watched(spec) == (first, third)


def test_steps_stand_side_by_side_and_begin_with_zeros(spec_of):
    spec = spec_of(
        "{name: constant, values: [0]}",
        "{name: constant, values: [0]}",
        more="history: {length: 3, layout: by_step, start: zeros}",
    )
    assert watched(spec) == ([0, 0, 0, 0, 1, 10], [1, 10, 2, 20, 3, 30])


def watched(spec):
    """The observation after the first and the third of the values (1, 10), (2, 20), (3, 30)."""
    remembered = RememberedSlices(spec.observation, spec.history)
    kept, found = torch.zeros(1, remembered.width), []
    for step in (1.0, 2.0, 3.0):
        values = [torch.tensor([[step]]), torch.tensor([[10.0 * step]])]
        begins = torch.tensor([[1.0 if step == 1.0 else 0.0]])
        observation, kept = remembered(values, kept, begins)
        found.append(observation[0].int().tolist())
    return found[0], found[2]


def test_positions_are_reached_within_the_time_given(arm, spec_of):
    at = arm.home + 0.01
    # 0.04 s to 0.01 rad further: 0.25 rad/s
    delta = spec_of("joint_position", action="{kind: joint_position_delta, scale: 0.1}")
    np.testing.assert_allclose(moved(delta, [0.1] * 6, at), 0.25, rtol=1e-4)
    # from home it is where the arm is already
    default = spec_of("joint_position", action="{kind: joint_position_relative}")
    np.testing.assert_allclose(moved(default, [0.01] * 6, at), 0.0, atol=1e-4)
    # 0.1 rad further within half a second; far away, no faster than the limit
    absolute = spec_of("joint_position", action="{kind: joint_position, unit: deg, reach_in: 0.5}")
    target = at + [0.1, -0.1, 0.1, 9.0, -9.0, 0.1]
    np.testing.assert_allclose(
        moved(absolute, np.rad2deg(target), at), [0.2, -0.2, 0.2, 1.5, -1.5, 0.2], rtol=1e-4
    )


@pytest.mark.parametrize(
    ("action", "said", "linear", "angular"),
    [
        ("{kind: tool_twist}", [0.1, 0, 0, 0, 0, 0.2], [0.1, 0, 0], [0, 0, 0.2]),
        ("{kind: tool_delta, width: 3, unit: mm}", [0, 4, 0], [0, 0.1, 0], [0, 0, 0]),
        ("{kind: tool_twist, width: 3, frame: side}", [0.1, 0, 0], [0, 0.1, 0], [0, 0, 0]),
        # the tool points down
        ("{kind: tool_twist, width: 3, frame: tool}", [0, 0, 0.1], [0, 0, -0.1], [0, 0, 0]),
    ],
)
def test_the_tool_moves_as_it_is_told(arm, spec_of, action, said, linear, angular):
    spec = spec_of("tool_position", action=action, more="frames: {side: {rpy_deg: [0, 0, 90]}}")
    twist = arm.jacobian(arm.home) @ moved(spec, said, arm.home)
    # damped least squares fall a little short
    np.testing.assert_allclose(twist, [*linear, *angular], atol=0.01)


def test_a_tool_that_may_turn_moves_with_less(arm, spec_of):
    held, free = (
        moved(spec_of("tool_position", action=f"{{kind: tool_twist, width: 3{more}}}"), [0.1, 0, 0],
              arm.home)
        for more in ("", ", keep_orientation: false")
    )  # fmt: skip
    jacobian = arm.jacobian(arm.home)
    np.testing.assert_allclose((jacobian @ free)[:3], [0.1, 0.0, 0.0], atol=0.01)
    assert np.linalg.norm((jacobian @ free)[3:]) > 0.05
    assert np.linalg.norm(free) < np.linalg.norm(held)
