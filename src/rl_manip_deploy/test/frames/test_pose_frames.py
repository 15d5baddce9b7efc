"""Poses in frames of the description, of a file and of TF, as poses in the base frame."""

import math

import numpy as np
import pytest

from rl_manip_deploy.frames.frame_tree import Placed
from rl_manip_deploy.frames.pose_frames import GOAL, OBJECT, PoseFrames, SeenFrame, moved
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm
from rl_manip_description.kinematics.serial_chain import pose_of

ARM = load_arm("ur5e")
URDF = ARM.urdf_path.read_text()
POSE = (0.4, 0.1, 0.3, 0.0, 0.0, 0.0, 1.0)
NOW = 50.0  # [s] steady
STAMP = 1_000_000_000_000  # [ns]
FILE = {
    "table": Placed("base_link", pose_of((0.5, 0.0, 0.1), (0.0, 0.0, math.pi / 2)), "cell.yaml"),
    "camera": Placed("tool0", pose_of((0.0, 0.0, 0.05)), "cell.yaml"),
    "shelf": Placed("room", pose_of((0.0, 0.0, 1.0)), "cell.yaml"),
}


class Told:
    """TF with these frames, seen from the base."""

    def __init__(self, **frames):
        self._frames = frames
        self.asked = []

    def knows(self, frame, base):
        return frame in self._frames

    def seen(self, frame, base, stamp_ns, slack):
        self.asked.append((frame, base, stamp_ns, slack))
        seen = self._frames[frame]
        return seen if isinstance(seen, SeenFrame) else SeenFrame(seen)

    def frames(self):
        return tuple(self._frames)


def frames(told=None, written=FILE, prefix=""):
    found = PoseFrames(ARM, prefix, written, told)
    found.describe(URDF, "the description")
    return found


@pytest.fixture
def joints():
    """At home, as a driver said at STAMP and a tenth of a second before."""
    kept = StampedPositions()
    for ago in (0.1, 0.05, 0.0):
        kept.add(ARM.home, NOW - ago, 1e-9 * STAMP - ago)
    return kept


def located(found, frame, joints, kind=GOAL, stamp=0, pose=POSE):
    return found.locate(kind, frame, pose, stamp, joints, NOW)


@pytest.mark.parametrize("frame", ["", "base_link"])
def test_base_and_no_frame_at_all_are_left_as_they_are(joints, frame):
    assert located(frames(), frame, joints) == (frame, POSE, "", False)


def test_the_pendants_base_is_turned_by_half_a_turn(joints):
    found = located(frames(), "base", joints)
    assert (found.frame, found.refusal) == ("base_link", "")
    np.testing.assert_allclose(found.pose, (-0.4, -0.1, 0.3, 0.0, 0.0, 1.0, 0.0), atol=1e-9)


def test_a_frame_of_the_file_is_where_the_file_has_it(joints):
    found = located(frames(), "table", joints)
    half = math.sqrt(0.5)
    # x of the table is y of the base: (0.5 - 0.1, 0.4, 0.1 + 0.3)
    np.testing.assert_allclose(found.pose, (0.4, 0.4, 0.4, 0.0, 0.0, half, half), atol=1e-9)


def test_a_quaternion_that_is_none_is_left_for_who_takes_it():
    turned = pose_of((1.0, 0.0, 0.0), (0.0, 0.0, math.pi / 2))
    for quaternion in ((0.0,) * 4, (0.0, 0.0, 3.0, 0.0)):
        pose = moved(turned, (1.0, 0.0, 0.0, *quaternion))
        np.testing.assert_allclose(pose, (1.0, 1.0, 0.0, *quaternion), atol=1e-12)
    assert math.isnan(moved(turned, (math.nan, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0))[0])


@pytest.mark.parametrize("kind", [GOAL, OBJECT])
def test_a_camera_on_the_wrist_goes_with_the_joints(joints, kind):
    found = located(frames(), "camera", joints, kind, STAMP)
    tool = ARM.forward_kinematics(ARM.home)
    flange = ARM.chain.joint_frames(ARM.home)[1]
    expected = flange @ np.array((0.4, 0.1, 0.35, 1.0))
    np.testing.assert_allclose(found.pose[:3], expected[:3], atol=1e-9)
    np.testing.assert_allclose(found.pose[3:], tool.quaternion, atol=1e-9)


def test_without_a_stamp_a_goal_counts_now_and_an_object_not_at_all(joints):
    assert located(frames(), "tool0", joints).refusal == ""
    said = located(frames(), "tool0", joints, OBJECT).refusal
    assert said.startswith("object in frame 'tool0' refused: it moves with ")
    assert said.endswith("the pose has no stamp: stamp it with the time of its picture")


def test_an_object_seen_after_the_newest_joint_state_may_be_located_later(joints):
    found = located(frames(), "camera", joints, OBJECT, STAMP + 50_000_000)
    assert found.is_early
    assert "its stamp is 0.05 s after the newest joint state's" in found.refusal
    # a goal is not seen by a moving camera: it may be a little ahead
    assert located(frames(), "camera", joints, GOAL, STAMP + 50_000_000).refusal == ""


def test_an_old_picture_is_refused(joints):
    found = located(frames(), "camera", joints, OBJECT, STAMP - 3_000_000_000)
    assert (found.frame, found.is_early) == ("camera", False)
    assert "its stamp is 3.00 s before the newest joint state's" in found.refusal


def test_an_unknown_frame_is_named_with_those_that_are_known_and_what_to_do(joints):
    said = located(frames(), "wrold", joints).refusal
    assert said.startswith("goal in frame 'wrold' refused: nothing connects it to 'base_link'; ")
    # those that stay where they are first
    assert "known are base_link, base, table, " in said
    assert "tool0, camera. To make it known, " in said
    assert "shelf" not in said
    assert said.endswith(
        "give a file that has it by frames:=, or install tf2_ros and publish it on /tf"
    )
    assert frames(Told()).obstacle(GOAL, "wrold").endswith("publish it on /tf or /tf_static")


def test_a_leading_slash_is_no_other_name_for_the_base(joints):
    assert "goal in frame '/base_link' refused" in located(frames(), "/base_link", joints).refusal


def test_a_frame_behind_a_joint_that_nobody_measures_is_refused(joints):
    text = URDF.replace(
        "</robot>",
        '<joint name="finger_joint" type="prismatic"><parent link="tool0"/><child link="finger"/>'
        "</joint></robot>",
    )
    found = PoseFrames(ARM)
    found.describe(text, "the description")
    said = located(found, "finger", joints).refusal
    assert "it moves with 'finger_joint', whose position is not known here" in said


def test_two_who_contradict_each_other_are_said_and_nothing_is_located(joints):
    written = {"base": Placed("base_link", np.eye(4), "cell.yaml")}
    found = PoseFrames(ARM, "", written)
    said = found.describe(URDF, "the description")
    assert "cell.yaml has 'base' on 'base_link', and the description has it" in said
    assert "goal in frame 'base' refused: cell.yaml has" in located(found, "base", joints).refusal
    assert located(found, "tool0", joints).refusal == ""


def test_a_file_that_hangs_on_nothing_is_said_at_once():
    found = PoseFrames(ARM, "", FILE)
    said = found.describe(URDF, "the description")
    assert "cell.yaml: frame 'shelf' hangs on 'room', which nothing connects to 'base_link'" in said


def test_tf_knows_what_we_do_not(joints):
    told = Told(world=pose_of((0.0, 0.0, -0.8)), room=pose_of((1.0, 0.0, 0.0)))
    found = located(frames(told), "world", joints, GOAL, STAMP)
    np.testing.assert_allclose(found.pose[:3], (0.4, 0.1, -0.5))
    assert told.asked == [("world", "base_link", STAMP, GOAL.slack)]
    # what the file hangs on a frame of TF goes with it
    found = located(frames(told), "shelf", joints)
    np.testing.assert_allclose(found.pose[:3], (1.4, 0.1, 1.3))
    assert "known are" in frames(told).obstacle(GOAL, "wrold")
    assert "world" in frames(told).obstacle(GOAL, "wrold")


def test_what_tf_says_of_a_frames_age_is_passed_on(joints):
    told = Told(world=SeenFrame(None, "its newest transform on /tf is 0.40 s older", True))
    found = located(frames(told), "world", joints, OBJECT, STAMP)
    assert found.refusal == (
        "object in frame 'world' refused: its newest transform on /tf is 0.40 s older"
    )
    assert found.is_early


def test_tf_that_has_a_fixed_frame_elsewhere_is_not_passed_over(joints):
    there = FILE["table"].pose
    assert located(frames(Told(table=there)), "table", joints).refusal == ""
    away = there.copy()
    away[0, 3] += 0.03
    said = located(frames(Told(table=away)), "table", joints).refusal
    assert "/tf has it 0.030 m and 0.00 rad from where cell.yaml has it: correct one" in said
    turned = located(frames(Told(base=np.eye(4))), "base", joints).refusal
    assert "/tf has it 0.000 m and 3.14 rad from where the description has it" in turned


def test_with_a_prefix_the_bare_name_is_another_frame(joints):
    found = frames(prefix="left_", written={})
    assert located(found, "left_base", joints).frame == "left_base_link"
    for frame in ("base_link", "base"):
        assert "nothing connects it to 'left_base_link'" in located(found, frame, joints).refusal
    tool = located(found, "left_tool0", joints, pose=(0.0,) * 6 + (1.0,))
    expected = ARM.forward_kinematics(ARM.home)
    np.testing.assert_allclose(tool.pose[:3], expected.position, atol=1e-9)


def test_a_description_that_is_read_later_counts_from_then_on(joints):
    found = frames()
    world = '<joint name="stand" type="fixed"><parent link="world"/><child link="base_link"/>'
    stand = f'{world}<origin xyz="0 0 0.8"/></joint></robot>'
    assert located(found, "world", joints).refusal
    found.describe(URDF.replace("</robot>", stand), "/robot_description")
    np.testing.assert_allclose(located(found, "world", joints).pose[:3], (0.4, 0.1, -0.5))
    with pytest.raises(ValueError, match="no URDF"):
        found.describe("nothing", "/robot_description")
    assert located(found, "world", joints).refusal == ""
