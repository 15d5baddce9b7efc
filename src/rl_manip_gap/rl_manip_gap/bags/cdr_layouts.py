"""Where the values of a serialised message lie.

CDR: OMG CORBA 3.0 part 2, chapter 9; each value is aligned to its own size, counted from behind
the four bytes of encapsulation header.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable, Dict, List, Tuple

import numpy as np

_HEADER = 4  # encapsulation header [byte]
_SPARE = 7  # bytes that a serialiser may leave behind the last value


class LayoutError(ValueError):
    """The bytes are no message of the type they claim to be."""


@dataclass(frozen=True)
class Layout:
    """Where the values of one message lie."""

    dtype: np.dtype  # structured, one field per value, itemsize = message length
    fixed: Tuple[slice, ...]  # bytes that every message of this layout shares
    names: Tuple[str, ...]  # strings read from the message, in order (e.g. joint names)


def _form(data: bytes) -> str:
    """What a payload is that is no plain CDR (RTPS 2.5, section 10.5, for its first two bytes)."""
    if data[:1] in (b"{", b"["):
        return "JSON"
    if data[:1] == b"\0" and len(data) > 1:
        if data[1] in (0x02, 0x03):
            return "CDR as a parameter list"
        if 0x06 <= data[1] <= 0x0B:
            return "XCDR2"
    return f"bytes that begin with {data[:4]!r}" if data else "an empty message"


class _Walk:
    """Reads one message's structure, noting where values and structural bytes lie."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < _HEADER or data[0] != 0 or data[1] not in (0, 1):
            raise LayoutError(f"{_form(data)}, expected plain CDR")
        self._order = "<" if data[1] == 1 else ">"
        self._position = _HEADER
        self._fields: Dict[str, Tuple[object, int]] = {}  # numpy format, offset
        self._fixed: List[slice] = [slice(0, 2)]
        self.names: List[str] = []

    def value(self, name: str, code: str, count: int = 0) -> None:
        """A number, or `count` numbers, that differ from message to message."""
        base = np.dtype(self._order + code)
        start = self._take(base.itemsize, max(count, 1) * base.itemsize)
        self._fields[name] = ((base, (count,)) if count else base, start)

    def sequence(self, name: str, code: str) -> None:
        """A sequence of numbers; its length is structure."""
        count = self.length()
        if count:
            self.value(name, code, count)

    def string(self, keep: bool = False) -> None:
        """A string that is structure."""
        count = self.length()
        start = self._take(1, count)
        self._fixed.append(slice(start, start + count))
        if keep:
            self.names.append(self._data[start : start + count].rstrip(b"\0").decode("utf-8"))

    def strings(self) -> None:
        for _ in range(self.length()):
            self.string(keep=True)

    def structural_number(self) -> None:
        start = self._take(4, 4)
        self._fixed.append(slice(start, start + 4))

    def length(self) -> int:
        """A count, which is structure."""
        start = self._take(4, 4)
        self._fixed.append(slice(start, start + 4))
        (count,) = struct.unpack_from(self._order + "I", self._data, start)
        if count > len(self._data):
            raise LayoutError(f"a length of {count} in a message of {len(self._data)} bytes")
        return count

    def _take(self, alignment: int, size: int) -> int:
        position = self._position + (-(self._position - _HEADER)) % alignment
        if position + size > len(self._data):
            raise LayoutError("message shorter than its content")
        self._position = position + size
        return position

    def layout(self) -> Layout:
        if len(self._data) - self._position > _SPARE:
            raise LayoutError("message longer than its content")
        dtype = np.dtype(
            {
                "names": list(self._fields),
                "formats": [form for form, _ in self._fields.values()],
                "offsets": [start for _, start in self._fields.values()],
                "itemsize": len(self._data),
            }
        )
        return Layout(dtype, tuple(self._fixed), tuple(self.names))


def _header(walk: _Walk, keep_frame: bool = False) -> None:
    walk.value("sec", "i4")
    walk.value("nanosec", "u4")
    walk.string(keep_frame)


def _joint_state(walk: _Walk) -> None:
    _header(walk)
    walk.strings()
    for name in ("position", "velocity", "effort"):
        walk.sequence(name, "f8")


def _float64_multi_array(walk: _Walk) -> None:
    for _ in range(walk.length()):
        walk.string()
        walk.structural_number()
        walk.structural_number()
    walk.structural_number()
    walk.sequence("data", "f8")


def _pose_stamped(walk: _Walk) -> None:
    _header(walk, keep_frame=True)
    walk.value("position", "f8", 3)
    walk.value("orientation", "f8", 4)


def _bool(walk: _Walk) -> None:
    walk.value("data", "u1")


def _float64(walk: _Walk) -> None:
    walk.value("data", "f8")


def _joint_trajectory(walk: _Walk) -> None:
    _header(walk)
    walk.strings()
    for point in range(walk.length()):
        for name in ("positions", "velocities", "accelerations", "effort"):
            walk.sequence(f"{name}_{point}", "f8")
        walk.value(f"sec_{point}", "i4")
        walk.value(f"nanosec_{point}", "u4")


def _tf_message(walk: _Walk) -> None:
    for transform in range(walk.length()):
        walk.value(f"sec_{transform}", "i4")
        walk.value(f"nanosec_{transform}", "u4")
        walk.string(keep=True)
        walk.string(keep=True)
        walk.value(f"translation_{transform}", "f8", 3)
        walk.value(f"rotation_{transform}", "f8", 4)


def _safety_mode(walk: _Walk) -> None:
    walk.value("mode", "u1")


def _text(walk: _Walk) -> None:
    walk.string(keep=True)


LAYOUTS: Dict[str, Callable[[_Walk], None]] = {
    "sensor_msgs/msg/JointState": _joint_state,
    "std_msgs/msg/Float64MultiArray": _float64_multi_array,
    "geometry_msgs/msg/PoseStamped": _pose_stamped,
    "std_msgs/msg/Bool": _bool,
    "std_msgs/msg/Float64": _float64,
    "std_msgs/msg/String": _text,
    "trajectory_msgs/msg/JointTrajectory": _joint_trajectory,
    "tf2_msgs/msg/TFMessage": _tf_message,
    "ur_dashboard_msgs/msg/SafetyMode": _safety_mode,
}


def read_layout(type_name: str, data: bytes) -> Layout:
    """Layout of one serialised message.

    Raises:
        LayoutError: the bytes are no such message, or the type is not known here.
    """
    if type_name not in LAYOUTS:
        raise LayoutError(f"type {type_name!r} is not one of {', '.join(LAYOUTS)}")
    walk = _Walk(data)
    try:
        LAYOUTS[type_name](walk)
    except UnicodeDecodeError:
        raise LayoutError("a name is not UTF-8") from None
    return walk.layout()
