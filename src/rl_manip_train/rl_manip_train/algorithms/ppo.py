"""Proximal policy optimisation (Schulman et al., 2017), read top to bottom."""

from __future__ import annotations

from typing import Dict, Optional

import torch

from rl_manip_train.algorithms.descent import Descent
from rl_manip_train.algorithms.finite_guard import FiniteGuard
from rl_manip_train.algorithms.imitation import Imitation
from rl_manip_train.algorithms.networks.actor_critic import (
    ActorCritic,
    entropy,
    kl_divergence,
    log_probability,
)
from rl_manip_train.algorithms.storage.rollout import Minibatch, Rollout, generalized_advantage
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step_statistics import StepStatistics
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.settings.train_cfg import PPOCfg

GUIDED_LEARNING_RATE = 1e-4
"""First step size after a guided start: the critic knows nothing yet."""


def clipped_surrogate(
    log_prob: torch.Tensor, old_log_prob: torch.Tensor, advantage: torch.Tensor, clip: float
) -> torch.Tensor:
    """Policy loss, -mean(min(rho A, clip(rho, 1 - eps, 1 + eps) A)) with rho = pi / pi_old."""
    ratio = (log_prob - old_log_prob).exp()
    clipped = ratio.clamp(1.0 - clip, 1.0 + clip)
    return -torch.minimum(ratio * advantage, clipped * advantage).mean()


def steered_learning_rate(learning_rate: float, kl: float, cfg: PPOCfg) -> float:
    """The next step size: smaller above twice the target divergence, larger below half of it."""
    if kl > 2.0 * cfg.target_kl:
        return max(learning_rate / 1.5, cfg.min_learning_rate)
    if 0.0 < kl < 0.5 * cfg.target_kl:
        return min(learning_rate * 1.5, cfg.max_learning_rate)
    return learning_rate


class PPO:
    """Collects rollouts from an environment and improves the actor and critic on them.

    See ``Learner``.

    Args:
      environment: to learn in.
      cfg: settings.
      seed: of network initialisation, exploration and minibatch order.
      guard: told of what is not finite.
      team: that learns together.
    """

    def __init__(
        self,
        environment: Environment,
        cfg: PPOCfg,
        seed: int,
        guard: FiniteGuard,
        team: Team = ALONE,
    ) -> None:
        self.cfg, self._environment, self._guard, self._team = cfg, environment, guard, team
        device = environment.device
        torch.manual_seed(seed)
        self._generator = torch.Generator(device=device).manual_seed(team.seed(seed))
        observation_width = environment.task.observation_model.width
        action_width = environment.task.action_width
        self.actor_critic = ActorCritic(
            observation_width, action_width, cfg.hidden, cfg.initial_std
        ).to(device)
        self.policy = self.actor_critic.policy
        self.steps_per_iteration = cfg.horizon * environment.num_envs * team.size
        self.learning_rate = cfg.learning_rate
        self._descent = Descent(
            self.actor_critic.parameters(), cfg.learning_rate, cfg.max_gradient_norm, guard, team
        )
        self._rollout = Rollout(
            cfg.horizon, environment.num_envs, observation_width, action_width, device
        )
        self._observation = environment.observe()
        self._imitation: Optional[Imitation] = None
        if cfg.guided_steps > 0:
            self._imitation = Imitation(
                self.actor_critic,
                environment,
                cfg.horizon,
                cfg.guided_steps,
                self._generator,
                guard,
                team,
            )

    def state_dict(self) -> Dict:
        """See ``Learner.state_dict``."""
        return {
            "actor_critic": self.actor_critic.state_dict(),
            "optimizer": self._descent.state_dict(),
            "learning_rate": self.learning_rate,
            "generator": self._generator.get_state(),
            # not observed anew: features of other batch sizes differ in the last bit
            "observation": self._observation,
        }

    def load_state_dict(self, state: Dict) -> None:
        """See ``Learner.load_state_dict``."""
        self.actor_critic.load_state_dict(state["actor_critic"])
        self._descent.load_state_dict(state["optimizer"])
        self.learning_rate = state["learning_rate"]
        self._generator.set_state(state["generator"])
        self._imitation = None  # what is resumed is past its start, or starts without
        self._observation = state["observation"].clone()

    def environment_restarted(self) -> None:
        """See ``Learner.environment_restarted``."""
        self._observation = self._environment.observe()

    def collect(self) -> Dict[str, float]:
        """Fill the rollout; see ``Learner.collect``."""
        if self._imitation is not None:
            self._observation, metrics = self._imitation.collect(self._observation)
            return metrics
        rollout, statistics = self._rollout, StepStatistics()
        for t in range(rollout.length):
            action, log_prob, mean = self.actor_critic.act(self._observation, self._generator)
            action = self._guard.finite_action(action, self._observation)
            step = self._environment.step(action)
            rollout.observation[t] = self._observation
            rollout.final_observation[t] = step.final_observation
            rollout.action[t], rollout.mean[t], rollout.log_prob[t] = action, mean, log_prob
            rollout.reward[t] = step.reward
            rollout.terminated[t], rollout.truncated[t] = step.terminated, step.truncated
            self._observation = step.observation
            statistics.add(step)
        self._estimate_advantages()
        return statistics.metrics()

    @torch.no_grad()
    def _estimate_advantages(self) -> None:
        rollout, model = self._rollout, self.actor_critic
        value = model.value(rollout.observation.flatten(0, 1)).view_as(rollout.reward)
        # V of the next step's first observation is V(s_{t+1}), except where an episode ended
        next_value = torch.cat((value[1:], model.value(self._observation)[None]))
        ended = rollout.terminated | rollout.truncated
        next_value[ended] = model.value(rollout.final_observation[ended])
        rollout.advantage, rollout.value_target = generalized_advantage(
            rollout.reward,
            value,
            next_value,
            rollout.terminated,
            rollout.truncated,
            self.cfg.discount,
            self.cfg.trace_decay,
        )
        model.value_normalizer.update(rollout.value_target.flatten()[:, None], self._team)

    def update(self) -> Dict[str, float]:
        """Improve actor and critic on the rollout; see ``Learner.update``."""
        cfg = self.cfg
        if self._imitation is not None:
            return self._imitate()
        old_log_std = self.actor_critic.log_std.detach().clone()
        normalizer = self.actor_critic.observation_normalizer
        batches = self._rollout.minibatches(
            cfg.epochs, cfg.minibatches, normalizer, self._generator, self._team
        )
        losses = [self._improve(batch, old_log_std) for batch in batches]
        # only now: the probabilities of the actions taken were computed with the old statistics
        normalizer.update(self._rollout.observation.flatten(0, 1), self._team)
        made = [loss for loss in losses if loss is not None]
        metrics = {name: sum(loss[name] for loss in made) / len(made) for name in (made or [{}])[0]}
        metrics["losses/skipped"] = float(len(losses) - len(made))
        metrics["charts/learning_rate"] = self.learning_rate
        metrics["charts/action_std"] = self.actor_critic.log_std.exp().mean().item()
        return metrics

    def _imitate(self) -> Dict[str, float]:
        """Follow the guide; when that is done, go on in small steps from where it led."""
        metrics = self._imitation.update()
        if self._imitation.is_done:
            self._imitation = None
            self.actor_critic.set_std(self.cfg.guided_std)
            self.learning_rate = GUIDED_LEARNING_RATE
        return metrics

    def _improve(self, batch: Minibatch, old_log_std: torch.Tensor) -> Optional[Dict[str, float]]:
        """One step of the optimiser; None if it had to be skipped."""
        cfg, model = self.cfg, self.actor_critic
        mean, log_std = model.actor(batch.observation), model.log_std
        with torch.no_grad():
            divergence = kl_divergence(batch.mean, old_log_std, mean, log_std).mean()
            self._team.average([divergence])
            kl = float(divergence)
        self.learning_rate = steered_learning_rate(self.learning_rate, kl, cfg)
        self._descent.set_learning_rate(self.learning_rate)

        log_prob = log_probability(batch.action, mean, log_std)
        policy_loss = clipped_surrogate(log_prob, batch.log_prob, batch.advantage, cfg.clip)
        # value loss in the normalised scale: 1/2 (V(s) - target)^2
        value_target = model.value_normalizer(batch.value_target[:, None])
        value = model.critic(batch.observation)
        value_loss = 0.5 * (value - value_target).square().mean()
        bonus = entropy(log_std)
        loss = policy_loss + cfg.value_weight * value_loss - cfg.entropy_weight * bonus

        if self._descent.step(loss, batch._asdict()) is None:
            return None
        return {
            "losses/policy": policy_loss.item(),
            "losses/value": value_loss.item(),
            "losses/entropy": bonus.item(),
            "losses/kl": kl,
        }
