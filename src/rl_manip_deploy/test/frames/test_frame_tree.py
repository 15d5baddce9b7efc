"""The way from one frame to another, by hand; who contradicts whom."""

import numpy as np
import pytest

from rl_manip_deploy.frames.described_frames import described_frames
from rl_manip_deploy.frames.frame_tree import FrameTree, Placed
from rl_manip_description import load_arm
from rl_manip_description.kinematics.serial_chain import pose_of

ARM = load_arm("ur5e")
URDF = ARM.urdf_path.read_text()


def placed(parent, xyz=(0.0, 0.0, 0.0), rpy=(0.0, 0.0, 0.0), source="the file"):
    return Placed(parent, pose_of(xyz, rpy), source)


def test_up_to_the_parent_both_share_and_down_again():
    tree = FrameTree(
        {
            "base_link": placed("world", (0.0, 0.0, 0.8)),
            "table": placed("world", (1.0, 0.0, 0.7), (0.0, 0.0, np.pi / 2)),
            "box": placed("table", (0.2, 0.1, 0.0)),
        }
    )
    # turned by a quarter, the box's x is y and its y is -x: world (0.9, 0.2, 0.7), 0.8 below
    np.testing.assert_allclose(
        tree.way("box", "base_link").pose({}),
        pose_of((0.9, 0.2, -0.1), (0.0, 0.0, np.pi / 2)),
        atol=1e-12,
    )
    back = tree.way("base_link", "box").pose({})
    np.testing.assert_allclose(back @ tree.way("box", "base_link").pose({}), np.eye(4), atol=1e-12)
    assert tree.way("elsewhere", "base_link") is None
    assert tree.root_of("box") == "world"


def test_the_pendants_base_is_half_a_turn_from_base_link():
    tree = FrameTree(described_frames(URDF, "the URDF"))
    way = tree.way("base", "base_link")
    np.testing.assert_allclose(way.pose({}), np.diag([-1.0, -1.0, 1.0, 1.0]), atol=1e-12)
    assert way.joints == ()


def test_the_flange_moves_as_forward_kinematics_has_it():
    tree = FrameTree(described_frames(URDF, "the URDF", ARM.joint_names, "left_"))
    way = tree.way("left_tool0", "left_base_link")
    assert set(way.joints) == {f"left_{name}" for name in ARM.joint_names}
    pose = way.pose(dict(zip([f"left_{name}" for name in ARM.joint_names], ARM.home)))
    np.testing.assert_allclose(pose, ARM.chain.joint_frames(ARM.home)[1], atol=1e-9)


def test_a_prefix_that_is_there_is_not_put_there_twice():
    text = URDF.replace('name="shoulder_pan_joint"', 'name="left_shoulder_pan_joint"')
    found = described_frames(text, "the URDF", ARM.joint_names, "left_")
    assert "base" in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<robot", "the URDF is no URDF"),
        (
            URDF.replace('xyz="0 0 0.1625"', 'xyz="0 0 nan"'),
            "'shoulder_pan_joint' has numbers that",
        ),
        (URDF.replace('<child link="base"/>', ""), "'base_link-base' names no child"),
    ],
)
def test_a_broken_description_is_a_sentence(text, said):
    with pytest.raises(ValueError, match="the URDF") as raised:
        described_frames(text, "the URDF")
    assert said in str(raised.value)


def test_the_same_from_two_sources_is_no_dispute():
    tree = FrameTree({"table": placed("base_link", (0.5, 0.0, 0.0), source="the description")})
    tree.join({"table": placed("base_link", (0.5, 0.0, 0.0))})
    assert tree.way("table", "base_link").disputed == ""


def test_two_who_contradict_each_other_are_both_named():
    tree = FrameTree(described_frames(URDF, "the description"))
    tree.join({"base": placed("base_link"), "box": placed("base")})
    for frame in ("base", "box"):
        said = tree.way(frame, "base_link").disputed
        assert (
            "the file has 'base' on 'base_link', and the description has it on 'base_link'" in said
        )
    assert tree.way("tool0", "base_link").disputed == ""


def test_a_person_who_hangs_the_world_on_the_robot_that_hangs_on_it_is_told():
    tree = FrameTree({"base_link": placed("world", source="the description")})
    tree.join({"world": placed("base_link", (0.0, 0.0, -0.8)), "table": placed("world")})
    said = tree.way("table", "base_link").disputed
    assert "the file has 'world' on 'base_link', but the description has 'base_link' on" in said
