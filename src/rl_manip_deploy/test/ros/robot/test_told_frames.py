"""Frames of poses in messages: the newest description counts, and what is wrong is said once."""

from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from rl_manip_deploy.frames.pose_frames import GOAL
from rl_manip_deploy.ros.robot import told_frames
from rl_manip_deploy.ros.robot.pose_messages import stamp_of
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
URDF = ARM.urdf_path.read_text()
STAND = (
    '<joint name="stand" type="fixed"><parent link="world"/><child link="base_link"/>'
    '<origin xyz="0 0 0.8"/></joint></robot>'
)


class Bench:
    """A node that keeps what it says."""

    def __init__(self, monkeypatch, tmp_path):
        monkeypatch.setattr(told_frames, "heard_transforms", lambda node: None)
        self.said, self._path = [], tmp_path / "cell.yaml"

    def get_logger(self):
        return SimpleNamespace(warning=self.said.append)

    def frames(self, text="", prefix=""):
        if text:
            self._path.write_text(text)
        return ToldFrames(
            self, ARM, SimpleNamespace(frames=str(self._path) if text else "", tf_prefix=prefix)
        )


@pytest.fixture
def bench(monkeypatch, tmp_path):
    return Bench(monkeypatch, tmp_path)


def goal(frame):
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x = 0.4
    assert stamp_of(message) == 0
    return message


def located(frames, frame):
    return frames.locate(GOAL, goal(frame), StampedPositions(), 0.0)


def test_the_arms_own_frames_count_until_it_is_described(bench):
    frames = bench.frames()
    np.testing.assert_allclose(located(frames, "base").pose[:3], (-0.4, 0.0, 0.0), atol=1e-9)
    assert located(frames, "world").refusal
    frames.describe(URDF.replace("</robot>", STAND), "/robot_description")
    np.testing.assert_allclose(located(frames, "world").pose[:3], (0.4, 0.0, -0.8))
    assert bench.said == []


def test_a_description_that_cannot_be_read_changes_nothing(bench):
    frames = bench.frames()
    frames.describe("nothing", "/robot_description")
    assert located(frames, "base").refusal == ""
    assert bench.said[0].startswith("frames stay as they were: /robot_description is no URDF")


def test_what_is_wrong_with_a_persons_frames_is_said_once(bench):
    world = "frames: [{parent: world, child: base_link, xyz: [0, 0, 1.0]}]"
    frames = bench.frames(world)
    assert frames.written == world
    np.testing.assert_allclose(located(frames, "world").pose[:3], (0.4, 0.0, -1.0))
    for _ in range(2):
        frames.describe(URDF.replace("</robot>", STAND), "/robot_description")
    assert "and /robot_description has it on 'world', elsewhere" in bench.said[0]
    assert len(bench.said) == 1
    assert "refused" in located(frames, "world").refusal


def test_a_file_that_cannot_be_used_ends_the_node_with_a_sentence(bench):
    with pytest.raises(ValueError, match="cell.yaml: frames is"):
        bench.frames("frames: 7")
