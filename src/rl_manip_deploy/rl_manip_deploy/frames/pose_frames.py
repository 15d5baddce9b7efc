"""Poses in any frame that connects to the base, as poses in the base frame."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple

import numpy as np

from rl_manip_deploy.frames.described_frames import described_frames
from rl_manip_deploy.frames.frame_tree import FrameTree, Placed, Way
from rl_manip_deploy.frames.written_frames import connected, unconnected
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Arm
from rl_manip_description.kinematics.serial_chain import (
    matrix_from_quaternion,
    quaternion_from_matrix,
)

_LISTED = 12  # frames in a sentence
# TF and we mean the same place where they differ by less [m], [rad].
_SAME_PLACE, _SAME_TURN = 0.005, 0.02


class Kind(NamedTuple):
    """What a pose is of."""

    name: str
    slack: float
    """How long after what is known last of its frame it may be stamped [s]."""
    needs_stamp: bool
    """Whether it needs one in a frame that moves."""


GOAL = Kind("goal", 0.1, False)
"""Given while the arm rests, as a rule, and by hand, without a stamp."""
OBJECT = Kind("object", 0.02, True)
"""Seen by a camera that may move: at 0.5 m/s an error of 20 ms is 1 cm."""
HOLE = Kind("hole", 0.02, True)
"""Likewise, and it stands still: one pose counts until another one comes."""


class Located(NamedTuple):
    """A pose in the base frame, or why there is none."""

    frame: str
    pose: Tuple[float, ...]
    """(7,) xyz [m] and xyzw."""
    refusal: str = ""
    is_early: bool = False
    """Whether a moment later it may be found."""


class SeenFrame(NamedTuple):
    """How a frame is seen from another one at a time, or why that is not known."""

    pose: Optional[np.ndarray]
    """(4, 4); None where there is a reason."""
    reason: str = ""
    is_early: bool = False


class Transforms(Protocol):
    """Frames that other nodes tell, as on /tf."""

    def knows(self, frame: str, base: str) -> bool:
        """Whether the two connect."""

    def seen(self, frame: str, base: str, stamp_ns: int, slack: float) -> SeenFrame:
        """A frame that it knows, seen from the base at a stamp [ns]; 0: by what came last."""

    def frames(self) -> Sequence[str]:
        """Their names."""


class PoseFrames:
    """Finds where poses are: by description and file, and by TF where those do not know.

    Args:
        arm: which arm.
        prefix: in front of its joint and frame names.
        written: frames that a person gave, as `read_frames` has them.
        transforms: those of TF; None where nobody hears it.
    """

    def __init__(
        self,
        arm: Arm,
        prefix: str = "",
        written: Optional[Mapping[str, Placed]] = None,
        transforms: Optional[Transforms] = None,
    ) -> None:
        self.base = prefix + arm.base_frame
        self._arm, self._prefix = arm, prefix
        self._joints = tuple(prefix + name for name in arm.joint_names)
        self._written, self._transforms = written or {}, transforms
        self._tree = FrameTree({})

    def describe(self, urdf: str, source: str) -> str:
        """Takes the robot's description; returns what is wrong with a person's frames beside it.

        Raises:
            ValueError: see `described_frames`.
        """
        tree = FrameTree(described_frames(urdf, source, self._arm.joint_names, self._prefix))
        tree.join(self._written)
        self._tree = tree
        return unconnected(self._written, tree, self.base)

    def obstacle(self, kind: Kind, frame: str) -> str:
        """Why no pose in a frame can be taken, of whatever time; empty where one can."""
        if frame in ("", self.base):
            return ""
        said = f"{kind.name} in frame {frame!r} refused: "
        way = self._tree.way(frame, self.base)
        if way is not None and way.disputed:
            return said + way.disputed
        if self._own_way(frame) is not None or self._anchor(frame):
            return ""
        if foreign := self._foreign_joint(way):
            unknown = f"it moves with {foreign!r}, whose position is not known here"
            return f"{said}{unknown}; {self._remedy()}"
        return f"{said}nothing connects it to {self.base!r}; {self._remedy()}"

    def locate(
        self,
        kind: Kind,
        frame: str,
        pose: Sequence[float],
        stamp_ns: int,
        joints: StampedPositions,
        now: float,
    ) -> Located:
        """A pose (7,), xyz [m] and xyzw, in the base frame.

        One without a frame is left as it is: who takes it says what becomes of it.

        Args:
            stamp_ns: of the pose [ns]; 0 for none: the newest of everything counts.
            joints: where the arm's joints were.
            now: steady time [s].
        """
        if frame in ("", self.base):
            return Located(frame, tuple(pose))
        if obstacle := self.obstacle(kind, frame):
            return Located(frame, tuple(pose), obstacle)
        way = self._own_way(frame)
        if way is None:
            seen = self._by_transforms(frame, stamp_ns, kind.slack)
        elif way.joints:
            seen = self._by_joints(way, kind, stamp_ns, joints, now)
        else:
            seen = self._unless_told_otherwise(frame, way)
        if seen.pose is None:
            refusal = f"{kind.name} in frame {frame!r} refused: {seen.reason}"
            return Located(frame, tuple(pose), refusal, seen.is_early)
        return Located(self.base, moved(seen.pose, pose))

    def _by_joints(
        self, way: Way, kind: Kind, stamp_ns: int, joints: StampedPositions, now: float
    ) -> SeenFrame:
        moves = f"it moves with {way.joints[0]!r}, and"
        if kind.needs_stamp and not stamp_ns:
            remedy = "stamp it with the time of its picture"
            return SeenFrame(None, f"{moves} the pose has no stamp: {remedy}")
        at = joints.at(1e-9 * stamp_ns, kind.slack) if stamp_ns else joints.newest(now)
        if at.position is None:
            return SeenFrame(None, f"{moves} {at.reason}", at.is_early)
        return SeenFrame(way.pose(dict(zip(self._joints, at.position))))

    def _by_transforms(self, frame: str, stamp_ns: int, slack: float) -> SeenFrame:
        assert self._transforms is not None
        anchor = self._anchor(frame)
        seen = self._transforms.seen(anchor, self.base, stamp_ns, slack)
        way = self._tree.way(frame, anchor)
        if seen.pose is None or way is None:
            return seen
        return SeenFrame(seen.pose @ way.pose({}))

    def _unless_told_otherwise(self, frame: str, way: Way) -> SeenFrame:
        """A fixed frame, where TF does not have it elsewhere."""
        ours = way.pose({})
        if self._transforms is None or not self._transforms.knows(frame, self.base):
            return SeenFrame(ours)
        theirs = self._transforms.seen(frame, self.base, 0, 0.0).pose
        if theirs is None:
            return SeenFrame(ours)
        away = float(np.linalg.norm(ours[:3, 3] - theirs[:3, 3]))
        # trace of the rotation between two frames is 1 + 2 cos(angle)
        cosine = 0.5 * (np.trace(ours[:3, :3].T @ theirs[:3, :3]) - 1.0)
        turned = float(np.arccos(np.clip(cosine, -1.0, 1.0)))
        if away <= _SAME_PLACE and turned <= _SAME_TURN:
            return SeenFrame(ours)
        source = (*way.up, *way.down)[0].source
        return SeenFrame(
            None,
            f"/tf has it {away:.3f} m and {turned:.2f} rad from where {source} has it: correct one "
            "of them",
        )

    def _own_way(self, frame: str) -> Optional[Way]:
        """From a frame to the base by description and file, where all on the way is known."""
        way = self._tree.way(frame, self.base)
        return None if way is None or self._foreign_joint(way) else way

    def _foreign_joint(self, way: Optional[Way]) -> str:
        """A joint on the way that is none of the arm's; empty for none."""
        joints = way.joints if way is not None else ()
        return next((name for name in joints if name not in self._joints), "")

    def _anchor(self, frame: str) -> str:
        """What to ask TF for: the frame, or the one on which it hangs fixed; empty for neither."""
        if self._transforms is None:
            return ""
        for name in (frame, self._tree.root_of(frame)):
            way = self._tree.way(frame, name)
            is_fixed = way is not None and not way.joints and name != self.base
            if is_fixed and self._transforms.knows(name, self.base):
                return name
        return ""

    def _remedy(self) -> str:
        """Which frames are known, and how another one becomes known."""
        ways = {name: self._own_way(name) for name in connected(self._tree, self.base)}
        heard = self._transforms.frames() if self._transforms is not None else ()
        told = [name for name in heard if name not in ways and self._anchor(name)]
        fixed = [name for name, way in ways.items() if way is not None and not way.joints]
        moving = [name for name, way in ways.items() if way is not None and way.joints]
        known = [*fixed, *told, *moving]
        more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        tf = "publish it on /tf or /tf_static"
        if self._transforms is None:
            tf = "install tf2_ros and publish it on /tf"
        return (
            f"known are {', '.join(known[:_LISTED])}{more}. To make it known, give a file that has "
            f"it by frames:=, or {tf}"
        )


def moved(frame: np.ndarray, pose: Sequence[float]) -> Tuple[float, ...]:
    """A pose (7,), xyz [m] and xyzw, in a frame (4, 4), as it is seen from where the frame is.

    A quaternion that is none stays as it is.
    """
    position = frame[:3, :3] @ np.array(pose[:3], dtype=float) + frame[:3, 3]
    turned = np.array(pose[3:], dtype=float)
    length = float(np.linalg.norm(turned))
    if abs(length - 1.0) < 0.1:  # false for a NaN
        turned = quaternion_from_matrix(frame[:3, :3] @ matrix_from_quaternion(turned / length))
    return (*map(float, position), *map(float, turned))
