"""A start for learners: the actor imitates a task's guide in the states that it gets into."""

from __future__ import annotations

from typing import Dict, Optional

import torch
from torch import Tensor

from rl_manip_train.algorithms.collection import Collection
from rl_manip_train.algorithms.demonstrations import Demonstrations
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.optimization.descent import Descent
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.storage.replay import LearnerStateError
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import Team

NOISE = 0.15
"""Standard deviation of what is added to the actions taken, so that mistakes are seen corrected."""
BATCHES, BATCH_SIZE = 40, 4096
"""Steps of the optimiser per iteration, and transitions of each, the whole team's."""
LEARNING_RATE, LAST_SHARE = 1e-3, 0.05
"""Step size of Adam, and the share of it to which it falls over the second half of the steps: at
its full size, success goes up and down by some percent from one iteration to the next."""
MAX_GRADIENT_NORM = 10.0
"""Gradients are scaled down to this norm."""

FORMER_LEARNING_RATE_AFTER = 1e-4
"""Step size that the end of a guided phase left in checkpoints which do not name their phase."""


def disturbed(action: Tensor, generator: torch.Generator) -> Tensor:
    """``action`` (N, n) with noise."""
    noise = torch.randn(action.shape, generator=generator, device=action.device)
    return action + NOISE * noise


def guided_action(environment: Environment, generator: torch.Generator) -> Tensor:
    """What the guide does (N, n), with noise, in [-1, 1]."""
    wanted = environment.task.guide(environment.sim)
    return disturbed(wanted, generator).clamp(-1.0, 1.0)


class Imitation:
    """Dataset aggregation (DAgger; Ross, Gordon and Bagnell, 2011).

    Guide and actor share the environments, the guide's share falling from all to none; what the
    guide would do is noted in every state, whoever acts, and the actor is fitted to all of it.

    Args:
      actor_critic: whose actor and normaliser learn.
      environment: of a task that has a guide.
      horizon: steps of each environment per iteration.
      steps: control steps of all arms together after which it is done.
      generator: of who acts, noise and batches.
      guard: told of what is not finite.
      team: that learns together.
    """

    def __init__(
        self,
        actor_critic: ActorCritic,
        environment: Environment,
        horizon: int,
        steps: int,
        generator: torch.Generator,
        guard: FiniteGuard,
        team: Team,
    ) -> None:
        self._actor_critic, self._environment, self._guard = actor_critic, environment, guard
        self._horizon, self._steps, self._generator = horizon, steps, generator
        self._team = team
        self._descent = Descent(
            actor_critic.actor.parameters(), LEARNING_RATE, MAX_GRADIENT_NORM, guard, team
        )
        self._shown = Demonstrations(actor_critic, environment.num_envs, horizon)
        self.made = 0
        """Control steps so far."""

    @property
    def is_done(self) -> bool:
        """Whether the actor has had its start."""
        return self.made >= self._steps

    def state_dict(self) -> Dict:
        """All that was seen and wanted so far, and how the fit goes on; the networks aside."""
        return {
            **self._shown.state_dict(),
            "made": self.made,
            "optimizer": self._descent.state_dict(),
        }

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``."""
        self._shown.load_state_dict(state)
        self.made = state["made"]
        self._descent.load_state_dict(state["optimizer"])

    def collect(self, collection: Collection) -> Dict[str, float]:
        """Act for ``horizon`` steps from where the collection stands; returns means."""
        environment, generator = self._environment, self._generator
        share = 1.0 - self.made / self._steps
        drawn = torch.rand(environment.num_envs, 1, generator=generator, device=generator.device)
        guided = drawn < share
        rewards, ended, met = 0.0, 0, 0
        for _ in range(self._horizon):
            observation = collection.observation
            wanted = environment.task.guide(environment.sim)
            own, trace = self._actor_critic.most_likely(observation, collection.memory)
            action = disturbed(torch.where(guided, wanted, own), generator)
            action = self._guard.finite_action(action, observation)
            self._shown.add(observation, wanted, action, collection.begins)
            step = environment.step(action)
            collection.go_on(step, trace, action)
            rewards += float(step.reward.mean()) / self._horizon
            ended += int((step.terminated | step.truncated).sum())
            met += int(step.success.sum())
        self.made += self._horizon * environment.num_envs * self._team.size
        metrics = {"charts/reward": rewards, "charts/guided_share": share}
        if ended:
            metrics["charts/success"] = met / ended
        return metrics

    def update(self) -> Dict[str, float]:
        """Fit the actor to all that was seen so far; returns the mean loss.

        Raises:
          DivergedError: nothing finite can be computed any more.
        """
        model = self._actor_critic
        newest = self._shown.newest(self._horizon * self._environment.num_envs)
        model.observation_normalizer.update(newest, self._team)
        size = max(1, BATCH_SIZE // self._team.size)
        before = self.made - len(newest) * self._team.size
        left = max(2.0 * (1.0 - before / self._steps), LAST_SHARE)
        self._descent.set_learning_rate(LEARNING_RATE * min(left, 1.0))
        losses = []
        for shown in self._shown.draws(BATCHES, size, self._generator):
            rows = (shown.observation, shown.memory, shown.begins)
            mean = model.mean_again(*rows, length=self._horizon)
            loss = (mean - shown.wanted).square().mean()
            losses.append(self._descent.step(loss, shown._asdict()))
        made = [loss for loss in losses if loss is not None]
        metrics = {"losses/skipped": float(BATCHES - len(made))}
        if made:
            metrics["losses/imitation"] = sum(made) / len(made)
        return metrics


def imitation_in(state: Dict, wanted: bool) -> Optional[Dict]:
    """What PPO's part of a checkpoint holds of its imitation; None where that is not going on.

    Args:
      state: the checkpoint's.
      wanted: whether what is to be resumed imitates a guide at first.

    Raises:
      LearnerStateError: it is needed and not there, or is there and not wanted.
    """
    if "imitation" not in state and _is_from_guided_phase(state):
        raise LearnerStateError(
            "the checkpoint is from the guided phase and does not hold what the guide did, which "
            "earlier revisions of rl_manip did not keep; train anew, or resume from a checkpoint "
            "after that phase"
        )
    imitation = state.get("imitation")
    if imitation is not None and not wanted:
        raise LearnerStateError(
            "the checkpoint is from the guided phase; give the ppo.guided_steps that it was "
            "trained with to resume it"
        )
    return imitation


def _is_from_guided_phase(former: Dict) -> bool:
    """Whether a checkpoint that does not name its phase is from a guided one.

    Reinforcement has made no step there yet, nor has the end of the phase set the step size.
    """
    begun = former["optimizer"]["state"] or former["learning_rate"] == FORMER_LEARNING_RATE_AFTER
    return not begun
