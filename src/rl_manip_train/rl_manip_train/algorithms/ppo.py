"""Proximal policy optimisation (Schulman et al., 2017), read top to bottom."""

from __future__ import annotations

from typing import Dict, Optional

import torch

from rl_manip_train.algorithms.collection import Collection
from rl_manip_train.algorithms.imitation import Imitation, imitation_in
from rl_manip_train.algorithms.networks.actor_critic import (
    ActorCritic,
    entropy,
    kl_divergence,
    log_probability,
)
from rl_manip_train.algorithms.networks.memory_actor import MemoryKind
from rl_manip_train.algorithms.optimization.descent import Descent
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.optimization.step_losses import furthest, mean_losses
from rl_manip_train.algorithms.optimization.trust_region import (
    NearbyWeights,
    bounds_by_now,
    is_too_far,
    steered_learning_rate,
)
from rl_manip_train.algorithms.storage.rollout import Minibatch, Rollout, generalized_advantage
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.settings.ppo_cfg import GRU, PPOCfg

UNGUIDED, IMITATION, GUIDED = "{algo}", "imitation", "imitation, then {algo}"
"""What the actor has learned by so far; see ``Learner.phase``."""


def clipped_surrogate(
    log_prob: torch.Tensor, old_log_prob: torch.Tensor, advantage: torch.Tensor, clip: float
) -> torch.Tensor:
    """Policy loss, -mean(min(rho A, clip(rho, 1 - eps, 1 + eps) A)) with rho = pi / pi_old."""
    ratio = (log_prob - old_log_prob).exp()
    clipped = ratio.clamp(1.0 - clip, 1.0 + clip)
    return -torch.minimum(ratio * advantage, clipped * advantage).mean()


def memory_kind(cfg: PPOCfg) -> MemoryKind:
    """What the actor remembers."""
    return MemoryKind(cfg.history, cfg.memory_width if cfg.memory == GRU else 0)


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
        privileged_width = environment.privileged().shape[1]
        memory = memory_kind(cfg)
        self._sequences = memory.gru_width > 0  # minibatches of whole ones
        self.actor_critic = ActorCritic(
            observation_width, action_width, cfg.hidden, cfg.initial_std, memory, privileged_width
        ).to(device)
        self.policy = self.actor_critic.policy
        self.steps_per_iteration = cfg.horizon * environment.num_envs * team.size
        self.learning_rate = cfg.learning_rate
        self._descent = Descent(
            self.actor_critic.parameters(), cfg.learning_rate, cfg.max_gradient_norm, guard, team
        )
        self._rollout = Rollout(
            cfg.horizon,
            environment.num_envs,
            observation_width,
            action_width,
            device,
            self.actor_critic.memory_width,
            privileged_width,
        )
        self._collection = Collection(environment, self.actor_critic, self._generator, guard)
        self._actor_rests = False  # for what is left of the present update
        self._near = NearbyWeights(self.actor_critic.acting_parameters())
        self._env_steps = 0  # that it has learned from, of the whole team
        self.phase = IMITATION if cfg.guided_steps > 0 else UNGUIDED
        self._imitation = self._new_imitation() if cfg.guided_steps > 0 else None
        self._warmup = cfg.guided_warmup if cfg.guided_steps > 0 else 0  # iterations to come

    def _new_imitation(self) -> Imitation:
        return Imitation(
            self.actor_critic,
            self._environment,
            self.cfg.horizon,
            self.cfg.guided_steps,
            self._generator,
            self._guard,
            self._team,
        )

    def state_dict(self) -> Dict:
        """See ``Learner.state_dict``."""
        return {
            "actor_critic": self.actor_critic.state_dict(),
            "optimizer": self._descent.state_dict(),
            "learning_rate": self.learning_rate,
            "generator": self._generator.get_state(),
            "env_steps": self._env_steps,
            **self._collection.state_dict(),
            "phase": self.phase,
            "imitation": None if self._imitation is None else self._imitation.state_dict(),
            "warmup": self._warmup,
        }

    def load_state_dict(self, state: Dict) -> None:
        """See ``Learner.load_state_dict``."""
        imitation = imitation_in(state, wanted=self._imitation is not None)
        self._collection.load_state_dict(state)
        self.actor_critic.load_state_dict(state["actor_critic"])
        self.actor_critic.keep_std_in_bounds()
        self._descent.load_state_dict(state["optimizer"])
        self.learning_rate = state["learning_rate"]
        self._generator.set_state(state["generator"])
        self._env_steps = state.get("env_steps", 0)  # older checkpoints: nothing settled then
        if imitation is None:
            self._imitation = None  # what is resumed is past its start, or began without
        else:
            self._imitation.load_state_dict(imitation)
        self.phase = state.get("phase", GUIDED if self.cfg.guided_steps else UNGUIDED)
        self._warmup = state.get("warmup", 0 if state["optimizer"]["state"] else self._warmup)

    def environment_restarted(self) -> None:
        """See ``Learner.environment_restarted``."""
        self._collection.begin_anew()

    def collect(self) -> Dict[str, float]:
        """Fill the rollout; see ``Learner.collect``."""
        collection = self._collection
        if self._imitation is not None:
            return self._imitation.collect(collection)
        metrics = collection.fill(self._rollout, asks_guide=self._follows_guide)
        self._estimate_advantages()
        return metrics

    @property
    def _follows_guide(self) -> bool:
        """Whether the actor goes on to imitate the guide while it is reinforced."""
        return self.phase != UNGUIDED and not self._warmup and self.cfg.guide_weight > 0.0

    @torch.no_grad()
    def _estimate_advantages(self) -> None:
        rollout, model = self._rollout, self.actor_critic
        if model.privileged_normalizer is not None:  # the actor does not depend on it
            model.privileged_normalizer.update(rollout.privileged.flatten(0, 1), self._team)
        states = (rollout.observation.flatten(0, 1), rollout.privileged.flatten(0, 1))
        value = model.value(*states).view_as(rollout.reward)
        # V of the next step's first observation is V(s_{t+1}), except where an episode ended
        now = self._collection
        next_value = torch.cat((value[1:], model.value(now.observation, now.privileged)[None]))
        ended = rollout.terminated | rollout.truncated
        next_value[ended] = model.value(
            rollout.final_observation[ended], rollout.final_privileged[ended]
        )
        rollout.advantage, rollout.value_target = generalized_advantage(
            rollout.reward,
            value,
            next_value,
            rollout.terminated,
            rollout.truncated,
            self.cfg.discount,
            # rewards reach a critic that knows nothing as early as they can
            1.0 if self._warmup else self.cfg.trace_decay,
        )
        if self._warmup:
            model.value_normalizer.restart()  # the targets before were of a critic that knew less
        model.value_normalizer.update(rollout.value_target.flatten()[:, None], self._team)

    def update(self) -> Dict[str, float]:
        """Improve actor and critic on the rollout; see ``Learner.update``."""
        metrics = self._reinforce() if self._imitation is None else self._imitate()
        self._env_steps += self.steps_per_iteration
        return metrics

    def _reinforce(self) -> Dict[str, float]:
        """Improve by what the rollout earned."""
        cfg = self.cfg
        old_log_std = self.actor_critic.log_std.detach().clone()
        normalizer = self.actor_critic.observation_normalizer
        batches = self._rollout.minibatches(
            cfg.epochs, cfg.minibatches, normalizer, self._generator, self._team, self._sequences
        )
        if self._warmup:
            losses = [self._warm_up(batch) for batch in batches]
        else:
            self._actor_rests = False
            bounds = bounds_by_now(cfg, self.phase != UNGUIDED, self._env_steps)
            losses = [self._improve(batch, old_log_std, bounds) for batch in batches]
            if self.phase == UNGUIDED:
                # only now: the actions' probabilities were computed with the old statistics
                normalizer.update(self._rollout.observation.flatten(0, 1), self._team)
            else:  # new statistics would change what was imitated, and no divergence tells
                self.learning_rate = steered_learning_rate(
                    self.learning_rate, furthest(losses), bounds
                )
            self.phase = UNGUIDED if self.phase == UNGUIDED else GUIDED
            if cfg.std_decay:
                self.actor_critic.lower_std(old_log_std, cfg.std_decay)
        metrics = mean_losses(losses)
        metrics["charts/learning_rate"] = self.learning_rate
        metrics["charts/action_std"] = self.actor_critic.log_std.exp().mean().item()
        if self._warmup:
            self._end_warmup_iteration()
        return metrics

    def _imitate(self) -> Dict[str, float]:
        """Follow the guide; when that is done, go on from where it led."""
        metrics = self._imitation.update()
        if self._imitation.is_done:
            self._imitation = None
            self.actor_critic.set_std(self.cfg.guided_std)
            if not self._warmup:
                self.learning_rate = self.cfg.guided_learning_rate
        return metrics

    def _end_warmup_iteration(self) -> None:
        """Count it; after the last one the actor learns, too, in small steps."""
        self._warmup -= 1
        if not self._warmup:
            self.learning_rate = self.cfg.guided_learning_rate

    def _warm_up(self, batch: Minibatch) -> Optional[Dict[str, float]]:
        """One step of the critic alone; None if it had to be skipped."""
        self._descent.set_learning_rate(self.learning_rate)
        value_loss = self._value_loss(batch)
        if self._descent.step(self.cfg.value_weight * value_loss, batch._asdict()) is None:
            return None
        return {"losses/value": value_loss.item()}

    def _value_loss(self, batch: Minibatch) -> torch.Tensor:
        """1/2 (V(s) - target)^2, in the normalised scale."""
        model = self.actor_critic
        value_target = model.value_normalizer(batch.value_target[:, None])
        seen = model.seen_by_critic(batch.observation, batch.privileged)
        return 0.5 * (model.critic(seen) - value_target).square().mean()

    def _improve(
        self, batch: Minibatch, old_log_std: torch.Tensor, cfg: PPOCfg
    ) -> Optional[Dict[str, float]]:
        """One step of the optimiser, in the bounds of ``cfg``; None if it had to be skipped."""
        model = self.actor_critic
        rows = (batch.observation, batch.memory, batch.begins)
        mean, log_std = model.mean_again(*rows, length=self._rollout.length), model.log_std
        with torch.no_grad():
            divergence = kl_divergence(batch.mean, old_log_std, mean, log_std).mean()
            self._team.average([divergence])
            kl = float(divergence)
        if self.phase == UNGUIDED:
            self.learning_rate = steered_learning_rate(self.learning_rate, kl, cfg)
        elif not self._actor_rests:
            self._actor_rests = is_too_far(kl, cfg)
            self._near.keep(self._actor_rests)
        self._descent.set_learning_rate(self.learning_rate)

        log_prob = log_probability(batch.action, mean, log_std)
        policy_loss = clipped_surrogate(log_prob, batch.log_prob, batch.advantage, cfg.clip)
        value_loss = self._value_loss(batch)
        bonus = entropy(log_std)
        loss = cfg.value_weight * value_loss
        if not self._actor_rests:  # parameters without a gradient stay as they are
            loss = policy_loss + loss - cfg.entropy_weight * bonus
            if self._follows_guide:
                loss = loss + cfg.guide_weight * (mean - batch.guide).square().mean()

        if self._descent.step(loss, batch._asdict()) is None:
            return None
        model.keep_std_in_bounds()
        return {
            "losses/policy": policy_loss.item(),
            "losses/value": value_loss.item(),
            "losses/entropy": bonus.item(),
            "losses/kl": kl,
        }
