"""A stand-in for tf2_ros, which ROS 2 from PyPI lacks: as strict as the real one, from its sources.

Lookups at a time interpolate between transforms that were kept and raise what tf2 raises beyond
them; those at time zero take the newest time that all of the way have, and zero where all is fixed.
"""

from __future__ import annotations

import copy
import types
from collections import defaultdict

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.time import Time

CACHE_NS = 10_000_000_000


class TransformException(Exception):
    pass


class LookupException(TransformException):
    pass


class ConnectivityException(TransformException):
    pass


class ExtrapolationException(TransformException):
    pass


class InvalidArgumentException(TransformException):
    pass


class Buffer:
    """Translations alone: what is tested here is time, not geometry."""

    def __init__(self, cache_time=None, node=None):
        assert cache_time is None
        assert node is None
        self._parents = {}  # child -> parent
        self._kept = defaultdict(list)  # child -> [(ns, xyz)]; 0 for a fixed one

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        self._set(transform, authority, False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        self._set(transform, authority, True)

    def lookup_transform(self, target_frame: str, source_frame: str, time: Time, timeout=None):
        assert timeout is None, "a node that waits does not control"
        assert isinstance(time, Time)
        for frame in (target_frame, source_frame):
            assert isinstance(frame, str)
            if frame.startswith("/") or not frame:
                raise InvalidArgumentException(f"frame id {frame!r} cannot be")
            if frame not in self._frames():
                raise LookupException(f'"{frame}" passed to lookupTransform does not exist.')
        down, up = self._line(target_frame), self._line(source_frame)
        if down[-1] != up[-1]:
            raise ConnectivityException(f"{source_frame} and {target_frame} are not connected")
        met = next(frame for frame in up if frame in down)
        ways = up[: up.index(met)], down[: down.index(met)]
        moving = [child for way in ways for child in way if self._kept[child][0][0]]
        when = time.nanoseconds or min((self._kept[child][-1][0] for child in moving), default=0)
        source, target = (
            sum((self._at(child, when) for child in way), np.zeros(3)) for way in ways
        )
        return self._message(target_frame, source_frame, when, source - target)

    def all_frames_as_string(self) -> str:
        lines = [f"Frame {child} exists with parent {it}.\n" for child, it in self._parents.items()]
        return "".join(lines)

    def _frames(self):
        return {*self._parents, *self._parents.values()}

    def _line(self, frame):
        line = [frame]
        while line[-1] in self._parents:
            line.append(self._parents[line[-1]])
        return line

    def _at(self, child, when):
        times = np.array([ns for ns, _ in self._kept[child]])
        places = np.array([xyz for _, xyz in self._kept[child]])
        if times[0] == 0:
            return places[-1]
        if len(times) == 1 and when != times[0]:
            raise ExtrapolationException("only one datum is there")
        if when > times[-1]:
            raise ExtrapolationException("Lookup would require extrapolation into the future.")
        if when < times[0]:
            raise ExtrapolationException("Lookup would require extrapolation into the past.")
        since = (times - times[0]).astype(float)
        return np.array([np.interp(float(when - times[0]), since, p) for p in places.T])

    def _set(self, transform, authority, fixed):
        assert isinstance(transform, TransformStamped)
        assert isinstance(authority, str)
        child, stamp = transform.child_frame_id, transform.header.stamp
        at = transform.transform.translation
        kept = self._kept[child]
        self._parents[child] = transform.header.frame_id
        ns = 0 if fixed else stamp.sec * 1_000_000_000 + stamp.nanosec
        kept.append((ns, np.array((at.x, at.y, at.z))))
        kept[:] = [each for each in kept if fixed or each[0] >= kept[-1][0] - CACHE_NS]

    def _message(self, frame, child, ns, xyz):
        message = TransformStamped()
        message.header.frame_id, message.child_frame_id = frame, child
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(int(ns), 1_000_000_000)
        at = message.transform.translation
        at.x, at.y, at.z = map(float, xyz)
        return copy.deepcopy(message)


def module() -> types.ModuleType:
    """What `import tf2_ros` gives."""
    made = types.ModuleType("tf2_ros")
    for each in (
        Buffer,
        TransformException,
        LookupException,
        ConnectivityException,
        ExtrapolationException,
        InvalidArgumentException,
    ):
        setattr(made, each.__name__, each)
    return made
