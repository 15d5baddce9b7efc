"""Insert: put the peg that the tool holds into a hole whose place is known to some millimetres."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Dict, Optional, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm

from rl_manip_description import Arm
from rl_manip_description.contract.action_kinds import (
    JOINT_POSITION_DELTA,
    JOINT_VELOCITY,
    LEVEL_TOOL,
    TOOL_TWIST,
)
from rl_manip_description.contract.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.hole_geometry import BLOCK_HALF_WIDTH, HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.models.scene import HOLE_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_sim.signals.stateful import Stateful
from rl_manip_train.graph.operational_space import LevelToolAction
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.from_above.insert_geometry import hole_and_seat, tip_of
from rl_manip_train.tasks.from_above.insert_guide import InsertGuide
from rl_manip_train.tasks.from_above.insert_observation import InsertObservation
from rl_manip_train.tasks.from_above.insert_starts import AZIMUTH, LOWEST_MOUTH, InsertStarts
from rl_manip_train.tasks.reach_pose import angle_between
from rl_manip_train.tasks.task import Readings, StartState, TaskError, float32


@dataclass(frozen=True)
class InsertRewardWeights:
    """Reward per control step and unit of each term."""

    approach: float = 0.10
    """Closeness of the tip to the hole's axis over 3 cm [1]."""
    over: float = 0.20
    """The same over 2 mm [1]."""
    insert: float = 0.60
    """Share of the hole's depth that the peg is in [1]."""
    success: float = 0.40
    """The goal is met [1]."""
    force: float = -0.20
    """Contact force beyond 10 N, over 10 N, at most 4 [1]."""
    action_rate: float = -0.05
    """Mean squared change of the normalised action [1]."""
    hit: float = -20.0
    """The contact force is beyond its limit, or the arm touches what it should not [1]."""


@dataclass(frozen=True)
class InsertCfg:
    """Everything about the insert task that is not the arm's."""

    hole_shapes: Tuple[str, ...] = HOLE_SHAPES
    """Shapes that occur."""
    episode_s: float = 12.0
    """Length of an episode [s]."""
    velocity_limit: float = 1.0
    """Fastest joint velocity command [rad/s], bounded by the arm's own limits."""
    linear_speed: float = 0.03
    """Tool speed along one axis at an action of 1 [m/s]."""
    yaw_rate: float = 0.3
    """Turning speed about the vertical at an action of 1 [rad/s]."""
    force_limit: float = 50.0
    """Contact force that ends an episode, as it stops an arm [N]."""
    light_force: float = 10.0
    """Contact force that costs nothing [N]."""
    far_share: float = 0.25
    """Share of the episodes that start beside the block instead of over it [1]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.007, speed_m_s=0.02, angle_rad=0.1)
    )
    """When an episode counts as met: of 30 mm the peg is in by 23 or more. Where the hole is said
    to be is off by less than that, so that on the face of the block nothing is ever met."""
    reward: InsertRewardWeights = field(default_factory=InsertRewardWeights)
    """Reward weights."""


class InsertTask(Stateful):
    """See ``Task``; the goal is the pose of the tool with the peg at the bottom of the hole.

    What the policy is told of it is off by ``hole_position_error``. Episodes start over the block,
    some beside it; in training some start on its face or in the hole.

    Args:
      arm: which arm, without a gripper.
      num_envs: N.
      rng: draws holes and start states.
      cfg: speeds, limits, success and reward weights.

    Raises:
      TaskError: an arm with a gripper.
    """

    name: ClassVar[str] = "insert"
    gripper: ClassVar[Optional[str]] = None
    actions: ClassVar[Tuple[str, ...]] = (
        LEVEL_TOOL,
        TOOL_TWIST,
        JOINT_VELOCITY,
        JOINT_POSITION_DELTA,
    )
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 3_000_000,
        "target_success": 0.98,
        "eval_interval": 300_000,
        "ppo": {
            "hidden": (128, 128),
            "horizon": 24,
            "discount": 0.99,
            "history": 8,
            "guided_steps": 500_000,
            "privileged_critic": True,
        },
    }
    physics_dt: float = 0.004  # at 8 ms contacts of round pegs flicker by tens of newtons
    control_dt: float = 0.04
    keep_pose_probability: float = 0.0
    training: bool = False
    goal_inputs: Tuple[str, ...] = ("goal_position", "goal_orientation")

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: InsertCfg = InsertCfg()
    ) -> None:
        if arm.gripper is not None:
            raise TaskError(
                f"{self.name} holds a peg and {arm.name} carries {arm.gripper.name}; give gripper "
                "none, or auto"
            )
        self._arm, self._rng, self._cfg = arm, rng, cfg
        self.episode_s, self.success_criterion = cfg.episode_s, cfg.success
        self.reward_weights: Dict[str, float] = asdict(cfg.reward)
        self.scene = Scene(hole_shapes=cfg.hole_shapes)
        self.velocity_limit = float32(np.minimum(arm.limits.velocity, cfg.velocity_limit))
        self.action_model = LevelToolAction(
            arm, self.velocity_limit, cfg.linear_speed, cfg.yaw_rate, fine=True
        )
        self.action_width = self.action_model.width
        self._guide = InsertGuide(self.action_model)
        self.observation_model = InsertObservation(arm)
        self.goal_position = torch.zeros(num_envs, 3)
        self.goal_orientation = torch.zeros(num_envs, 4)
        self._seat = torch.zeros(num_envs, 7)  # of the tool, with the peg at the bottom, truly
        self.hole_clearance = torch.full((num_envs,), 0.001)
        self.hole_shape = torch.zeros(num_envs, dtype=torch.int64)
        self._error = torch.zeros(num_envs, 3)
        self._starts = InsertStarts(arm, cfg.far_share)
        highest = self._starts.highest
        near, far = arm.practice.table_ring
        self.goal_region = replace(
            arm.workspace,
            center=(0.0, 0.0, 0.0),
            inner_radius=0.0,
            outer_radius=math.hypot(far + 0.12, highest),
            min_height=LOWEST_MOUTH - HOLE_DEPTH + PEG_LENGTH,
            max_height=highest,
            min_axis_distance=near - 0.12,
            max_azimuth=AZIMUTH + 0.4,
        )
        n = arm.num_joints
        self.input_specs = (
            TensorSpec("joint_position", (1, n), "rad", None, None, None),
            TensorSpec("joint_velocity", (1, n), "rad/s", None, None, None),
            TensorSpec("goal_position", (1, 3), "m", arm.base_frame, None, None),
            TensorSpec("goal_orientation", (1, 4), "1", arm.base_frame, None, None),
            TensorSpec("wrench", (1, 6), "N, N m", arm.tool_frame, None, None),
        )

    def check(self, randomization: RandomizationCfg) -> None:
        """See ``Task.check``: a peg on the face must never look like one in the hole."""
        error = float(np.abs(randomization.hole_position_error).max())
        allowed = (HOLE_DEPTH - self.success_criterion.distance_m) / 2.0
        if error > allowed:
            raise TaskError(
                f"hole_position_error goes up to {error:g} m, and a hole is {HOLE_DEPTH:g} m deep; "
                f"give at most {allowed:g} m"
            )

    def prepare(self, env_ids: Tensor, physics: PhysicsSample) -> None:
        """See ``Task.prepare``."""
        self.hole_clearance[env_ids] = physics.hole_clearance
        self.hole_shape[env_ids] = physics.hole_shape
        self._error[env_ids] = physics.hole_position_error

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``: a pose of the arm, and a hole under the peg or beside it."""
        clearance = self.hole_clearance[env_ids].cpu().numpy()
        pose, mouth, yaw = self._starts.draw(self._rng, clearance, self.training)
        hole, seat = hole_and_seat(mouth, yaw)
        self._seat[env_ids] = float32(seat)
        return StartState(float32(self._starts.joint_position[pose]), hole_pose=float32(hole))

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: where the hole is said to be."""
        seat = self._seat[env_ids]
        self.goal_position[env_ids] = seat[:, :3] + self._error[env_ids]
        self.goal_orientation[env_ids] = seat[:, 3:]

    def inputs(self, readings: Readings) -> Tuple[Tensor, ...]:
        """See ``Task.inputs``."""
        return (
            readings.joint_position,
            readings.joint_velocity,
            self.goal_position,
            self.goal_orientation,
            readings.wrench,
        )

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``."""
        return self._guide.action(sim, self.goal_position, self.action_model)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        to_mouth = sim.hole_pose[:, :3] - tip_of(sim.tool_pose)
        aside, below = vector_norm(to_mouth[:, :2], dim=1), to_mouth[:, 2]
        depth = (below / HOLE_DEPTH).clamp(0.0, 1.0)
        force = vector_norm(sim.wrench[:, :3], dim=1)
        return {
            "approach": rewards.closeness(aside, 0.03),
            "over": rewards.closeness(aside, 0.002),
            # beside the block the tip may be as low
            "insert": depth * (aside < BLOCK_HALF_WIDTH).float(),
            "success": self.success(sim).float(),
            "force": (force / self._cfg.light_force - 1.0).clamp(0.0, 4.0),
            "action_rate": rewards.action_rate(action, last_action),
            "hit": self.terminated(sim).float(),
        }

    def terminated(self, sim: BatchSim) -> Tensor:
        """See ``Task.terminated``: a collision, or a force at which the guard stops an arm."""
        force = vector_norm(sim.wrench[:, :3], dim=1)
        return sim.collision | (force > self._cfg.force_limit)

    def success(self, sim: BatchSim) -> Tensor:
        """See ``Task.success``: in the true hole."""
        return self.goal_met(self.achieved_goal(sim), self._seat, self.success_extra(sim))

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """See ``Task.achieved_goal``: the tool's pose [m], xyzw."""
        return sim.tool_pose

    def success_extra(self, sim: BatchSim) -> Tensor:
        """See ``Task.success_extra``: the tool's speed [m/s]."""
        return vector_norm(sim.tool_velocity, dim=1, keepdim=True)

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        criterion = self.success_criterion
        near = vector_norm(achieved[..., :3] - goal[..., :3], dim=-1) <= criterion.distance_m
        turned = angle_between(achieved[..., 3:], goal[..., 3:]) <= criterion.angle_rad
        return near & turned & (extra[..., 0] <= criterion.speed_m_s)

    def goal_credit(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_credit``: all or nothing."""
        return self.goal_met(achieved, goal, extra).float()

    def goal_reward(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Optional[Tensor]:
        """See ``Task.goal_reward``: forces depend on where the hole really is."""
        return None

    def goal_distance(self, sim: BatchSim) -> Tensor:
        """See ``Task.goal_distance``: of the tool to where the peg is all the way in."""
        return vector_norm(sim.tool_pose[:, :3] - self._seat[:, :3], dim=1)
