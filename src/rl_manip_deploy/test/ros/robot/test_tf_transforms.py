"""Frames on /tf, by a stand-in for tf2_ros: the right time, or how old what is known is."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import stand_in_tf2
from geometry_msgs.msg import TransformStamped

from rl_manip_deploy.ros.robot import tf_transforms
from rl_manip_deploy.ros.robot.tf_transforms import TfTransforms, heard_transforms

SECOND = 1_000_000_000
NOW = 1000 * SECOND  # [ns]
SLACK = 0.02


class Bench:
    """A node at the time NOW, and a buffer with a fixed world and a camera that moves in it."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(tf_transforms, "subscription", self._subscribe)
        self.now, self._hear = NOW, {}
        self.told = TfTransforms(stand_in_tf2.module(), self)
        self.fixed("base_link", "world", (0.0, 0.0, 0.8))

    def get_clock(self):
        return SimpleNamespace(now=lambda: SimpleNamespace(nanoseconds=self.now))

    def _subscribe(self, node, topic, callback, depth):
        assert node is self
        self._hear[topic.name] = callback

    def fixed(self, child, parent, xyz):
        self._hear["/tf_static"](SimpleNamespace(transforms=[transform(child, parent, 0, xyz)]))

    def moving(self, ns, x):
        moved = transform("camera", "world", ns, (x, 0.0, 1.0))
        self._hear["/tf"](SimpleNamespace(transforms=[moved]))

    def seen(self, frame, ns=0, base="base_link"):
        return self.told.seen(frame, base, ns, SLACK)


def transform(child, parent, ns, xyz):
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = parent, child
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(ns, SECOND)
    at = message.transform.translation
    at.x, at.y, at.z = xyz
    return message


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def test_without_tf2_nothing_is_heard(monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2_ros", None)
    assert heard_transforms(SimpleNamespace()) is None


def test_with_tf2_it_is(monkeypatch, bench):
    monkeypatch.setitem(sys.modules, "tf2_ros", stand_in_tf2.module())
    assert heard_transforms(bench) is not None


def test_a_fixed_frame_has_no_age(bench):
    for ns in (0, NOW, NOW - 100 * SECOND, NOW + 100 * SECOND):
        np.testing.assert_allclose(bench.seen("world", ns).pose[:3, 3], (0.0, 0.0, -0.8))


def test_what_does_not_connect_is_not_known(bench):
    bench.fixed("shelf", "room", (0.0, 0.0, 0.0))
    assert bench.told.knows("world", "base_link")
    for frame in ("shelf", "nowhere", "/world", ""):
        assert not bench.told.knows(frame, "base_link")
    assert not bench.told.knows("world", "left_base_link")
    assert set(bench.told.frames()) == {"base_link", "shelf"}


def test_a_frame_that_moves_is_where_it_was_at_the_stamp(bench):
    bench.moving(NOW - SECOND // 10, 1.0)
    bench.moving(NOW, 2.0)
    np.testing.assert_allclose(bench.seen("camera", NOW - SECOND // 40).pose[0, 3], 1.75)
    np.testing.assert_allclose(bench.seen("camera").pose[0, 3], 2.0)


def test_a_stamp_just_after_the_newest_is_near_enough(bench):
    bench.moving(NOW - SECOND // 10, 1.0)
    bench.moving(NOW, 2.0)
    np.testing.assert_allclose(bench.seen("camera", NOW + SECOND // 100).pose[0, 3], 2.0)
    said = bench.seen("camera", NOW + SECOND // 2)
    assert said.is_early
    assert said.reason.startswith("its newest transform on /tf is 0.50 s older than the pose: let")


def test_a_stamp_before_the_oldest_is_refused(bench):
    bench.moving(NOW - SECOND, 1.0)
    bench.moving(NOW, 2.0)
    said = bench.seen("camera", NOW - 3 * SECOND)
    assert (said.pose, said.is_early) == (None, False)
    assert "the pose is stamped 3.00 s before its newest transform on /tf" in said.reason


def test_without_a_stamp_the_newest_must_be_fresh(bench):
    bench.moving(NOW, 2.0)
    bench.now = NOW + 2 * SECOND
    said = bench.seen("camera").reason
    assert said == "its newest transform on /tf is 2.00 s old: let it be published more often"
    bench.now = NOW - SECOND
    said = bench.seen("camera").reason
    assert said == "its newest transform on /tf is from 1.00 s in the future: set the clocks"


def test_what_tf2_refuses_otherwise_is_passed_on(bench):
    assert "/tf does not tell it" in bench.seen("nowhere", NOW).reason
