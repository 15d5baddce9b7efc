"""An arm takes the kinematics that it is told, and no other arm's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from rl_manip_description import load_arm
from rl_manip_description.goals.tool_difference import tool_difference
from rl_manip_description.kinematics.drawn_calibration import ANGLE, DISTANCE, drawn_calibration
from rl_manip_description.model.own_kinematics import (
    OwnKinematicsError,
    arm_of_file,
    arm_urdf,
    described_arm,
    flange_chain,
    with_kinematics_of,
)
from rl_manip_description.model.robot_urdf import robot_urdf

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
LINKS = ("shoulder", "upper_arm", "forearm", "wrist_1", "wrist_2", "wrist_3")
# ur_description, config/ur5e/default_kinematics.yaml: x, y, z [m], roll, pitch, yaw [rad]
PUBLISHED = (
    (0.0, 0.0, 0.1625, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 1.570796327, 0.0, 0.0),
    (-0.425, 0.0, 0.0, 0.0, 0.0, 0.0),
    (-0.3922, 0.0, 0.1333, 0.0, 0.0, 0.0),
    (0.0, -0.0997, -2.044881182297852e-11, 1.570796327, 0.0, 0.0),
    (0.0, 0.0996, -2.042830148012698e-11, 1.570796326589793, 3.141592653589793, 3.141592653589793),
)


def another_copy(seed: int = 3, arm=ARM):
    return replace(arm, chain=drawn_calibration(arm.chain, np.random.default_rng(seed)))


def calibration(*changed: tuple) -> dict:
    names = ("x", "y", "z", "roll", "pitch", "yaw")
    links = {link: dict(zip(names, numbers)) for link, numbers in zip(LINKS, PUBLISHED)}
    for link, name, value in changed:
        links[link][name] = value
    return {"kinematics": {**links, "hash": "calib_12788084448423163542"}}


def written(folder: Path, values: object) -> Path:
    path = folder / "calibration.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def same(first, second, tolerance: float = 1e-9) -> None:
    for a, b in zip(
        (first.chain.origins, first.chain.axes, first.chain.tool),
        (second.chain.origins, second.chain.axes, second.chain.tool),
    ):
        np.testing.assert_allclose(a, b, atol=tolerance)


def test_the_data_sheet_described_by_itself_changes_nothing():
    assert arm_urdf(ARM) == arm_urdf(described_arm(ARM, arm_urdf(ARM)))
    same(described_arm(ARM, arm_urdf(ARM)), ARM, 0.0)
    assert robot_urdf(ARM).count("<joint ") == robot_urdf(another_copy()).count("<joint ")


@pytest.mark.parametrize("name", ["ur3e", "ur5e", "ur10e", "ur16e"])
def test_another_copy_is_read_back_from_its_own_urdf(name):
    arm = load_arm(name)
    own = another_copy(5, arm)
    same(described_arm(arm, robot_urdf(own)), own)


def test_what_the_arm_carries_stays_on_its_flange():
    own = another_copy()
    carrying = described_arm(HAND, robot_urdf(own))
    same(carrying, with_kinematics_of(HAND, own))
    assert carrying.tool_frame == HAND.tool_frame
    np.testing.assert_allclose(flange_chain(carrying).tool, ARM.chain.tool, atol=1e-12)
    # and the other way round: a description with the gripper in it
    same(described_arm(ARM, robot_urdf(carrying)), own)


def test_names_may_have_the_prefix_or_not():
    own = another_copy()
    prefixed = re.sub(r'(name|link)="', r'\1="left_', robot_urdf(own))
    same(described_arm(ARM, prefixed, "left_"), own)
    same(described_arm(ARM, robot_urdf(own), "left_"), own)
    with pytest.raises(OwnKinematicsError, match="lacks the joints .'shoulder_pan_joint'.*left_"):
        described_arm(ARM, prefixed)


def test_fixed_joints_on_the_way_are_kept():
    """As the driver's own description has them: base_link, base_link_inertia, shoulder_link."""
    text = robot_urdf(another_copy())
    turned = re.sub(
        r'(<joint name="shoulder_pan_joint".*?<parent link=")base_link(".*?</joint>)',
        r'<link name="inertia"/><joint name="fixed_one" type="fixed"><parent link="base_link"/>'
        r'<child link="inertia"/><origin xyz="0 0 0.01" rpy="0 0 0.02"/></joint>\1inertia\2',
        text,
        flags=re.DOTALL,
    )
    told = described_arm(ARM, turned)
    offset = np.eye(4)
    offset[:2, :2] = [[np.cos(0.02), -np.sin(0.02)], [np.sin(0.02), np.cos(0.02)]]
    offset[2, 3] = 0.01
    # the first joint's own origin, which the text still has, comes after the fixed one
    expected = offset @ another_copy().chain.origins[0]
    np.testing.assert_allclose(told.chain.origins[0], expected, atol=1e-9)


def test_the_published_calibration_is_the_data_sheet(tmp_path):
    same(arm_of_file(ARM, written(tmp_path, calibration())), ARM)


def test_a_calibration_moves_what_it_says(tmp_path):
    path = written(tmp_path, calibration(("forearm", "x", -0.4235), ("wrist_1", "yaw", 0.004)))
    own = arm_of_file(HAND, path)
    moved = own.chain.origins[:, :3, 3] - ARM.chain.origins[:, :3, 3]
    assert moved[2] == pytest.approx([0.0015, 0.0, 0.0])
    # yaw: about z, before the joint
    expected = [[np.cos(0.004), -np.sin(0.004)], [np.sin(0.004), np.cos(0.004)]]
    np.testing.assert_allclose(own.chain.origins[3, :2, :2], expected, atol=1e-9)
    np.testing.assert_allclose(own.chain.tool, HAND.chain.tool, atol=1e-9)


def test_a_file_may_be_a_urdf(tmp_path):
    path = tmp_path / "mine.urdf"
    path.write_text(robot_urdf(another_copy()), encoding="utf-8")
    same(arm_of_file(ARM, path), another_copy())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"wrist_2_joint"', '"joint_5"', "lacks the joints .'wrist_2_joint'"),
        ('"0 0 0.1625"', '"0 0 0.2130"', "50 mm|51 mm"),
        ('"0 0 0.1625"', '"0 0 nan"', "numbers that are not finite"),
        ('"0 0 0.1625"', '"0 0 tall"', "tall"),
        ('xyz="0 0 1"', 'xyz="0 1 0"', "shoulder_pan_joint turns about"),
        ('xyz="0 0 1"', 'xyz="0 0 0"', "not finite"),
        ('"tool0"', '"tcp"', "no chain from 'base_link' to 'tool0'"),
        (
            '"elbow_joint" type="revolute"',
            '"elbow_joint" type="prismatic"',
            "'elbow_joint' is pris",
        ),
    ],
)
def test_what_is_no_description_of_this_arm_is_refused(old, new, said):
    text = robot_urdf(ARM)
    assert old in text
    with pytest.raises(OwnKinematicsError, match=said) as refused:
        described_arm(ARM, text.replace(old, new))
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the description is no URDF: no element found"),
        ("<html/>", "is no URDF: it is a <html>, expected <robot>"),
        (robot_urdf(load_arm("ur10e")), "ur5e's data sheet has it.*another arm"),
        (robot_urdf(load_arm("ur3e")), "ur5e's data sheet has it.*another arm"),
    ],
)
def test_what_is_no_urdf_or_another_arms_is_refused(text, said):
    with pytest.raises(OwnKinematicsError, match=said):
        described_arm(ARM, text)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dh": []}, "is no calibration: expected 'kinematics'"),
        ([1, 2], "is no calibration"),
        ({"kinematics": {"shoulder": {}}}, "lacks .'upper_arm'"),
        (calibration(("forearm", "x", float("nan"))), "forearm is .*nan.*expected finite"),
        (calibration(("forearm", "x", "far")), "forearm is .*far.*expected finite"),
        (calibration(("forearm", "x", -0.4755)), "50 mm|51 mm"),
        (calibration(("wrist_1", "yaw", 0.2)), "0.20 rad"),
    ],
)
def test_a_calibration_of_something_else_is_refused(tmp_path, values, said):
    with pytest.raises(OwnKinematicsError, match=said):
        arm_of_file(ARM, written(tmp_path, values))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OwnKinematicsError, match="mine.urdf cannot be read .No such file"):
        arm_of_file(ARM, tmp_path / "mine.urdf")
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(OwnKinematicsError, match="bad.yaml is no YAML"):
        arm_of_file(ARM, tmp_path / "bad.yaml")


def test_how_far_two_copies_are_apart():
    assert tool_difference(ARM, ARM) == (0.0, 0.0, 0.0, 0.0)
    # the tool 3 mm further out, turned by 10 mrad about its own axis
    tool = np.array(ARM.chain.tool)
    tool[2, 3] += 0.003
    turn = [[np.cos(0.01), -np.sin(0.01)], [np.sin(0.01), np.cos(0.01)]]
    tool[:3, :2] = tool[:3, :2] @ turn
    longer = replace(ARM, chain=replace(ARM.chain, tool=tool))
    assert tool_difference(ARM, longer) == pytest.approx((3.0, 3.0, 10.0, 10.0), abs=1e-3)


def test_drawn_calibrations_stay_within_their_bounds():
    """And so within what counts as the same kind of arm, whichever is drawn."""
    for seed in range(20):
        own = another_copy(seed)
        moved = np.abs(own.chain.origins[:, :3, 3] - ARM.chain.origins[:, :3, 3])
        assert moved.max() <= DISTANCE
        assert 0.0 < tool_difference(ARM, own).most_mrad <= 1e3 * np.sqrt(3.0) * 6.0 * ANGLE
        described_arm(ARM, robot_urdf(own))
