"""Tool poses that an arm can take, drawn from its joints, to serve as goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_description.goals.drawn_ahead import DrawnAhead
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix, rotation_about
from rl_manip_description.model.arm import Arm

BATCH = 4096
"""Joint positions drawn at once: many goals from one pass through the kinematics."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class GoalPoseCfg:
    """Which poses are goals."""

    spread: Optional[Tuple[float, ...]] = None
    """Joints are drawn within plus or minus this of the home pose [rad]; None for the arm's own."""
    max_turn: float = 1.0
    """Largest angle between the goal's rotation and that of the tool at home, both seen from ahead
    of the arm, that is, turned back by their direction from the base [rad]."""


class DrawnPoses(NamedTuple):
    """Goals, and one way of standing at each."""

    pose: np.ndarray  # (count, 7) position [m] and quaternion xyzw, in the base frame
    joint_position: np.ndarray  # (count, n) that they were drawn from [rad]


class GoalPoses:
    """Draws poses whose position lies in the arm's workspace; each belongs to a joint position.

    Args:
      arm: which arm.
      cfg: which poses.
      rng: of every draw.
    """

    def __init__(self, arm: Arm, cfg: GoalPoseCfg, rng: np.random.Generator) -> None:
        self._arm, self._cfg, self._rng = arm, cfg, rng
        home = arm.chain.joint_frames(arm.home)[1][None]
        self._home_rotation = _ahead(home)[0]
        self._poses = DrawnAhead(self._accepted, 7 + arm.num_joints)

    def draw(self, count: int) -> DrawnPoses:
        """``count`` poses."""
        drawn = self._poses.take(count)
        return DrawnPoses(drawn[:, :7], drawn[:, 7:])

    def state_dict(self) -> Dict[str, List[List[float]]]:
        """Poses that are drawn already; the generator is the task's. See ``Stateful``."""
        return self._poses.state_dict()

    def load_state_dict(self, state: Dict[str, List[List[float]]]) -> None:
        """See ``Stateful``."""
        self._poses.load_state_dict(state)

    def _accepted(self) -> np.ndarray:
        arm, cfg = self._arm, self._cfg
        spread = arm.practice.goal_spread if cfg.spread is None else np.asarray(cfg.spread)
        offset = self._rng.uniform(-1.0, 1.0, (BATCH, arm.num_joints)) * spread
        joint_position = arm.limits.within(arm.home + offset)
        frames = arm.chain.joint_frames(joint_position)[1]
        # trace of the rotation between two frames is 1 + 2 cos(angle)
        cosine = 0.5 * (np.einsum("nij,ij->n", _ahead(frames), self._home_rotation) - 1.0)
        inside = arm.workspace.contains(frames[:, :3, 3]) & (cosine >= np.cos(cfg.max_turn))
        frames = frames[inside]
        rotation = quaternion_from_matrix(frames[:, :3, :3])
        return np.concatenate((frames[:, :3, 3], rotation, joint_position[inside]), axis=1)


def _ahead(frames: np.ndarray) -> np.ndarray:
    """Rotations (N, 3, 3) of frames (N, 4, 4), turned so that each stands straight ahead."""
    azimuth = np.arctan2(frames[:, 1, 3], frames[:, 0, 3])
    return rotation_about(UP, -azimuth) @ frames[:, :3, :3]
