"""What tasks share in which a gripper handles an object on the table from above."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar, Dict, Optional, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm, HalfShell
from rl_manip_description.contract.action_kinds import (
    JOINT_POSITION_DELTA,
    JOINT_VELOCITY,
    LEVEL_TOOL,
    TOOL_TWIST,
)
from rl_manip_description.contract.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_sim.signals.stateful import Stateful
from rl_manip_train.graph.operational_space import LevelToolAction
from rl_manip_train.graph.tool_heading import heading_of
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.from_above.grip_turn import GripTurn, quarter_turn
from rl_manip_train.tasks.from_above.tabletop_guide import SPEED, TURN_SPEED, TabletopGuide
from rl_manip_train.tasks.from_above.tabletop_observation import TabletopObservation
from rl_manip_train.tasks.from_above.tabletop_poses import LOWEST, some_from_home, tabletop_poses
from rl_manip_train.tasks.task import Readings, StartState, TaskError, float32

CLEARANCE = 0.01
"""By how much the open gripper must be wider than the object [m]."""
HOVER = 0.13
"""Lowest tool height from which an episode starts that is not made easier [m]."""
AZIMUTH = 0.8
"""Objects and goals lie within this of straight ahead [rad]."""
BETWEEN = 0.2
"""Share of a training's episodes that start with the object between the open fingers [1]."""


@dataclass(frozen=True)
class TabletopRewardWeights:
    """Reward per control step and unit of each term; a task adds those of its phases."""

    success: float = 0.30
    """The goal is met [1]."""
    excess_grip_force: float = -0.05
    """Grip force beyond 1.5 times what the gripper is set to [1]."""
    action_rate: float = -0.02
    """Mean squared change of the normalised action [1]."""
    joint_speed: float = -0.02
    """Mean squared joint velocity over its limit [1]."""
    collision: float = -5.0
    """The arm touches the table or itself [1]."""


@dataclass(frozen=True)
class TabletopCfg:
    """Everything about such a task that is not the arm's."""

    object_shapes: Tuple[str, ...] = OBJECT_SHAPES
    """Shapes that occur."""
    episode_s: float = 6.0
    """Length of an episode [s]."""
    velocity_limit: float = 1.5
    """Fastest joint velocity command [rad/s], bounded by the arm's own limits."""
    least_grip_force: float = 5.0
    """Force of both fingers from which the object counts as gripped [N]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.025, speed_m_s=0.05, released=False)
    )
    """When an episode counts as met."""
    reward: TabletopRewardWeights = field(default_factory=TabletopRewardWeights)
    """Reward weights."""


class TabletopTask(Stateful):
    """Start states, inputs and object bookkeeping of a ``Task``; goals and rewards are the task's.

    In training, some episodes start with the object between the open fingers, or gripped in the
    air, so that what comes late in an episode is seen early in training.

    Args:
      name: of the task, for messages.
      arm: which arm, with a gripper.
      num_envs: N.
      rng: draws goals and start states.
      cfg: objects, limits, success and reward weights.

    Raises:
      TaskError: an arm without gripper.
    """

    gripper: ClassVar[Optional[str]] = "auto"
    actions: ClassVar[Tuple[str, ...]] = (
        LEVEL_TOOL,
        JOINT_VELOCITY,
        JOINT_POSITION_DELTA,
        TOOL_TWIST,
    )
    physics_dt: float = 0.008
    control_dt: float = 0.04
    keep_pose_probability: float = 0.0
    training: bool = False
    goal_inputs: Tuple[str, ...] = ("goal_position",)
    gripped_share: float = 0.2
    """Share of a training's episodes that start with the object gripped [1]."""

    def __init__(
        self,
        name: str,
        arm: Arm,
        num_envs: int,
        rng: np.random.Generator,
        cfg: TabletopCfg,
    ) -> None:
        if arm.gripper is None:
            raise TaskError(
                f"{name} needs a gripper and {arm.name} carries none; give it one, or auto for "
                "the arm's own"
            )
        if arm.gripper.grip_force < cfg.least_grip_force:
            raise TaskError(
                f"{name} counts an object as gripped from {cfg.least_grip_force:g} N on, and "
                f"{arm.gripper.name} grips with {arm.gripper.grip_force:g} N; give a stronger one"
            )
        self._arm, self._rng, self._gripper = arm, rng, arm.gripper
        self._cfg = cfg
        self.episode_s, self.success_criterion = cfg.episode_s, cfg.success
        self.reward_weights: Dict[str, float] = asdict(cfg.reward)
        self.scene = Scene(cfg.object_shapes)
        self.velocity_limit = float32(np.minimum(arm.limits.velocity, cfg.velocity_limit))
        self.action_model = LevelToolAction(arm, self.velocity_limit, SPEED, TURN_SPEED)
        self.action_width = self.action_model.width
        self._guide = TabletopGuide(arm.gripper, self.action_model, GripTurn(arm))
        self.observation_model = TabletopObservation(arm)
        self.goal_position = torch.zeros(num_envs, 3)
        self.object_size = torch.full((num_envs, 3), self.scene.object_half_extent)
        self.object_shape = torch.zeros(num_envs, dtype=torch.int64)
        self._object_start = torch.zeros(num_envs, 3)
        self._poses = tabletop_poses(arm, arm.gripper.fingertip_reach + LOWEST)
        self._above = np.flatnonzero(self._poses.tool_pose[:, 2] >= HOVER)
        self.input_specs = (
            TensorSpec("joint_position", (1, arm.num_joints), "rad", None, None, None),
            TensorSpec("joint_velocity", (1, arm.num_joints), "rad/s", None, None, None),
            TensorSpec("goal_position", (1, 3), "m", arm.base_frame, None, None),
            TensorSpec("gripper_opening", (1, 1), "m", None, None, None),
            TensorSpec("object_pose", (1, 7), "m, xyzw", arm.base_frame, None, None),
        )

    def table_region(self, lowest: float, highest: float) -> HalfShell:
        """The part of the table, between two heights [m], in which objects and goals lie."""
        near, far = self._arm.practice.table_ring
        return replace(
            self._arm.workspace,
            center=(0.0, 0.0, 0.0),
            inner_radius=0.0,
            outer_radius=math.hypot(far, highest),
            min_height=lowest,
            max_height=highest,
            min_axis_distance=near,
            max_azimuth=AZIMUTH,
        )

    def check(self, randomization: RandomizationCfg) -> None:
        """See ``Task.check``: every object must fit between the fingers, whichever way it lies."""
        widest = 2.0 * float(np.max(randomization.object_size.high))
        fits = self._gripper.max_opening - CLEARANCE
        if widest > fits:
            raise TaskError(
                f"object_size goes up to {widest / 2.0:g} m, half of {widest:g} m, and "
                f"{self._gripper.name} opens to {self._gripper.max_opening:g} m; give at most "
                f"{fits / 2.0:g} m"
            )

    def prepare(self, env_ids: Tensor, physics: PhysicsSample) -> None:
        """See ``Task.prepare``."""
        self.object_size[env_ids] = physics.object_size
        self.object_shape[env_ids] = physics.object_shape

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``: the tool above the table, the object somewhere on it."""
        rng, count = self._rng, len(env_ids)
        half = self.object_size[env_ids].double().cpu().numpy()
        pose = rng.choice(self._above, count)
        position = self.draw_on_table(count, half[:, 2])
        yaw = rng.uniform(-math.pi, math.pi, count)
        opening = np.full(count, self._gripper.max_opening)
        tool_free = np.ones(count, dtype=bool)
        if self.training:
            easy = rng.random(count)
            gripped = easy < self.gripped_share
            between = ~gripped & (easy < self.gripped_share + BETWEEN)
            easy = gripped | between
            tool_free = ~easy
            pose[easy] = self.easy_poses(gripped[easy])
            tool = self._poses.tool_pose[pose]
            at_tool = tool[:, :3] + rng.uniform(-0.008, 0.008, (count, 3))
            at_tool[:, 2] = np.maximum(at_tool[:, 2], half[:, 2])
            low = 2.0 * half[:, 2] + 0.01  # the object stands on the table, the tool around it
            at_tool[between, 2] = half[between, 2]
            position[easy] = at_tool[easy]
            # tool straight down: its x axis is (1 - 2(yy + zz), 2(xy + zw))
            x, y, z, w = tool[:, 3:].T
            ahead = np.arctan2(2.0 * (x * y + z * w), 1.0 - 2.0 * (y * y + z * z))
            quarter = rng.integers(4, size=count) * (math.pi / 2.0)
            yaw[easy] = (ahead + quarter)[easy]
            opening[gripped] = 2.0 * half[gripped, :2].max(axis=1) + 0.002
            lifted = between & (tool[:, 2] > low)
            yaw[lifted] += rng.uniform(-0.4, 0.4, int(lifted.sum()))
        tilted = np.zeros((count, 4))
        tilted[:, 2], tilted[:, 3] = np.sin(yaw / 2.0), np.cos(yaw / 2.0)
        self._object_start[env_ids] = float32(position)
        return StartState(
            float32(some_from_home(self._arm, self._poses, pose, tool_free, rng)),
            float32(opening),
            float32(np.concatenate((position, tilted), axis=1)),
        )

    def easy_poses(self, gripped: np.ndarray) -> np.ndarray:
        """Poses (k,) that easier episodes start from, those with the object gripped (k,) or not."""
        return self._rng.integers(len(self._poses.tool_pose), size=len(gripped))

    def draw_on_table(self, count: int, height: np.ndarray) -> np.ndarray:
        """Points (count, 3) [m], even over the region, at heights (count,) [m]."""
        near, far = self._arm.practice.table_ring
        radius = np.sqrt(self._rng.uniform(near**2, far**2, count))
        azimuth = self._rng.uniform(-AZIMUTH, AZIMUTH, count)
        return np.stack((radius * np.cos(azimuth), radius * np.sin(azimuth), height), axis=1)

    def inputs(self, readings: Readings) -> Tuple[Tensor, ...]:
        """See ``Task.inputs``."""
        return (
            readings.joint_position,
            readings.joint_velocity,
            self.goal_position,
            readings.gripper_opening,
            readings.object_pose,
        )

    def common_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """The terms of ``TabletopRewardWeights``; arguments as ``Task.reward_terms``."""
        allowed = 1.5 * self._gripper.grip_force
        return {
            "success": self.success(sim).float(),
            "excess_grip_force": rewards.excess_grip_force(sim.grip_force, allowed),
            "action_rate": rewards.action_rate(action, last_action),
            "joint_speed": rewards.relative_speed(sim.joint_velocity, self.velocity_limit),
            "collision": sim.collision.float(),
        }

    def reaching(self, sim: BatchSim) -> Tuple[Tensor, Tensor, Tensor]:
        """How far the tool has come towards gripping the object, (N,) each [1].

        Returns:
          Closeness over 20 cm, closeness over 5 cm, and how well the fingers are along its sides.
        """
        reach = (sim.object_pose[:, :3] - sim.tool_pose[:, :3]).norm(dim=1)
        c, s = heading_of(sim.tool_pose[:, 3:])
        aligned = 0.5 + 0.5 * quarter_turn(sim.object_pose[:, 3:], c, s)[:, 0]
        return rewards.closeness(reach, 0.2), rewards.closeness(reach, 0.05), aligned

    def terminated(self, sim: BatchSim) -> Tensor:
        """See ``Task.terminated``: a collision, or an object out of reach."""
        near, far = self._arm.practice.table_ring
        distance = sim.object_pose[:, :2].norm(dim=1)
        lost = (distance < 0.6 * near) | (distance > 1.25 * far) | (sim.object_pose[:, 2] < -0.05)
        return sim.collision | lost

    def success(self, sim: BatchSim) -> Tensor:
        """See ``Task.success``."""
        return self.goal_met(self.achieved_goal(sim), self.goal_position, self.success_extra(sim))

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """See ``Task.achieved_goal``: the object's position [m]."""
        return sim.object_pose[:, :3]

    def success_extra(self, sim: BatchSim) -> Tensor:
        """See ``Task.success_extra``: the object's speed [m/s] and the grip force [N]."""
        return torch.stack((sim.object_velocity[:, :3].norm(dim=1), sim.grip_force), dim=1)

    def near_and_slow(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """(...) bool: the object lies at the goal, at rest; arguments as ``Task.goal_met``."""
        near = (achieved - goal).norm(dim=-1) <= self.success_criterion.distance_m
        return near & (extra[..., 0] <= self.success_criterion.speed_m_s)

    def goal_credit(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_credit``: all or nothing."""
        return self.goal_met(achieved, goal, extra).float()

    def goal_reward(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Optional[Tensor]:
        """See ``Task.goal_reward``: the phases depend on more than where the object is."""
        return None

    def goal_distance(self, sim: BatchSim) -> Tensor:
        """See ``Task.goal_distance``: of the object."""
        return (sim.object_pose[:, :3] - self.goal_position).norm(dim=1)
