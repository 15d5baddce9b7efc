"""What an environment asks of a task."""

from __future__ import annotations

from typing import ClassVar, Dict, Protocol, Tuple

import numpy as np
from torch import Tensor, nn

from rl_manip_description import Arm, HalfShell
from rl_manip_description.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.signal_path import SensorPath


class Task(Protocol):
    """Goals, rewards and observations of N environments of one arm with n joints.

    Args:
      arm: which arm.
      num_envs: N.
      rng: draws goals and start poses.
    """

    name: ClassVar[str]
    control_dt: float  # [s]
    episode_s: float  # [s]
    keep_pose_probability: float  # chance that the next episode starts where the last one ended
    velocity_limit: Tensor  # (n,) velocity command at an action of 1 [rad/s]
    goal_region: HalfShell
    success_criterion: SuccessCriterion
    reward_weights: Dict[str, float]  # reward per unit of each term, same keys as reward_terms()
    input_specs: Tuple[TensorSpec, ...]  # the policy's raw inputs, in the observation model's order
    goal_inputs: Tuple[str, ...]  # names of the raw inputs that are the goal; side by side (N, g)
    observation_model: nn.Module  # raw inputs -> features (N, observation_model.width)

    def __init__(self, arm: Arm, num_envs: int, rng: np.random.Generator) -> None: ...

    def draw_goals(self, env_ids: Tensor) -> None:
        """Give environments (k,) new goals."""

    def draw_start_poses(self, count: int) -> Tensor:
        """Joint positions (count, n) [rad] to start from, unless ``start_blocked`` objects."""

    def start_blocked(self, sim: BatchSim) -> Tensor:
        """(N,) bool: no episode may start from the present state."""

    def inputs(self, sensors: SensorPath) -> Tuple[Tensor, ...]:
        """The policy's raw inputs (N, ...) as the sensors read them, in ``input_specs`` order."""

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """Unweighted reward terms (N,) of the step just made with normalised actions (N, n)."""

    def terminated(self, sim: BatchSim) -> Tensor:
        """(N,) bool: the episode ends here because the task can go no further."""

    def success(self, sim: BatchSim) -> Tensor:
        """(N,) bool: the goal is met in the present state."""

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """(N, g) the goal that the present state would meet, as ``goal_inputs`` side by side."""

    def success_extra(self, sim: BatchSim) -> Tensor:
        """(N, e) what else of the present state success depends on; e may be 0."""

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """(...) bool: whether goals (..., g) are met in states of which no more is left than this.

        ``success`` by a pure function, so that experience can be judged by another goal.

        Args:
          achieved: (..., g) as ``achieved_goal`` gave it.
          goal: (..., g).
          extra: (..., e) as ``success_extra`` gave it.
        """

    def goal_distance(self, sim: BatchSim) -> Tensor:
        """(N,) distance to the goal [m]."""
