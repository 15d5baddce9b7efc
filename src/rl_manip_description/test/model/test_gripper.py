"""The gripper as data, on the arm and in the URDF."""

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest

from rl_manip_description import UnknownGripperError, known_arms, known_grippers, load_arm
from rl_manip_description.model.robot_urdf import gripper_parts, robot_urdf

mujoco = pytest.importorskip("mujoco", reason="mujoco loads the URDF here")

NAME = "robotiq_2f85"


@pytest.fixture
def gripper():
    return load_arm("ur5e", NAME).gripper


@pytest.mark.parametrize("name", known_arms())
def test_the_tool_is_between_the_fingertips(name):
    bare, carrying = load_arm(name), load_arm(name, gripper=NAME)
    assert bare.gripper is None
    assert bare.tool_frame == bare.flange_frame
    assert carrying.tool_frame == carrying.gripper.tool_frame
    poses = np.random.default_rng(0).uniform(-3, 3, (20, bare.num_joints))
    flange, tool = (arm.chain.joint_frames(poses)[1] for arm in (bare, carrying))
    np.testing.assert_allclose(tool[:, :3, :3], flange[:, :3, :3])
    # 148 mm along the flange's z axis
    expected = flange[:, :3, 3] + 0.148 * flange[:, :3, 2]
    np.testing.assert_allclose(tool[:, :3, 3], expected, atol=1e-12)


def test_knuckle_and_opening_by_hand(gripper):
    # open at 0 rad and 85 mm, closed at 0.8 rad; between them a straight line
    np.testing.assert_allclose(gripper.joint_position(np.array([0.085, 0.0])), [0.0, 0.8])
    np.testing.assert_allclose(gripper.opening(np.array([0.2, 0.9, -1.0])), [0.06375, 0.0, 0.085])
    opening = np.linspace(0.0, 0.085, 7)
    np.testing.assert_allclose(gripper.opening(gripper.joint_position(opening)), opening)


def test_urdf_has_fingers_that_mimic_the_knuckle(gripper):
    arm = load_arm("ur5e", NAME)
    model = mujoco.MjModel.from_xml_string(robot_urdf(arm))
    data = mujoco.MjData(model)
    data.qpos[:6] = arm.home
    for name in ("left", "right"):
        data.joint(f"robotiq_85_{name}_finger_joint").qpos[0] = 0.01
    mujoco.mj_kinematics(model, data)
    tool = data.body(gripper.tool_frame).xpos
    np.testing.assert_allclose(tool, arm.forward_kinematics(arm.home).position, atol=1e-9)
    left, right = (data.body(f"robotiq_85_{name}_finger_link").xpos for name in ("left", "right"))
    assert np.linalg.norm(left - right) == pytest.approx(0.02)
    mimics = ElementTree.fromstring(robot_urdf(arm)).findall("joint/mimic")
    assert len(mimics) == 2
    for mimic in mimics:
        assert mimic.get("joint") == gripper.joint_name
        travel = [
            float(mimic.get("multiplier")) * angle + float(mimic.get("offset"))
            for angle in (gripper.open_position, gripper.closed_position)
        ]
        np.testing.assert_allclose(travel, [0.0425, 0.0], atol=1e-12)


@pytest.mark.parametrize("name", known_grippers())
def test_fingers_open_along_the_tools_x_axis(name):
    arm = load_arm("fr3", name)
    model = mujoco.MjModel.from_xml_string(robot_urdf(arm))
    data = mujoco.MjData(model)
    data.qpos[: arm.num_joints] = arm.home
    parts = gripper_parts(arm.gripper)
    for joint in parts.finger_joints:
        data.joint(joint).qpos[0] = 0.01
    mujoco.mj_kinematics(model, data)
    first, second = (data.body(link).xpos for link in parts.finger_links)
    tool = arm.chain.joint_frames(arm.home)[1]
    np.testing.assert_allclose(first - second, 0.02 * tool[:3, 0], atol=1e-9)
    body = arm.gripper.body_solids(np.eye(4), 0, "hand")[0].pose[0]
    flange = tool @ np.linalg.inv(arm.gripper.tool)
    np.testing.assert_allclose(flange[:3, :3] @ body[:3, 0], tool[:3, 0], atol=1e-9)


def test_urdf_weighs_what_the_parts_weigh(gripper):
    bare, both = (
        mujoco.MjModel.from_xml_string(robot_urdf(load_arm("ur5e", name))) for name in ("", NAME)
    )
    # and a gram of the pin
    assert both.body_mass.sum() - bare.body_mass.sum() == pytest.approx(gripper.mass + 0.001)


def test_without_mimic_joints_each_finger_slides_by_itself(gripper):
    text, parts = robot_urdf(load_arm("ur5e", NAME), mimic=False), gripper_parts(gripper)
    root = ElementTree.fromstring(text)
    assert not root.findall("joint/mimic")
    assert [joint.get("name") for joint in root.findall("joint[@type='prismatic']")] == list(
        parts.finger_joints
    )
    assert parts.pin not in text
    (kept,) = root.findall("joint[@dont_collapse='true']/child")
    assert kept.get("link") == parts.body
    assert mujoco.MjModel.from_xml_string(text).nv == 6 + 2


def test_unknown_gripper_lists_the_known_ones():
    with pytest.raises(UnknownGripperError, match=f"'hand'.*{', '.join(known_grippers())}"):
        load_arm("ur5e", gripper="hand")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_opening": float("nan")}, "max_opening is nan"),
        ({"grip_force": 300.0}, "grip_force is 300.0 N, above max_force, 235.0 N"),
        ({"closed_position": 0.0}, "must differ"),
    ],
)
def test_figures_that_cannot_be(gripper, change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(gripper, **change)
