"""Makes a policy exact on an arm whose kinematics differ from those that it was trained with.

A policy's graph holds the data sheet's forward kinematics: it drives the nominal tool to the goal,
and the real one ends beside it. It is therefore told goal and object moved as the nominal tool is
from the real one in the pose measured now. Its nominal tool is at the moved goal when the real tool
is at the real one.
"""

from __future__ import annotations

from typing import Dict, Mapping

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix
from rl_manip_description.model.own_kinematics import with_tool

POSITIONS = ("goal_position", "object_position")
QUATERNIONS = ("goal_orientation",)
POSES = ("object_pose",)
ROUNDING = 1e-9  # [m or 1] of a chain: less is the same chain, written down otherwise


class RealTool:
    """Moves what a policy is told of places in the base frame.

    Args:
        nominal: the arm as the policy knows it.
        real: the same arm with the kinematics that it has; None where nothing else is known.
    """

    def __init__(self, nominal: Arm, real: Arm | None = None) -> None:
        self._nominal, self.arm = nominal, real or nominal
        own, known = self.arm.chain, nominal.chain
        self._differs = not (
            np.allclose(own.origins, known.origins, rtol=0.0, atol=ROUNDING)
            and np.allclose(own.axes, known.axes, rtol=0.0, atol=ROUNDING)
            and np.allclose(own.tool, known.tool, rtol=0.0, atol=ROUNDING)
        )

    @classmethod
    def given_to(cls, arm: Arm) -> RealTool:
        """For a policy that knows the arm by its file, where a person may have given it a tool."""
        return cls(with_tool(arm, None), arm)

    def shown(self, values: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
        """The inputs as the policy must be told them.

        With p and R the tools' positions and rotations in the base frame at the joint positions
        measured, a position x becomes x + p_nominal - p_real, and a rotation Q becomes
        R_nominal R_real^T Q.

        Args:
            values: inputs by name, true in the base frame, `joint_position` (n,) [rad] among them.
        """
        shown = dict(values)
        if not self._differs:
            return shown
        joints = values["joint_position"]
        nominal, real = (arm.chain.joint_frames(joints)[1] for arm in (self._nominal, self.arm))
        move = nominal[:3, 3] - real[:3, 3]
        turn = quaternion_from_matrix(nominal[:3, :3] @ real[:3, :3].T)
        for name in set(POSITIONS) & set(shown):
            shown[name] = shown[name] + move
        for name in set(QUATERNIONS) & set(shown):
            shown[name] = _product(turn, shown[name])
        for name in set(POSES) & set(shown):
            pose = shown[name]
            shown[name] = np.concatenate((pose[:3] + move, _product(turn, pose[3:])))
        return shown


def given_tool(nominal: Arm, real: Arm) -> str:
    """How far a tool that a person gave is from the policy's, in words; empty without one.

    Args:
        nominal: the arm as the policy knows it.
        real: the same arm as it is; its calibration counts for nothing here.
    """
    if real.own_tool is None:
        return ""
    away = np.linalg.norm(real.own_tool[:3, 3] - nominal.tool_on_flange[:3, 3])
    return f"tool:= is {1e3 * away:.0f} mm from the tool that the policy was trained with"


def _product(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Product of two quaternions xyzw: the second rotation, then the first, about fixed axes."""
    v, w = first[:3], first[3]
    x, s = second[:3], second[3]
    return np.append(w * x + s * v + np.cross(v, x), w * s - v @ x)
