"""What the importer makes of a LEAPP bundle is what a loop around its models would do."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from bundle_loops import IsaacLoop, TwoModelsLoop
from documented_specs import documented_specs
from leapp_bundles import FINGERS, PANDA, UR, isaac_reach, two_models, write_bundle
from same_commands import commands_of
from scipy.spatial.transform import Rotation

from rl_manip_description import load_arm
from rl_manip_train.policy.foreign.policy_import import import_network

EXACT = 1.5e-5
"""Commands in single and in double precision, of up to 1.5 rad/s, differ by less [rad/s]."""
SPECS = documented_specs()
EE_LINK = Rotation.from_euler("y", -90, degrees=True)
DEFAULT = [0.1, -1.5, 1.6, 0.1, -1.6, -1.5]
"""Default joint positions in the order of ``UR`` [rad]."""


def imported(folder, bundle, spec):
    path = write_bundle(folder / "bundle", **bundle)
    (folder / "spec.yaml").write_text(spec)
    return import_network(path, folder / "spec.yaml", "a command", "abc")


def assert_alike(arm, made, loop):
    commands, expected = commands_of(arm, made.policy, loop)
    np.testing.assert_allclose(commands, expected, rtol=0.0, atol=EXACT)
    # the comparison says something
    assert np.std(commands, axis=0).min() > 0.01


@pytest.mark.parametrize("backend", ["onnx", "jit"])
@torch.no_grad()
def test_isaac_labs_reach_with_the_documented_spec(arm, tmp_path, backend):
    bundle = isaac_reach(DEFAULT, UR, UR, backend)
    made = imported(tmp_path, bundle, SPECS["LEAPP"])
    order = [arm.joint_names.index(name) for name in UR]
    module = bundle["models"]["Isaac-Reach"].module
    assert_alike(arm, made, IsaacLoop(arm, module, order, tool=EE_LINK))
    metadata = made.policy.metadata
    assert metadata.control_dt == pytest.approx(1.0 / 30.0)
    assert metadata.action == "joint_position"
    assert metadata.memory.shape == (1, 6)
    gains, order = made.notes
    assert "also says arm_action_kp_gains, which is left out" in gains
    assert "ee_pose is taken as x, y, z, qx, qy, qz, qw, which Isaac Lab 3 hands over" in order
    # the card shows what the bundle said of the rest, too
    assert metadata.imported.file == "reach.yaml"
    assert "# control_rate: 30.0" in metadata.imported.spec


@torch.no_grad()
def test_frankas_fingers_stand_still_and_its_joints_have_other_names(tmp_path):
    arm = load_arm("fr3")
    joints = [*PANDA, *FINGERS]
    bundle = isaac_reach([0.0, -0.57, 0.0, -2.81, 0.0, 3.037, 0.741, 0.04, 0.04], joints, PANDA)
    made = imported(tmp_path, bundle, SPECS["LEAPP, Franka"])
    module = bundle["models"]["Isaac-Reach"].module
    limit = made.policy.metadata.velocity_limit
    assert_alike(arm, made, IsaacLoop(arm, module, list(range(7)), [0.04, 0.04], limit))


@torch.no_grad()
def test_two_models_a_history_and_a_tool_are_one_graph(arm, tmp_path):
    bundle = two_models()
    spec = "arm: ur5e\ntask: reach_pose\nobservation: {observer/tool: {positive: y}}\n"
    made = imported(tmp_path, bundle, spec)
    observer, actor = (one.module for one in bundle["models"].values())
    assert_alike(arm, made, TwoModelsLoop(arm, observer, actor))
    assert made.policy.metadata.control_dt == 0.02
    # begun or not, three steps of six joints, the action before
    assert made.policy.metadata.memory.shape == (1, 1 + 18 + 6)
    assert made.notes == ()


@torch.no_grad()
def test_a_goal_without_orientation_has_a_constant_one(arm, tmp_path):
    spec = (
        "arm: ur5e\naction: {reach_in: 0.2}\njoint_spread: 3.0\n"
        "observation: {ee_pose: [goal_position, {name: constant, values: [0, 1, 0, 0]}]}\n"
    )
    bundle = isaac_reach(DEFAULT, UR, UR)
    made = imported(tmp_path, bundle, spec)
    assert [one.name for one in made.policy.metadata.inputs] == [
        *("joint_position", "joint_velocity", "goal_position")
    ]
    order = [arm.joint_names.index(name) for name in UR]
    loop = IsaacLoop(arm, bundle["models"]["Isaac-Reach"].module, order)
    goal, now = [0.4, 0.1, 0.3], np.float32(arm.home)[None]
    said = made.policy.commands(
        now, 0.0 * now, np.float32(goal)[None], np.zeros((1, 6), np.float32)
    )
    expected = loop.step(now[0].astype(float), np.zeros(6), goal, [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(said[0][0], expected, atol=EXACT)


def test_inputs_by_name_need_no_bundle(arm, tmp_path):
    """A spec of several inputs for a plain ONNX file."""
    bundle = isaac_reach(DEFAULT, UR, UR)
    path = write_bundle(tmp_path / "bundle", **bundle) / "Isaac-Reach.onnx"
    graph = onnx.load(path)
    assert [one.name for one in graph.graph.output][0] == "arm_action"
    (tmp_path / "spec.yaml").write_text(
        f"arm: ur5e\ntask: reach_pose\ncontrol_rate: 30\njoints: {UR}\n"
        "network: {action: arm_action, states: {last_action_in: last_action_out}}\n"
        "observation:\n"
        "  ee_pose: [goal_position, {name: goal_orientation, form: quaternion_xyzw}]\n"
        "  robot_joint_pos: [joint_position]\n"
        "  robot_joint_vel: [joint_velocity]\n"
        "action: {kind: joint_position, reach_in: 0.2}\n"
    )
    made = import_network(path, tmp_path / "spec.yaml", "", "")
    order = [arm.joint_names.index(name) for name in UR]
    with torch.no_grad():
        assert_alike(arm, made, IsaacLoop(arm, bundle["models"]["Isaac-Reach"].module, order))
