"""Experience of many environments, to learn from more than once."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from rl_manip_train.algorithms.storage.hindsight import Hindsight

OPEN = 2**62
"""``Replay`` step at which an episode ends that has not ended yet."""


class LearnerStateError(ValueError):
    """A checkpoint that a learner cannot go on from; the message says what does not fit."""


class Transition(NamedTuple):
    """One step of N environments, as ``Replay`` stores it."""

    inputs: Tensor  # (N, w) raw inputs side by side
    action: Tensor  # (N, n) normalised
    reward: Tensor  # (N,)
    terminated: Tensor  # (N,) bool
    truncated: Tensor  # (N,) bool
    final_inputs: Tensor  # (N, w) of the state reached, before any reset
    achieved_goal: Tensor  # (N, g) see Task.achieved_goal
    success_extra: Tensor  # (N, e) see Task.success_extra


class Batch(NamedTuple):
    """B starts of up to n steps each."""

    inputs: Tensor  # (B, w)
    action: Tensor  # (B, n)
    n_step_return: Tensor  # (B,) discounted rewards of the steps
    bootstrap: Tensor  # (B,) what the value of final_inputs counts in the target
    final_inputs: Tensor  # (B, w) of the state after the last of the steps


def n_step_return(
    reward: Tensor, terminated: Tensor, ended: Tensor, discount: float
) -> Tuple[Tensor, Tensor, Tensor]:
    """Discounted rewards of up to n steps within one episode.

    R = sum_{i=0}^{k-1} gamma^i r_i, with k the first step after which the episode ended, else n;
    target = R + gamma^k (1 - terminated_{k-1}) V(s_k): a truncated episode is bootstrapped from the
    state that it ended in, a terminated one is not.

    Args:
      reward: (B, n).
      terminated: (B, n) bool.
      ended: (B, n) bool: terminated, truncated, or nothing is known of what follows.
      discount: gamma.

    Returns:
      R (B,), the factor of V(s_k) (B,), and k - 1 (B,) int64.
    """
    n = reward.shape[1]
    going_on = torch.cat((torch.ones_like(ended[:, :1]), ~ended[:, :-1]), dim=1).cumprod(dim=1)
    powers = discount ** torch.arange(n, device=reward.device)
    # where() and not a product: what lies behind the end may be anything
    discounted = torch.where(going_on.bool(), reward * powers, torch.zeros_like(reward))
    last = going_on.sum(dim=1) - 1
    alive = ~terminated.gather(1, last[:, None])[:, 0]
    return discounted.sum(dim=1), discount * powers[last] * alive, last


class Replay:
    """The last steps of N environments, a ring over time; sampled uniformly.

    Args:
      steps: steps of each environment that are kept, >= 2.
      like: a transition that gives number, widths and device.
    """

    def __init__(self, steps: int, like: Transition) -> None:
        self._steps, self._num_envs = steps, len(like.reward)
        device = like.reward.device
        self._stored = Transition(
            *(torch.zeros(steps, *value.shape, dtype=value.dtype, device=device) for value in like)
        )
        # step, counted from the first ever stored, with which each stored step's episode ends
        self._episode_end = torch.full((steps, self._num_envs), OPEN, device=device)
        self._episode_start = torch.zeros(self._num_envs, dtype=torch.int64, device=device)
        self._whole = torch.zeros(steps, self._num_envs, dtype=torch.bool, device=device)
        self._next = 0  # steps ever stored

    def __len__(self) -> int:
        """Transitions that are kept."""
        return min(self._next, self._steps) * self._num_envs

    def add(self, transition: Transition) -> int:
        """Store one step of every environment.

        A step with a value that is not finite is left out: its episode counts as truncated by the
        step before it.

        Returns:
          How many were left out.
        """
        step, slot = self._next, self._next % self._steps
        whole = torch.stack(
            [value.reshape(self._num_envs, -1).isfinite().all(dim=1) for value in transition]
        ).all(dim=0)
        for stored, value in zip(self._stored, transition):
            stored[slot] = value
        self._whole[slot] = whole
        self._episode_end[slot] = OPEN
        self._next += 1
        ended = (transition.terminated | transition.truncated) & whole
        self._close(ended, step)
        if not whole.all() and step:
            self._stored.truncated[(step - 1) % self._steps, ~whole] = True
            self._close(~whole, step - 1)
        self._episode_start[ended | ~whole] = step + 1
        return int((~whole).sum())

    def cut(self) -> None:
        """Count all present episodes as truncated by the newest step."""
        if self._next:
            newest = self._next - 1
            going_on = self._episode_start <= newest
            self._stored.truncated[newest % self._steps, going_on] = True
            self._close(going_on, newest)
            self._episode_start[:] = self._next

    def _close(self, ended: Tensor, last: int) -> None:
        """Note that the present episodes of environments ``ended`` (N,) end with step ``last``."""
        env_ids = torch.nonzero(ended)[:, 0]
        if not len(env_ids):
            return
        start = self._episode_start[env_ids].clamp(min=self._oldest)
        longest = int((last - start).max()) + 1
        steps = start[:, None] + torch.arange(max(longest, 0), device=start.device)
        row, column = torch.nonzero(steps <= last, as_tuple=True)
        self._episode_end[steps[row, column] % self._steps, env_ids[row]] = last

    @property
    def _oldest(self) -> int:
        return max(0, self._next - self._steps)

    def sample(
        self,
        size: int,
        n: int,
        discount: float,
        generator: torch.Generator,
        hindsight: Optional[Hindsight] = None,
    ) -> Batch:
        """Draw ``size`` starts of up to ``n`` steps, uniformly over all that is kept.

        Steps that were left out (see ``add``) are no starts: then there are fewer than ``size``.

        Args:
          size: B.
          n: steps that rewards are summed over.
          discount: gamma.
          generator: draws.
          hindsight: judges some of them by goals that were achieved later; None for none.
        """
        device = generator.device
        newest = self._next - 1
        start = torch.randint(self._oldest, self._next, (size,), generator=generator, device=device)
        env = torch.randint(self._num_envs, (size,), generator=generator, device=device)
        known = self._whole[start % self._steps, env]
        start, env = start[known], env[known]

        stored = self._stored
        steps = start[:, None] + torch.arange(n, device=device)  # (B, n)
        slots, column = steps.clamp(max=newest) % self._steps, env[:, None]
        terminated = stored.terminated[slots, column]
        ended = terminated | stored.truncated[slots, column] | (steps >= newest)
        inputs = stored.inputs[slots[:, 0], env]
        reward = stored.reward[slots, column]
        goal = None
        if hindsight is not None:
            end = self._episode_end[slots[:, 0], env].clamp(max=newest)
            future = hindsight.draw_future(start, end, generator) % self._steps
            goal = hindsight.draw_goals(inputs, stored.achieved_goal[future, env], generator)
            reward = hindsight.reward(
                reward,
                inputs,
                goal,
                stored.achieved_goal[slots, column],
                stored.success_extra[slots, column],
                terminated,
            )
            inputs = hindsight.with_goal(inputs, goal)
        total, bootstrap, last = n_step_return(reward, terminated, ended, discount)
        final_inputs = stored.final_inputs[slots.gather(1, last[:, None])[:, 0], env]
        if hindsight is not None:
            final_inputs = hindsight.with_goal(final_inputs, goal)
        return Batch(inputs, stored.action[slots[:, 0], env], total, bootstrap, final_inputs)

    def state_dict(self) -> Dict:
        """What is kept, for a checkpoint; as large as what is filled."""
        filled = min(self._next, self._steps)
        return {
            "next": self._next,
            "steps": self._steps,
            "stored": [value[:filled].clone() for value in self._stored],
            "episode_end": self._episode_end[:filled].clone(),
            "episode_start": self._episode_start.clone(),
            "whole": self._whole[:filled].clone(),
        }

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``.

        Raises:
          LearnerStateError: it is of another size.
        """
        if state["steps"] != self._steps or len(state["episode_start"]) != self._num_envs:
            raise LearnerStateError(
                f"the checkpoint's replay holds {state['steps']} steps of "
                f"{len(state['episode_start'])} environments, expected {self._steps} of "
                f"{self._num_envs}; give the same num_envs, sac.replay_size and sac.guided_steps "
                "to resume it"
            )
        filled = len(state["whole"])
        for mine, value in zip(self._stored, state["stored"]):
            mine[:filled] = value
        self._episode_end[:filled] = state["episode_end"]
        self._episode_start.copy_(state["episode_start"])
        self._whole[:filled] = state["whole"]
        self._next = state["next"]
