"""Reach: bring the tool to a point above the table, and hold it there."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, ClassVar, Dict, Optional, Tuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.linalg import vector_norm

from rl_manip_description import Arm
from rl_manip_description.contract.action_kinds import (
    JOINT_POSITION_DELTA,
    JOINT_VELOCITY,
    TOOL_TWIST,
)
from rl_manip_description.contract.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_description.goals.drawn_ahead import DrawnAhead
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.scene import EMPTY, Scene
from rl_manip_sim.randomization.bank import Bank
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_sim.signals.stateful import Stateful
from rl_manip_train.graph.action_model import JointVelocityAction
from rl_manip_train.graph.forward_kinematics import ForwardKinematics
from rl_manip_train.graph.operational_space import turned_back
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.task import Readings, StartState, float32

ON_THE_SPOT = 1e-6
"""A joint that moves the tool by less than this only turns it [m/rad]."""
SLOW = 2.0
"""How much faster than at a success an arm that explores may be and count as slow [1]."""


@dataclass(frozen=True)
class ReachRewardWeights:
    """Reward per control step and unit of each term."""

    distance: float = -0.5
    """Distance of tool and goal [1/m]."""
    progress: float = 2.0
    """Speed at which the tool comes nearer to the goal [s/m]."""
    near_goal: float = 0.5
    """Tool within a centimetre of the goal, falling off over the next ten [1]."""
    at_goal: float = 1.0
    """Tool at the goal, falling off over three centimetres [1]."""
    speed_at_goal: float = -2.0
    """Tool speed, as far as the tool is near the goal [s/m]."""
    action_rate: float = -0.5
    """Mean squared change of the normalised action [1]."""
    joint_speed: float = -0.02
    """Mean squared joint velocity over its limit [1]."""
    joint_limit: float = -0.5
    """Joints in the last 0.3 rad before a position limit [1]."""
    collision: float = -20.0
    """The arm touches the table or itself [1]."""


@dataclass(frozen=True)
class ReachCfg:
    """Everything about the reach task that is not the arm's."""

    control_dt: float = 0.04
    """Time between two commands [s]."""
    episode_s: float = 4.0
    """Length of an episode [s]."""
    velocity_limit: float = 1.5
    """Fastest joint velocity command [rad/s], bounded by the arm's own limits."""
    keep_pose_probability: float = 0.5
    """Chance that an episode starts where the last one ended, as on an arm sent goal after goal."""
    start_spread: Optional[Tuple[float, ...]] = None
    """Start poses are drawn within plus or minus this of the home pose, per joint [rad]; None for
    the arm's own, with the last joint anywhere where it does not move the tool."""
    success: SuccessCriterion = field(default_factory=SuccessCriterion)
    """When an episode counts as met."""
    reward: ReachRewardWeights = field(default_factory=ReachRewardWeights)
    """Reward weights."""


BATCH = 1024
"""Goals and start poses drawn at once."""
BANK = 16 * BATCH  # goals that are kept on a GPU


class ReachTask(Stateful):
    """See ``Task``; goals are uniform in the arm's half-shell above the table.

    Tasks that build on it override what differs, ``start_spread``, ``goal``, ``goal_rows``,
    ``take_goals``, ``goal_terms`` and ``starts_alike`` besides the methods of ``Task``.
    """

    name: ClassVar[str] = "reach"
    gripper: ClassVar[Optional[str]] = None
    scene: Scene = EMPTY
    physics_dt: float = 0.01
    actions: ClassVar[Tuple[str, ...]] = (JOINT_VELOCITY, JOINT_POSITION_DELTA, TOOL_TWIST)
    learning: ClassVar[Dict[str, Any]] = {"ppo": {"epochs": 3}}
    training: bool = False
    starts_alike: ClassVar[bool] = True

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: ReachCfg = ReachCfg()
    ) -> None:
        self._arm, self._rng = arm, rng
        self.control_dt, self.episode_s = cfg.control_dt, cfg.episode_s
        self.keep_pose_probability = cfg.keep_pose_probability
        self.goal_region, self.success_criterion = arm.workspace, cfg.success
        self.reward_weights: Dict[str, float] = asdict(cfg.reward)
        self.velocity_limit = float32(np.minimum(arm.limits.velocity, cfg.velocity_limit))
        lower, upper = arm.limits.position_lower, arm.limits.position_upper
        self._joint_limits = (float32(lower), float32(upper))
        self._spread = np.asarray(cfg.start_spread or self.start_spread(arm))
        self._goal_points = DrawnAhead(lambda: self.goal_region.sample(BATCH, rng), 3)
        self._starts = DrawnAhead(self._clear_starts, arm.num_joints)
        self._goal_source: Callable[[int], Tensor] = self.goal_rows
        self.goal_position = torch.zeros(num_envs, 3)
        self.goal_inputs = ("goal_position",)
        self.action_width = arm.num_joints
        self.action_model = JointVelocityAction(self.velocity_limit)
        self.observation_model = ReachObservation(arm, self.velocity_limit)
        self.input_specs = self._input_specs(arm)

    def start_spread(self, arm: Arm) -> np.ndarray:
        """(n,) how far from home joints start where the configuration does not say [rad]."""
        spread = np.array(arm.practice.start_spread)
        # the last joint's axis goes through the tool of most arms: it turns it on the spot
        if np.linalg.norm(arm.jacobian(arm.home)[:3, -1]) < ON_THE_SPOT:
            spread[-1] = math.pi
        return spread

    def _input_specs(self, arm: Arm) -> Tuple[TensorSpec, ...]:
        n = arm.num_joints
        return (
            TensorSpec("joint_position", (1, n), "rad", None, None, None),
            TensorSpec("joint_velocity", (1, n), "rad/s", None, None, None),
            TensorSpec("goal_position", (1, 3), "m", arm.base_frame, None, None),
        )

    def check(self, randomization: RandomizationCfg) -> None:
        """See ``Task.check``: there is no object."""

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``."""
        self.take_goals(env_ids, self._goal_source(len(env_ids)))

    def draw_on(self, generator: torch.Generator) -> None:
        """See ``Task.draw_on``."""
        self._goal_source = Bank(self.goal_rows(BANK), generator).take

    def goal_rows(self, count: int) -> Tensor:
        """(count, w) goals as ``take_goals`` has them."""
        return float32(self._goal_points.take(count))

    def take_goals(self, env_ids: Tensor, rows: Tensor) -> None:
        """Give environments (k,) the goals in ``rows`` (k, w)."""
        self.goal_position[env_ids] = rows

    def prepare(self, env_ids: Tensor, physics: PhysicsSample) -> None:
        """See ``Task.prepare``: there is no object."""

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``: the tool clear of the table and in front of the arm.

        Behind it, the short way to a goal could lead round the back.
        """
        return StartState(float32(self._starts.take(len(env_ids))))

    def _clear_starts(self) -> np.ndarray:
        """Those of ``BATCH`` joint positions that put the tool where it may start."""
        offset = self._rng.uniform(-1.0, 1.0, (BATCH, self._arm.num_joints)) * self._spread
        joint_position = self._arm.limits.within(self._arm.home + offset)
        x, y, z = self._arm.chain.joint_frames(joint_position)[1][:, :3, 3].T
        ahead = np.abs(np.arctan2(y, x)) <= self.goal_region.max_azimuth
        return joint_position[ahead & (z >= self.goal_region.min_height / 2.0)]

    def inputs(self, readings: Readings) -> Tuple[Tensor, ...]:
        """See ``Task.inputs``."""
        return readings.joint_position, readings.joint_velocity, self.goal_position

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        return {
            **self.goal_terms(self.achieved_goal(sim), self.goal(), self.success_extra(sim)),
            "action_rate": rewards.action_rate(action, last_action),
            "joint_speed": rewards.relative_speed(sim.joint_velocity, self.velocity_limit),
            "joint_limit": rewards.joint_limit_proximity(
                sim.joint_position, *self._joint_limits, margin=0.3
            ),
            "collision": sim.collision.float(),
        }

    def goal(self) -> Tensor:
        """(N, g) as ``goal_inputs`` say."""
        return self.goal_position

    def goal_terms(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Dict[str, Tensor]:
        """The reward terms that depend on the goal, (...) each; arguments as ``goal_met``."""
        to_goal, velocity = goal[..., :3] - achieved[..., :3], extra[..., :3]
        distance = vector_norm(to_goal, dim=-1)
        near_goal = rewards.tolerance(distance, bound=0.01, margin=0.1)
        return {
            "distance": distance,
            "progress": rewards.progress(velocity, to_goal),
            "near_goal": near_goal,
            "at_goal": rewards.tolerance(distance, bound=0.0, margin=0.03),
            "speed_at_goal": near_goal * vector_norm(velocity, dim=-1),
        }

    def terminated(self, sim: BatchSim) -> Tensor:
        """See ``Task.terminated``: a real arm stops for good when it hits something."""
        return sim.collision.clone()  # the simulator's own changes with the reset that follows

    def success(self, sim: BatchSim) -> Tensor:
        """See ``Task.success``."""
        achieved, velocity = self.achieved_goal(sim), self.success_extra(sim)
        met = self.goal_met(achieved, self.goal(), velocity)
        return met & (vector_norm(velocity, dim=1) <= self.success_criterion.speed_m_s)

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """See ``Task.achieved_goal``: the tool's position [m]."""
        return sim.tool_pose[:, :3]

    def success_extra(self, sim: BatchSim) -> Tensor:
        """See ``Task.success_extra``: the tool's velocity [m/s]."""
        return sim.tool_velocity

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``: near, however fast."""
        return vector_norm(achieved - goal, dim=-1) <= self.success_criterion.distance_m

    def goal_credit(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_credit``: half for being near, the other half for being slow there.

        Paid for both at once only, an arm that explores is hardly ever paid; paid for being near
        only, it shakes there.
        """
        near = self.goal_met(achieved, goal, extra)
        slow = vector_norm(extra, dim=-1) <= SLOW * self.success_criterion.speed_m_s
        return 0.5 * near.float() + 0.5 * (near & slow).float()

    def goal_reward(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_reward``."""
        terms = self.goal_terms(achieved, goal, extra)
        return sum(self.reward_weights[name] * term for name, term in terms.items())

    def goal_distance(self, sim: BatchSim) -> Tensor:
        """See ``Task.goal_distance``."""
        return vector_norm(sim.tool_pose[:, :3] - self.goal_position, dim=1)


class ReachObservation(nn.Module):
    """Features of the reach policy, from raw inputs.

    Tool and goal are turned by minus the first joint's angle about the base axis, so that what the
    arm learns in one direction holds in all; of an arm whose first joint does not stand upright
    they are left as they are.

    Args:
      arm: which arm.
      velocity_limit: (n,) that joint velocities are scaled by [rad/s].
    """

    def __init__(self, arm: Arm, velocity_limit: Tensor) -> None:
        super().__init__()
        self.width = 2 * arm.num_joints + 7
        self._kinematics = ForwardKinematics(arm.chain)
        # 1 where the first joint turns about the base's z axis, -1 where against it, else 0
        self._pan = float(np.trunc(np.round(arm.chain.first_axis[2], 6)))
        lower, upper = arm.limits.one_turn
        for name, value in {
            "_center": float32(arm.home),
            "_reach": float32(upper - lower) / 2.0,
            "_velocity_limit": velocity_limit,
        }.items():
            self.register_buffer(name, value, persistent=False)

    def forward(
        self, joint_position: Tensor, joint_velocity: Tensor, goal_position: Tensor
    ) -> Tensor:
        """Features (N, width) of raw inputs (N, n) [rad], (N, n) [rad/s], (N, 3) [m]."""
        tool = self._kinematics(joint_position)
        to_goal = goal_position - tool
        angle = joint_position[:, :1]
        if self._pan != 1.0:
            angle = self._pan * angle
        pan = torch.cos(angle), torch.sin(angle)
        return torch.cat(
            (
                (joint_position - self._center) / self._reach,
                joint_velocity / self._velocity_limit,
                turned_back(tool, pan),
                turned_back(to_goal, pan),
                (to_goal.square().sum(dim=1, keepdim=True) + 1e-8).sqrt(),
            ),
            dim=1,
        )
