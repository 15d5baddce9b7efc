"""Objects seen in other frames: taken where the frame was at their time, or waited for."""

from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import PoseStamped

from rl_manip_deploy.frames.pose_frames import PoseFrames
from rl_manip_deploy.policy.policy_inputs import ObjectPose
from rl_manip_deploy.ros.following import gripper_and_object
from rl_manip_deploy.ros.following.gripper_and_object import ObjectPort
from rl_manip_deploy.ros.robot.pose_messages import pose_numbers, stamp_of
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
SECOND = 1_000_000_000


class Bench:
    """A port whose messages a test hands in; the arm's pan joint turns at 1 rad/s."""

    def __init__(self, monkeypatch):
        self.said, self._come = [], []
        monkeypatch.setattr(gripper_and_object, "PolledSubscription", lambda *_: self)
        frames = PoseFrames(ARM)
        frames.describe(ARM.urdf_path.read_text(), "the description")
        self.joints = StampedPositions()
        self.source = ObjectPose("base_link", False, 0.25)

        def locate(kind, message, joints, now):
            frame, pose = message.header.frame_id, pose_numbers(message.pose)
            return frames.locate(kind, frame, pose, stamp_of(message), joints, now)

        self.port = ObjectPort(self, self.source, SimpleNamespace(locate=locate), self.joints)

    def get_logger(self):
        return SimpleNamespace(warning=lambda said, **_: self.said.append(said))

    def take_all(self):
        come, self._come = self._come, []
        return come

    def look(self, *messages):
        self._come = list(messages)
        self.port.look()

    def joint_state(self, time):
        self.joints.add(ARM.home + np.eye(6)[0] * time, time, 1000.0 + time)


def seen(frame, received, x=0.3, stamped=True):
    message = PoseStamped()
    message.header.frame_id = frame
    if stamped:
        ns = round((1000.0 + received) * 1e9)
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(ns, SECOND)
    message.pose.position.x = x
    return message, received


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def test_the_newest_in_a_fixed_frame_counts_at_once(bench):
    bench.look(seen("base", 0.1, 0.2, stamped=False), seen("base", 0.2, 0.3, stamped=False))
    np.testing.assert_allclose(bench.port.position, (-0.3, 0.0, 0.0), atol=1e-9)
    assert bench.source.received == 0.2


def test_a_camera_on_the_wrist_is_where_it_was_when_it_saw(bench):
    for time in (0.0, 0.04, 0.08):
        bench.joint_state(time)
    bench.look(seen("tool0", 0.06))
    flange = ARM.chain.joint_frames(ARM.home + np.eye(6)[0] * 0.06)[1]
    expected = flange @ np.array((0.3, 0.0, 0.0, 1.0))
    np.testing.assert_allclose(bench.port.position, expected[:3], atol=1e-9)


def test_one_seen_after_the_newest_joint_state_waits_for_the_next(bench):
    bench.joint_state(0.0)
    bench.look(seen("tool0", 0.05), seen("tool0", 0.09))
    assert bench.source.trouble(0.1).startswith("object in frame 'tool0' refused: it moves with")
    assert bench.said == []
    bench.joint_state(0.06)
    bench.look()
    assert bench.source.received == 0.05
    bench.joint_state(0.1)
    bench.look()
    assert bench.source.received == 0.09
    assert bench.source.trouble(0.1) == ""


def test_in_an_unknown_frame_it_is_refused_in_a_sentence_that_stays(bench):
    bench.look(seen("camera", 0.1))
    assert "object in frame 'camera' refused: nothing connects it to 'base_link'" in bench.said[0]
    assert bench.source.trouble(0.1) == bench.said[0]


def test_without_a_frame_it_is_refused_as_ever(bench):
    bench.look(seen("", 0.1))
    assert "object in frame '' refused: give it in 'base_link'" in bench.said[0]
