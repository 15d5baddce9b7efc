"""Insert a peg: bring a square peg on the tool over a tilted hole, and down to its bottom.

The goal is the pose of the tool with the peg at the bottom of the hole: a deployed policy takes it
from /goal_pose. Nothing of peg and block is simulated; a tip that enters the block beside the hole
ends the episode, as it would stop a real arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Dict, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm

from peg_task.hole import DEPTH, LENGTH, PLAY, fit, pointing, turned
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_description.goals.drawn_ahead import DrawnAhead
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.graph.operational_space import (
    ahead,
    damped_joint_velocity,
    slowed_to,
    turned_back,
)
from rl_manip_train.graph.tool_jacobian import ToolJacobian, rotation_error, rotation_of
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.reach_pose import (
    ReachPoseCfg,
    ReachPoseObservation,
    ReachPoseTask,
    angle_between,
)
from rl_manip_train.tasks.task import StartState

GAIN = 4.0
"""Speed of the guide per distance [1/s]."""
SPEED = 0.25
"""Fastest that the guide moves the tool [m/s]."""
HOVER = DEPTH + 0.02
"""Height of the tip over the hole's bottom at which the guide aligns it [m]."""
ALIGNED = 0.002
"""Distance of the tip from the hole's axis from which the guide goes all the way down [m]."""
FINE = 0.01
"""Scale of the features that tell small distances apart [m]."""
MAX_LEAN = 0.5
"""Largest angle of the peg to the vertical at the start of an episode [rad]."""
SPREAD = 0.5
"""How far from home joints start, over the arm's own spread [1]."""
BATCH = 4096
"""Start poses drawn at once."""


@dataclass(frozen=True)
class InsertPegRewardWeights:
    """Reward per control step and unit of each term."""

    approach: float = 0.10
    """Closeness of the tip to the hole's axis, and rotation of the hole [1]."""
    over: float = 0.20
    """Tip on the axis and peg along it, falling off over a centimetre [1]."""
    insert: float = 0.50
    """Closeness of the tip to the bottom, as far as it is on the axis [1]."""
    success: float = 0.50
    """The goal is met [1]."""
    hit: float = -10.0
    """The peg meets the block or the table, or the arm meets something [1]."""
    action_rate: float = -0.05
    """Mean squared change of the normalised action [1]."""
    joint_speed: float = -0.02
    """Mean squared joint velocity over its limit [1]."""


@dataclass(frozen=True)
class InsertPegCfg(ReachPoseCfg):
    """As for reach_pose, and of the holes:"""

    episode_s: float = 6.0
    """Length of an episode [s]."""
    linear_speed: float = 0.25
    """Tool speed along one axis at an action of 1: slower than in reach_pose, and finer [m/s]."""
    angular_speed: float = 1.0
    """Turning speed of the tool about one axis at an action of 1 [rad/s]."""
    keep_pose_probability: float = 0.0
    """No episode starts in the last one's hole."""
    heights: Tuple[float, float] = (0.02, 0.12)
    """Lowest and highest bottom of a hole, over the table [m]."""
    max_azimuth: float = 0.8
    """Holes lie within this of straight ahead [rad]."""
    max_tilt: float = 0.25
    """Largest angle of a hole's axis to the vertical [rad]."""
    max_turn: float = 0.5
    """Largest turn of a hole about the vertical, from that of the tool at home [rad]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.005, speed_m_s=0.02, angle_rad=0.05)
    )
    """When an episode counts as met."""
    reward: InsertPegRewardWeights = field(default_factory=InsertPegRewardWeights)
    """Reward weights."""


class InsertPegTask(ReachPoseTask):
    """See ``rl_manip_train.tasks.task.Task``; inputs and actions are those of ``reach_pose``."""

    name: ClassVar[str] = "insert_peg"
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 1_500_000,
        "target_success": 0.97,
        "eval_interval": 100_000,
        "ppo": {"hidden": (128, 128), "horizon": 24, "discount": 0.98, "guided_steps": 300_000},
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: InsertPegCfg = InsertPegCfg()
    ) -> None:
        super().__init__(arm, num_envs, rng, cfg)
        self._cfg, self._arm, self._rng = cfg, arm, rng
        self._kinematics = ToolJacobian(arm.chain)
        self.observation_model = InsertPegObservation(arm, self.velocity_limit)
        near, far = arm.practice.table_ring
        lowest, highest = (height + LENGTH for height in cfg.heights)
        self.goal_region = replace(
            arm.workspace,
            center=(0.0, 0.0, 0.0),
            inner_radius=0.0,
            outer_radius=math.hypot(far, highest),
            min_height=lowest,
            max_height=highest,
            min_axis_distance=near,
            max_azimuth=cfg.max_azimuth,
        )
        home = arm.forward_kinematics(arm.home)
        self._home_azimuth = math.atan2(home.position[1], home.position[0])
        self._home_rotation = torch.tensor(home.quaternion, dtype=torch.float32)
        self._peg_starts = DrawnAhead(self._upright_starts, arm.num_joints)

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: holes in blocks on the table, most of them tilted."""
        cfg, count = self._cfg, len(env_ids)

        def uniform(low: float, high: float) -> Tensor:
            return torch.as_tensor(self._rng.uniform(low, high, count), dtype=torch.float32)

        near, far = self._arm.practice.table_ring
        radius = uniform(near**2, far**2).sqrt()
        azimuth = uniform(-cfg.max_azimuth, cfg.max_azimuth)
        turn = uniform(-cfg.max_turn, cfg.max_turn) + azimuth - self._home_azimuth
        tilt, towards = uniform(-cfg.max_tilt, cfg.max_tilt), uniform(0.0, math.pi)
        zero = torch.zeros(count)
        up = torch.stack((zero, zero, zero + 1.0), dim=1)
        level = torch.stack((towards.cos(), towards.sin(), zero), dim=1)
        rotation = turned(turned(self._home_rotation.expand(count, 4), up, turn), level, tilt)
        bottom = torch.stack(
            (radius * azimuth.cos(), radius * azimuth.sin(), uniform(*cfg.heights)), dim=1
        )
        self.goal_position[env_ids] = bottom - LENGTH * pointing(rotation)
        self.goal_orientation[env_ids] = rotation

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``: the peg over the table, more or less upright."""
        return StartState(torch.as_tensor(self._peg_starts.take(len(env_ids)), dtype=torch.float32))

    def _upright_starts(self) -> np.ndarray:
        """Those of some random joint positions that hold the peg so, higher than any block."""
        arm = self._arm
        spread = (
            self._rng.uniform(-1.0, 1.0, (BATCH, arm.num_joints))
            * SPREAD
            * arm.practice.start_spread
        )
        joint_position = arm.limits.within(arm.home + spread)
        tool = arm.chain.joint_frames(joint_position)[1]
        tip = tool[:, 2, 3] + LENGTH * tool[:, 2, 2]
        ahead = np.abs(np.arctan2(tool[:, 1, 3], tool[:, 0, 3])) <= arm.workspace.max_azimuth
        upright = tool[:, 2, 2] <= -math.cos(MAX_LEAN)
        return joint_position[ahead & upright & (tip >= self._cfg.heights[1] + DEPTH)]

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        return {
            **self.goal_terms(sim.tool_pose, self.goal(), sim.tool_velocity),
            "hit": self.terminated(sim).float(),
            "action_rate": rewards.action_rate(action, last_action),
            "joint_speed": rewards.relative_speed(sim.joint_velocity, self.velocity_limit),
        }

    def goal_terms(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Dict[str, Tensor]:
        """The terms that depend on the goal; arguments as ``Task.goal_met``."""
        peg, angle = fit(achieved, goal), angle_between(achieved[..., 3:], goal[..., 3:])
        turned_right = rewards.tolerance(angle, bound=0.02, margin=0.3)
        over = rewards.tolerance(peg.aside, bound=0.001, margin=0.01) * turned_right
        slow = vector_norm(extra, dim=-1) <= self.success_criterion.speed_m_s
        return {
            "approach": rewards.closeness(peg.aside, 0.1) * (0.5 + 0.5 * turned_right),
            "over": over,
            "insert": over * rewards.closeness(peg.height.abs(), 0.03),
            "success": (self.goal_met(achieved, goal, extra) & slow).float(),
        }

    def terminated(self, sim: BatchSim) -> Tensor:
        """See ``Task.terminated``: something hits the table, the block, or the arm itself."""
        tip = sim.tool_pose[:, 2] + LENGTH * pointing(sim.tool_pose[:, 3:])[:, 2]
        return sim.collision | fit(sim.tool_pose, self.goal()).jammed | (tip < 0.0)

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``: over the block, over the hole, then straight down into it."""
        tool, goal = self._kinematics(sim.joint_position), self.goal()
        peg, axis = fit(sim.tool_pose, goal), pointing(self.goal_orientation)
        turn = rotation_error(rotation_of(self.goal_orientation), tool.rotation)
        across = peg.offset + peg.height[:, None] * axis
        # as low as the tip is aligned, and once it is in the hole all the way down
        off = ((peg.aside - ALIGNED) / (PLAY - ALIGNED)).clamp(0.0, 1.0)
        off = torch.where((peg.height < DEPTH) & (peg.aside < PLAY), torch.zeros_like(off), off)
        # beside the block: no nearer before the tip is over it
        nearer = torch.maximum(((peg.height - DEPTH) / (HOVER - DEPTH)).clamp(0.0, 1.0), 1.0 - off)
        down = (peg.height - off * HOVER)[:, None] * axis
        linear = GAIN * (down - nearer[:, None] * across)
        speed = vector_norm(linear, dim=1, keepdim=True)
        linear = linear * (SPEED / speed.clamp(min=SPEED))
        angular = 2.0 * GAIN * turn
        # the tip is to move so: the tool besides goes round it
        linear = linear - torch.linalg.cross(angular, LENGTH * tool.rotation[:, :, 2])
        twist = torch.cat((linear, angular), dim=1)
        velocity = slowed_to(damped_joint_velocity(tool.jacobian, twist), self.velocity_limit)
        return self.action_model.action_for(velocity, sim.joint_position)


class InsertPegObservation(ReachPoseObservation):
    """What ``reach_pose`` sees, and the tip's place in the hole at a scale of centimetres.

    Args:
      arm: which arm.
      velocity_limit: (n,) that joint velocities are scaled by [rad/s].
    """

    def __init__(self, arm: Arm, velocity_limit: Tensor) -> None:
        super().__init__(arm, velocity_limit)
        self.width += 4
        self._tool = ToolJacobian(arm.chain)

    def forward(
        self,
        joint_position: Tensor,
        joint_velocity: Tensor,
        goal_position: Tensor,
        goal_orientation: Tensor,
    ) -> Tensor:
        """Features (N, width); arguments as for ``reach_pose``."""
        seen = super().forward(joint_position, joint_velocity, goal_position, goal_orientation)
        tool, hole = self._tool(joint_position), rotation_of(goal_orientation)
        axis = hole[:, :, 2]
        offset = tool.position + LENGTH * (tool.rotation[:, :, 2] - axis) - goal_position
        height = -(offset * axis).sum(dim=1, keepdim=True)
        x, y, _ = turned_back(offset + height * axis, ahead(tool.position)).split(1, 1)
        fine = torch.cat((x, y, height, height - DEPTH), dim=1)
        return torch.cat((seen, torch.tanh(fine / FINE)), dim=1)
