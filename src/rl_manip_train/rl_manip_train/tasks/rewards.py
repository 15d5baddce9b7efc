"""Reward terms as pure functions of batched quantities; weights live in each task's config."""

from __future__ import annotations

import math
from typing import ClassVar, Dict, Tuple

import torch
from torch import Tensor
from torch.linalg import vector_norm

from rl_manip_sim.batch_sim import BatchSim

VANISHING = 12.0
"""Standard deviations from the middle of a Gaussian, beyond which it is taken for constant, 5e-32:
exp takes twice as long where its result is too small for a normal float."""


def tolerance(value: Tensor, bound: float, margin: float, value_at_margin: float = 0.1) -> Tensor:
    """1 while ``value`` is within ``bound``, then a Gaussian fall to ``value_at_margin``.

    The shaping primitive of the DeepMind Control Suite (Tassa et al., 2018) for values >= 0:
    exp(-1/2 (s x)^2) with x = (value - bound) / margin and s so that x = 1 gives value_at_margin.

    Args:
      value: (N,) >= 0.
      bound: largest value that is perfect, same unit.
      margin: distance beyond ``bound`` at which ``value_at_margin`` is reached, same unit, > 0.
      value_at_margin: in (0, 1).

    Returns:
      (N,) in (0, 1].
    """
    scale = math.sqrt(-2.0 * math.log(value_at_margin))
    excess = ((value - bound) / margin).clamp(0.0, VANISHING / scale)
    return torch.exp(-0.5 * (scale * excess) ** 2)


def progress(velocity: Tensor, to_goal: Tensor) -> Tensor:
    """Speed (...) [m/s] at which a point comes nearer to its goal; negative where it moves away.

    Summed up over an episode it is the distance that was gained, however long the way there: but
    for the discount, what is best to do stays the same (potential-based shaping; Ng, Harada and
    Russell, 1999), and each step says whether it was one in the right direction.

    Args:
      velocity: (..., 3) of the point [m/s].
      to_goal: (..., 3) from the point to the goal [m].
    """
    distance = vector_norm(to_goal, dim=-1).clamp(min=1e-6)
    return (velocity * to_goal).sum(dim=-1) / distance


def sparse_reward(credit: Tensor, terminated: Tensor, at_termination: float) -> Tensor:
    """0 where the credit (...) for the goal is 1, -1 where it is 0, and between in between.

    ``at_termination`` where the episode ended early.

    With that no higher than the sum of -1 for ever, -1 / (1 - discount), giving up never pays.
    """
    return (credit - 1.0).masked_fill(terminated, at_termination)


def action_rate(action: Tensor, last_action: Tensor) -> Tensor:
    """Mean squared change (N,) of the normalised action (N, n) from one step to the next."""
    return (action - last_action).square().mean(dim=1)


def relative_speed(joint_velocity: Tensor, velocity_limit: Tensor) -> Tensor:
    """Mean square (N,) of joint velocities (N, n) [rad/s] over their limits (n,) [rad/s]."""
    return (joint_velocity / velocity_limit).square().mean(dim=1)


def joint_limit_proximity(
    joint_position: Tensor, lower: Tensor, upper: Tensor, margin: float
) -> Tensor:
    """How far joints are inside the last ``margin`` radians before their limits.

    Args:
      joint_position: (N, n) [rad].
      lower, upper: (n,) [rad].
      margin: [rad], > 0.

    Returns:
      (N,) sum over joints of the depth into the margin over the margin: 0 outside, 1 at a limit.
    """
    clearance = torch.minimum(joint_position - lower, upper - joint_position)
    return (1.0 - clearance / margin).clamp(min=0.0).sum(dim=1)


def closeness(distance: Tensor, scale: float) -> Tensor:
    """1 - tanh(distance / scale), (N,): 1 there, and a slope that is felt from several scales away.

    Args:
      distance: (N,) [m], or any unit that ``scale`` has too.
      scale: > 0.
    """
    return 1.0 - torch.tanh(distance / scale)


def grasp_bonus(grip_force: Tensor, least: float) -> Tensor:
    """1 where both fingers press on the object with at least ``least`` newtons, else 0, (N,)."""
    return (grip_force >= least).float()


def excess_grip_force(grip_force: Tensor, allowed: float) -> Tensor:
    """Grip force (N,) [N] beyond what is allowed, over what is allowed [1]."""
    return (grip_force / allowed - 1.0).clamp(min=0.0)


class AtRest:
    """Reach, paid for being at the goal only as far as the tool is at rest there, as it is judged.

    A ``RewardSet``. Where readings are noisy, a tool that follows them to the goal never rests.
    """

    tasks: ClassVar[Tuple[str, ...]] = ("reach",)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``: the task's own, of the terms below."""
        return super().reward_terms(sim, action, last_action)

    def goal_terms(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Dict[str, Tensor]:
        """As ``ReachTask.goal_terms``; half for a tool at the goal that moves at 5 cm/s."""
        terms = super().goal_terms(achieved, goal, extra)
        at_rest = tolerance(vector_norm(extra[..., :3], dim=-1), bound=0.02, margin=0.055)
        return {**terms, "at_goal": terms["at_goal"] * at_rest}
