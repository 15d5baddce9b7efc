"""A policy file that picks and places by rules: what ROS is tested with, whatever training does.

It has no memory. That the fingers are closed round something is all that tells lifting from
lowering: a hand on the object whose fingers are open closes them, one whose fingers are not open
goes up, slowly at first, and carries on to the goal; over the goal the fingers open.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm, HalfShell, load_arm
from rl_manip_description.contract.policy_contract import (
    PolicyMetadata,
    SuccessCriterion,
    TensorSpec,
)
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_train.policy.export import export_policy

VELOCITY_LIMIT = 1.2  # [rad/s]
REGION = HalfShell((0.0, 0.0, 0.0), 0.35, 0.55, 0.025, 0.3, 0.8, 0.03)
TRAVEL_HEIGHT = 0.16  # [m] of the hand between two places
FASTEST = 0.35  # [m/s]
GAIN = 4.0  # [1/s] from distance to speed
DAMPING = 1e-3  # of the least squares [m^2]


class ScriptedPickPlace(nn.Module):
    """Raw inputs to commands, as an exported policy."""

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        self._open = arm.gripper.max_opening
        axes, origins = np.asarray(arm.chain.axes), np.asarray(arm.chain.origins)
        cross = np.zeros((len(axes), 3, 3))
        for matrix, (x, y, z) in zip(cross, axes):
            matrix[:] = [[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]
        for name, value in {
            "_origins": origins,
            "_axes": axes,
            "_cross": cross,
            "_squared": cross @ cross,
            "_tool": np.asarray(arm.chain.tool),
        }.items():
            self.register_buffer(name, torch.tensor(np.array(value), dtype=torch.float32))

    def forward(
        self,
        joint_position: Tensor,
        goal_position: Tensor,
        gripper_opening: Tensor,
        object_pose: Tensor,
    ) -> tuple:
        """Joint velocities (1, n) [rad/s] and the wanted opening (1, 1) [m]."""
        tool, turned, jacobian = self._kinematics(joint_position[0])
        place, goal, opening = object_pose[0, :3], goal_position[0], gripper_opening[0, 0]
        to_goal = goal - place
        aside = (place - tool)[:2].norm()
        round_it = (place - tool).norm() < 0.035
        closed = opening < self._open - 0.004
        at_goal = (to_goal[:2].norm() < 0.008) & (to_goal[2] > -0.008)
        # a hand on the object reaches for this height
        grasp = place[2].clamp(min=0.02)

        approach_height = grasp + (5.0 * (aside - 0.008)).clamp(0.0, 0.1)
        approach = torch.cat((place[:2] - tool[:2], (approach_height - tool[2])[None]))
        # low and far away: up first
        free = torch.where(
            aside > 0.03, ((tool[2] - 0.08) / 0.05).clamp(0.0, 1.0), aside.new_ones(())
        )
        approach = GAIN * approach * torch.stack((free, free, torch.ones_like(free)))

        near_goal = to_goal[:2].norm() < 0.02
        height = torch.where(near_goal, to_goal[2], TRAVEL_HEIGHT - tool[2])
        lifted = ((tool[2] - 0.09) / 0.04).clamp(0.0, 1.0)
        across = torch.where(near_goal, torch.ones_like(lifted), lifted)
        carry = GAIN * torch.cat((across * to_goal[:2], height[None]))
        lowest = tool[2] < 0.04  # the fingers may still be closing
        carry = torch.where(
            lowest & ~near_goal,
            torch.stack((0.0 * across, 0.0 * across, 0.01 + 0.0 * across)),
            carry,
        )

        up = GAIN * torch.stack((0.0 * across, 0.0 * across, TRAVEL_HEIGHT - tool[2]))
        leave = torch.where(closed & round_it, 0.0 * up, up)

        held = closed & round_it
        linear = torch.where(at_goal, leave, torch.where(held, carry, approach))
        linear = linear * (FASTEST / linear.norm().clamp(min=1e-6)).clamp(max=1.0)
        reached = (aside < 0.012) & (tool[2] < grasp + 0.003)
        close = (held | reached) & ~at_goal
        wanted = torch.where(close, torch.zeros_like(opening), torch.full_like(opening, self._open))
        angular = 3.0 * self._turn(turned, object_pose[0, 3:])
        twist = torch.cat((linear, angular))
        return self._solve(jacobian, twist)[None], wanted.reshape(1, 1)

    def _kinematics(self, q: Tensor) -> tuple:
        """Tool position (3,), its rotation (3, 3) and the Jacobian (6, n)."""
        frame = torch.eye(4)
        points, axes = [], []
        for joint in range(len(self._axes)):
            frame = frame @ self._origins[joint]
            angle = q[joint]
            turn = (
                torch.eye(3)
                + torch.sin(angle) * self._cross[joint]
                + (1.0 - torch.cos(angle)) * self._squared[joint]
            )
            frame = torch.cat((torch.cat((frame[:3, :3] @ turn, frame[:3, 3:]), 1), frame[3:]), 0)
            points.append(frame[:3, 3])
            axes.append(frame[:3, :3] @ self._axes[joint])
        frame = frame @ self._tool
        columns = [
            torch.cat((torch.linalg.cross(axis, frame[:3, 3] - point), axis))
            for axis, point in zip(axes, points)
        ]
        return frame[:3, 3], frame[:3, :3], torch.stack(columns, 1)

    def _turn(self, turned: Tensor, quaternion: Tensor) -> Tensor:
        """Rotation vector that turns the palm down and the fingers along a face of the object."""
        down = torch.tensor([0.0, 0.0, -1.0])
        x, y, z, w = quaternion.split(1)
        face = torch.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (y * y + z * z))[0]
        angle = 4.0 * (face - torch.atan2(turned[1, 0], turned[0, 0]))
        # the nearest of four faces
        yaw = torch.atan2(torch.sin(angle), torch.cos(angle)) / 4.0
        return torch.linalg.cross(turned[:, 2], down) - yaw * down

    def _solve(self, jacobian: Tensor, twist: Tensor) -> Tensor:
        """Damped least squares by Newton's iteration for an inverse: only products are exported."""
        square = jacobian @ jacobian.T.contiguous() + DAMPING * torch.eye(6)
        inverse = torch.eye(6) / square.diagonal().sum()
        for _ in range(24):
            inverse = 2.0 * inverse - inverse @ square @ inverse
        velocity = jacobian.T @ (inverse @ twist)
        return velocity * (VELOCITY_LIMIT / velocity.abs().max().clamp(min=1e-6)).clamp(max=1.0)


def write_scripted_policy(path: Path, arm_name: str = "ur5e") -> Path:
    """Writes the policy to `path`; it moves a cube, cylinder or sphere to goals in `REGION`."""
    arm = load_arm(arm_name, "robotiq_2f85")
    n, base = arm.num_joints, arm.base_frame
    limit = (VELOCITY_LIMIT,) * n
    slowest = tuple(-value for value in limit)
    metadata = PolicyMetadata(
        arm=arm.name,
        task="pick_place",
        joint_names=arm.joint_names,
        control_dt=0.04,
        base_frame=base,
        tool_frame=arm.tool_frame,
        inputs=(
            TensorSpec("joint_position", (1, n), "rad", None, None, None),
            TensorSpec("goal_position", (1, 3), "m", base, None, None),
            TensorSpec("gripper_opening", (1, 1), "m", None, (0.0,), (arm.gripper.max_opening,)),
            TensorSpec("object_pose", (1, 7), "m", base, None, None),
        ),
        outputs=(
            TensorSpec("joint_velocity_command", (1, n), "rad/s", None, slowest, limit),
            TensorSpec("gripper_command", (1, 1), "m", None, (0.0,), (arm.gripper.max_opening,)),
        ),
        velocity_limit=limit,
        goal_region=REGION.to_dict(),
        success=SuccessCriterion(distance_m=0.025, speed_m_s=0.05),
        episode_s=12.0,
        randomization={},
        training=TrainingRecord("none", "none", 0, 0, "none", None, 0.0, "written by rules"),
        gripper=arm.gripper.name,
    )
    export_policy(ScriptedPickPlace(arm).eval(), metadata, Path(path))
    return Path(path)
