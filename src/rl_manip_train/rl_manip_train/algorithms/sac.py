"""Soft actor-critic (Haarnoja et al., 2018), top to bottom.

With n-step returns, hindsight, and the experience of a guide where there is one.
"""

from __future__ import annotations

import copy
import math
from typing import Any, Dict, Iterator, NamedTuple, Optional

import torch
from torch import Tensor

from rl_manip_train.algorithms.imitation import guided_action
from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.squashed_actor import SquashedActor
from rl_manip_train.algorithms.networks.twin_critic import TwinCritic
from rl_manip_train.algorithms.optimization.descent import Descent
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.sac_equations import (
    follow,
    imitation_loss,
    soft_target,
    temperature_loss,
)
from rl_manip_train.algorithms.storage.experience import Experience
from rl_manip_train.algorithms.storage.hindsight import Hindsight
from rl_manip_train.algorithms.storage.replay import Transition
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step_statistics import StepStatistics
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.settings.train_cfg import SACCfg

SAMPLED_AT_ONCE = 16
"""Minibatches: enough to spare the cost of small operations, few enough to stay in the cache."""


class Minibatch(NamedTuple):
    """What one update learns from."""

    observation: Tensor  # (B, d) normalised features
    action: Tensor  # (B, n)
    n_step_return: Tensor  # (B,)
    bootstrap: Tensor  # (B,)
    final_observation: Tensor  # (B, d) normalised features
    guided: Tensor  # (B,) bool: the action is the guide's


class SAC:
    """Stores what it does and learns from all of it, many times. See ``Learner``.

    Args:
      environment: to learn in.
      cfg: settings.
      seed: of network initialisation, exploration and replay.
      guard: told of what is not finite.
      team: that learns together; each process keeps and draws its share of the replay.
    """

    def __init__(
        self,
        environment: Environment,
        cfg: SACCfg,
        seed: int,
        guard: FiniteGuard,
        team: Team = ALONE,
    ) -> None:
        self.cfg, self._environment, self._guard, self._team = cfg, environment, guard, team
        task, device = environment.task, environment.device
        torch.manual_seed(seed)
        self._generator = torch.Generator(device=device).manual_seed(team.seed(seed))
        width, self._action_width = task.observation_model.width, task.action_width
        self._normalizer = RunningNormalizer(width, clip=5.0).to(device)
        self.actor = SquashedActor(self._normalizer, width, self._action_width, cfg.hidden)
        self.actor.to(device)
        self.critic = TwinCritic(width, self._action_width, cfg.hidden, cfg.layer_norm).to(device)
        self.target_critic = copy.deepcopy(self.critic).requires_grad_(False)
        self.log_alpha = torch.tensor(
            math.log(cfg.initial_temperature), device=device, requires_grad=True
        )
        self._target_entropy = cfg.target_entropy * self._action_width
        how = (cfg.learning_rate, cfg.max_gradient_norm, guard, team)
        self._critic_descent = Descent(self.critic.parameters(), *how)
        self._actor_descent = Descent([*self.actor.parameters(), self.log_alpha], *how)
        # of its own weights, but the learner's normaliser
        self._average = copy.deepcopy(self.actor, {id(self._normalizer): self._normalizer})
        self._average.requires_grad_(False)
        self.policy = self._average.policy
        self.steps_per_iteration = cfg.horizon * environment.num_envs * team.size
        self._batch_size = max(1, cfg.batch_size // team.size)
        self._input_widths = [spec.shape[-1] for spec in task.input_specs]
        self._inputs = self._read_inputs()
        self._hindsight: Optional[Hindsight] = None
        if cfg.hindsight > 0.0 and self._goals_can_change():
            self._hindsight = Hindsight(task, cfg.hindsight, environment.sparse_termination)
        self.phase = "{algo}, with a guide's experience" if cfg.guided_steps else "{algo}"
        self._guided_steps = 0
        if cfg.guided_steps > 0:  # an episode of each arm at least: its end is what counts
            episodes = environment.episode_steps * environment.num_envs * team.size
            self._guided_steps = max(cfg.guided_steps, episodes)
        self._experience = self._no_experience()
        self._steps = 0  # control steps of all arms together
        self._owed = 0.0  # updates that the steps made so far still allow

    def _goals_can_change(self) -> bool:
        """Whether the reward by another goal can be had from what is stored."""
        task, sim = self._environment.task, self._environment.sim
        if self._environment.sparse_termination is not None:
            return True
        achieved, extra = task.achieved_goal(sim), task.success_extra(sim)
        return task.goal_reward(achieved, achieved, extra) is not None

    def _no_experience(self) -> Experience:
        task, sim, num_envs = self._environment.task, self._environment.sim, len(self._inputs)
        figure = self._inputs.new_zeros(num_envs)
        at_once = num_envs * self._team.size
        return Experience(
            max(2, self.cfg.replay_size // at_once),
            math.ceil(self._guided_steps / at_once),
            Transition(
                inputs=self._inputs,
                action=self._inputs.new_zeros(num_envs, self._action_width),
                reward=figure,
                terminated=figure.bool(),
                truncated=figure.bool(),
                final_inputs=self._inputs,
                achieved_goal=task.achieved_goal(sim),
                success_extra=task.success_extra(sim),
            ),
            self._hindsight,
        )

    def _parts(self) -> Dict[str, Any]:
        """What has a state of its own, by its name in checkpoints."""
        return {
            "actor": self.actor,  # with the normaliser
            "average": self._average,
            "critic": self.critic,
            "target_critic": self.target_critic,
            "actor_optimizer": self._actor_descent,
            "critic_optimizer": self._critic_descent,
            "experience": self._experience,
        }

    def state_dict(self) -> Dict:
        """See ``Learner.state_dict``."""
        return {
            **{name: part.state_dict() for name, part in self._parts().items()},
            "log_alpha": self.log_alpha.detach(),
            "generator": self._generator.get_state(),
            "steps": self._steps,
            "owed": self._owed,
        }

    def load_state_dict(self, state: Dict) -> None:
        """See ``Learner.load_state_dict``."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        with torch.no_grad():
            self.log_alpha.copy_(state["log_alpha"])
        self._generator.set_state(state["generator"])
        self._steps, self._owed = state["steps"], state["owed"]
        self._inputs = self._read_inputs()

    def environment_restarted(self) -> None:
        """See ``Learner.environment_restarted``."""
        self._experience.cut()
        self._inputs = self._read_inputs()

    def collect(self) -> Dict[str, float]:
        """See ``Learner.collect``."""
        statistics = StepStatistics()
        for _ in range(self.cfg.horizon):
            guided = self._steps < self._guided_steps
            if guided:
                action = self._guard.finite_action(
                    guided_action(self._environment, self._generator), self._inputs
                )
            else:
                action = self._explore()
            step = self._environment.step(action)
            transition = Transition(
                self._inputs,
                action,
                step.reward,
                step.terminated,
                step.truncated,
                torch.cat(step.final_inputs, dim=1),
                step.achieved_goal,
                step.success_extra,
            )
            kept = self._experience.guides if guided else self._experience.own
            if kept.add(transition):
                self._guard.note("step", transition._asdict())
            self._normalizer.update(self._features(self._inputs), self._team)
            self._inputs = self._read_inputs()
            self._steps += self._environment.num_envs * self._team.size
            statistics.add(step)
        return statistics.metrics()

    @torch.no_grad()
    def _explore(self) -> Tensor:
        """Actions (N, n): at first uniform, then drawn from the policy."""
        if self._steps < self._guided_steps + self.cfg.random_steps:
            shape = (len(self._inputs), self._action_width)
            drawn = torch.rand(shape, generator=self._generator, device=self._inputs.device)
            return 2.0 * drawn - 1.0
        observation = self._normalizer(self._features(self._inputs))
        return self._guard.finite_action(
            self.actor.draw(observation, self._generator).action, observation
        )

    def update(self) -> Dict[str, float]:
        """See ``Learner.update``."""
        metrics: Dict[str, float] = {}
        skipped = self._guard.skipped
        if self._steps > self._guided_steps + self.cfg.random_steps:
            self._owed += self.cfg.update_ratio * self.steps_per_iteration
        while self._owed >= 1.0:
            count = min(int(self._owed), SAMPLED_AT_ONCE)
            self._owed -= count
            for minibatch in self._minibatches(count):
                metrics.update(self._improve(minibatch))
        metrics["losses/skipped"] = float(self._guard.skipped - skipped)
        metrics["charts/temperature"] = self.log_alpha.exp().item()
        metrics["charts/replay"] = float(len(self._experience))
        return metrics

    @torch.no_grad()
    def _minibatches(self, count: int) -> Iterator[Minibatch]:
        """``count`` minibatches; features of all of them are computed together, which is faster."""
        cfg = self.cfg
        batch, guided = self._experience.sample(
            count * self._batch_size, cfg.n_step, cfg.discount, self._generator
        )
        everything = Minibatch(
            self._normalizer(self._features(batch.inputs)),
            batch.action,
            # times 1 - gamma: values are means of rewards to come, of order one at any discount
            (1.0 - cfg.discount) * batch.n_step_return,
            batch.bootstrap,
            self._normalizer(self._features(batch.final_inputs)),
            guided,
        )
        for parts in zip(*(value.tensor_split(count) for value in everything)):
            yield Minibatch(*parts)

    def _improve(self, batch: Minibatch) -> Dict[str, float]:
        """One step of each optimiser, as far as it is admitted; returns losses."""
        alpha = self.log_alpha.detach().exp()
        with torch.no_grad():
            following = self.actor.draw(batch.final_observation, self._generator)
            target = soft_target(
                batch.n_step_return,
                batch.bootstrap,
                self.target_critic(batch.final_observation, following.action),
                -alpha * following.log_prob,
            )
        # sum over the critics of 1/2 mean (Q_i(s, a) - y)^2
        values = self.critic(batch.observation, batch.action)
        critic_loss = 0.5 * (values - target).square().mean(dim=1).sum()
        if self._critic_descent.step(critic_loss, batch._asdict(), "critic") is None:
            return {}

        # mean(alpha log pi(a | s) - min_i Q_i(s, a) + w b |a - a_guide|^2), a drawn from the actor
        self.critic.requires_grad_(False)
        draw = self.actor.draw(batch.observation, self._generator)
        value = self.critic(batch.observation, draw.action).amin(dim=0)
        actor_loss = (alpha * draw.log_prob - value).mean()
        if self._guided_steps:
            better = batch.guided & (values.amin(dim=0) > value)
            apart = imitation_loss(draw.action, batch.action, better)
            actor_loss = actor_loss + self.cfg.guide_weight * apart
        # one optimiser for both: neither loss depends on what the other one changes
        alpha_loss = temperature_loss(self.log_alpha, draw.log_prob, self._target_entropy)
        made = self._actor_descent.step(actor_loss + alpha_loss, batch._asdict(), "actor")
        self.critic.requires_grad_(True)
        if made is None:
            return {}
        follow(self.target_critic, self.critic, self.cfg.target_rate)
        follow(self._average, self.actor, self.cfg.policy_rate)
        return {
            "losses/critic": critic_loss.item(),
            "losses/actor": actor_loss.item(),
            "losses/entropy": -draw.log_prob.mean().item(),
            "losses/value": values.mean().item(),
        }

    def _features(self, inputs: Tensor) -> Tensor:
        """(N, d) of raw inputs side by side (N, w)."""
        return self._environment.task.observation_model(*inputs.split(self._input_widths, dim=1))

    def _read_inputs(self) -> Tensor:
        """The present raw inputs side by side (N, w)."""
        return torch.cat(self._environment.raw_inputs(), dim=1)
