"""What one step of many environments brings."""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

from torch import Tensor


class Step(NamedTuple):
    """What one step of N environments brought."""

    observation: Tensor  # (N, d) features to act on next; of the new episode where one ended
    privileged: Tensor  # (N, p) see Environment.privileged, of the same state
    final_observation: Tensor  # (N, d) features of the state reached, before any reset
    final_privileged: Tensor  # (N, p) of the state reached, before any reset
    final_inputs: Tuple[Tensor, ...]  # raw inputs (N, ...) of the state reached, before any reset
    achieved_goal: Tensor  # (N, g) see Task.achieved_goal, of the state reached
    success_extra: Tensor  # (N, e) see Task.success_extra, of the state reached
    reward: Tensor  # (N,)
    terminated: Tensor  # (N,) bool
    truncated: Tensor  # (N,) bool
    success: Tensor  # (N,) bool: the episode ended here with its goal met
    goal_distance: Tensor  # (N,) [m] in the state reached
    reward_terms: Dict[str, Tensor]  # unweighted, (N,) each
