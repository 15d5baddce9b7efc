"""Holes seen in other frames: the peg goes where they are from the base."""

from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from rl_manip_deploy.ros.following import hole_sight
from rl_manip_deploy.ros.following.hole_sight import HoleSight
from rl_manip_deploy.ros.robot import told_frames
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm
from rl_manip_description.contract.hole_spec import HoleSpec

ARM = load_arm("ur5e")
SPEC = HoleSpec(("round",), peg_length=0.06, depth=0.03)


class Bench:
    """A sight whose messages a test hands in."""

    def __init__(self, monkeypatch):
        self.said, self._come = [], None
        monkeypatch.setattr(told_frames, "heard_transforms", lambda node: None)
        monkeypatch.setattr(hole_sight, "PolledSubscription", lambda *_: self)
        frames = ToldFrames(self, ARM, SimpleNamespace(frames="", tf_prefix=""))
        self.joints = StampedPositions()
        self.sight = HoleSight(self, SPEC, frames, self.joints)

    def get_logger(self):
        return SimpleNamespace(warning=self.said.append)

    def take(self):
        come, self._come = self._come, None
        return come

    def look(self, message=None, received=0.0):
        self._come = (message, received) if message is not None else None
        return self.sight.look()


def hole(frame, orientation=(0.0, 0.0, 0.0, 1.0), stamp_s=0):
    message = PoseStamped()
    message.header.frame_id, message.header.stamp.sec = frame, stamp_s
    at, turned = message.pose.position, message.pose.orientation
    at.x, at.z = 0.4, 0.1
    turned.x, turned.y, turned.z, turned.w = orientation
    return message


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


@pytest.mark.parametrize(("frame", "x"), [("base_link", 0.4), ("base", -0.4)])
def test_the_tool_goes_where_the_peg_is_seated(bench, frame, x):
    assert not bench.look()
    assert bench.look(hole(frame))
    np.testing.assert_allclose(bench.sight.goal[:3], (x, 0.0, 0.13), atol=1e-9)
    assert bench.look()
    assert bench.said == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (hole("camera"), "hole in frame 'camera' refused: nothing connects it to 'base_link'"),
        (hole(""), "hole in frame '' refused: give it in 'base_link'"),
        (hole("tool0"), "hole in frame 'tool0' refused: it moves with"),
        (hole("base_link", (0.0, 0.0, 0.0, 0.0)), "it is no unit quaternion"),
        (hole("base_link", (0.0, 0.0, 0.0, float("nan"))), "it is no unit quaternion"),
    ],
)
def test_what_cannot_be_taken_is_said_once(bench, message, said):
    assert not bench.look(message)
    assert not bench.look()
    assert len(bench.said) == 1
    assert said in bench.said[0]


def test_a_refused_pose_leaves_the_hole_where_it_was(bench):
    bench.look(hole("base_link"))
    assert bench.look(hole("camera"))
    np.testing.assert_allclose(bench.sight.goal[0], 0.4)


def test_one_seen_from_the_wrist_waits_until_it_is_known_where_the_wrist_was(bench):
    bench.joints.add(ARM.home, 0.97, 1000.97)
    assert not bench.look(hole("tool0", stamp_s=1001), received=1.0)
    assert bench.said == []
    bench.joints.add(ARM.home, 1.01, 1001.01)
    assert bench.look()
