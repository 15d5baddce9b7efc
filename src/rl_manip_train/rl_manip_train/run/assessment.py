"""Evaluations along a training run: the best policy so far, and whether the target holds."""

from __future__ import annotations

import copy
from typing import Any, Dict, Optional, Tuple

import numpy as np
import torch
from torch import nn

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.randomization.curriculum import RandomizationCurriculum
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.environment.task_sim import task_sim
from rl_manip_train.machine.data_parallel import Team
from rl_manip_train.policy.evaluation import Evaluation, acting, evaluate
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import task_class

SEED_APART = 1_000_003
"""Far from the training's own seed, so that no episode has been seen before."""
HELD = 2
"""Evaluations in a row that meet the target before it counts as held."""


class Assessment:
    """Judges deterministic policies; only the leader of a team evaluates, all learn of it.

    Args:
      cfg: of the run.
      arm: which arm.
      backend: simulator backend.
      randomization: all of the ranges that the run is about.
      action_model: what actions mean in the run.
      team: processes that train together.
      shared: the training's own simulator, where there can be no other; policies are judged in it.
        None for simulators of their own, which are used again.
    """

    def __init__(
        self,
        cfg: TrainCfg,
        arm: Arm,
        backend: str,
        randomization: RandomizationCfg,
        action_model: nn.Module,
        team: Team,
        shared: Optional[BatchSim] = None,
    ) -> None:
        self._cfg, self._arm, self._backend = cfg, arm, backend
        self.randomization, self._team = randomization, team
        self._action_model, self._shared = action_model, shared
        self._own: Dict[int, BatchSim] = {}
        self._curriculum = RandomizationCurriculum(randomization, cfg.widen_at)
        self._best: Optional[Dict[str, Any]] = None
        self._best_success = -1.0
        self._best_origin: Optional[Tuple[str, int]] = None
        self._held = 0

    @property
    def ranges(self) -> RandomizationCfg:
        """What physics and signals are to be drawn from at present."""
        return self._curriculum.ranges

    @property
    def target_holds(self) -> bool:
        """Whether the target was met twice in a row, and many fresh episodes do not contradict."""
        return self._held >= HELD

    def judge(
        self, policy: nn.Module, iteration: int, origin: Optional[Tuple[str, int]] = None
    ) -> Dict[str, float]:
        """Evaluate, remember the policy if it is the best so far; returns metrics.

        Args:
          policy: to judge.
          iteration: of the training, for the seed of the episodes.
          origin: what the policy has learned by, and in how many control steps.
        """
        cfg, curriculum = self._cfg, self._curriculum
        result = None
        if self._team.leads:
            seed = cfg.seed + iteration
            result = self._evaluate(policy, cfg.eval_episodes, seed, curriculum.ranges)
        result = self._team.told(result)
        if curriculum.is_complete:
            self._held = self._held + 1 if result.success_rate >= cfg.target_success else 0
            if result.success_rate >= self._best_success:
                self._best_success = result.success_rate
                self._best = copy.deepcopy(policy.state_dict())
                self._best_origin = origin
        else:
            curriculum.judge(result.success_rate)
        metrics = {
            **{f"eval/{name}": float(value) for name, value in result._asdict().items()},
            "charts/randomization": curriculum.share,
        }
        if self._held >= HELD:
            metrics["eval/best_success_rate"] = self._confirm(policy, iteration)
        return metrics

    def _confirm(self, policy: nn.Module, iteration: int) -> float:
        """Judge the best policy over as many episodes as at the end; returns its success [1].

        Of many evaluations with few episodes some are lucky. Where the target is above the 95 %
        interval of the many, it is not held, and the best policy counts with what they say.
        """
        result = None
        if self._team.leads:
            seed = self._cfg.seed + SEED_APART + iteration
            result = self._evaluate(
                self._best_of(copy.deepcopy(policy)),
                self._cfg.final_episodes,
                seed,
                self.randomization,
            )
        result = self._team.told(result)
        if result.success_interval[1] < self._cfg.target_success:
            self._held, self._best_success = 0, result.success_rate
        return float(result.success_rate)

    @property
    def best_origin(self) -> Optional[Tuple[str, int]]:
        """``origin`` of the best policy so far; None where none was judged, or it is not known."""
        return self._best_origin

    def conclude(self, policy: nn.Module) -> Evaluation:
        """Turn the policy into the best one and judge it over fresh episodes."""
        cfg, best = self._cfg, self._best_of(policy)
        return self._evaluate(best, cfg.final_episodes, cfg.seed + SEED_APART, self.randomization)

    def _best_of(self, policy: nn.Module) -> nn.Module:
        if self._best is not None:
            policy.load_state_dict(self._best)
        return policy

    def _evaluate(
        self, policy: nn.Module, episodes: int, seed: int, ranges: RandomizationCfg
    ) -> Evaluation:
        with torch.no_grad():
            return evaluate(
                acting(policy, self._action_model),
                self._arm,
                self._cfg.task,
                self._backend,
                self._cfg.physics_dt,
                ranges,
                episodes,
                seed + SEED_APART,
                self._cfg.num_threads,
                sim=self._simulator(episodes),
            )

    def _simulator(self, episodes: int) -> BatchSim:
        """To judge in: what a simulator costs to make (on a GPU, graphs) is paid once."""
        if self._shared is not None:
            return self._shared
        if episodes not in self._own:
            cfg = self._cfg
            task = task_class(cfg.task)(self._arm, 1, np.random.default_rng(0))
            self._own[episodes] = task_sim(
                task, self._arm, self._backend, episodes, cfg.physics_dt, cfg.num_threads
            )
        return self._own[episodes]

    def state_dict(self) -> Dict[str, Any]:
        """What a checkpoint holds of it."""
        return {
            "randomization_share": self._curriculum.share,
            "best": self._best,
            "best_success": self._best_success,
            "best_origin": None if self._best_origin is None else list(self._best_origin),
            "held": self._held,
        }

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on from a checkpoint, which may hold more than this."""
        self._curriculum.share = state.get("randomization_share", self._curriculum.share)
        self._best, self._best_success = state["best"], state["best_success"]
        self._held = state["held"]
        origin = state.get("best_origin")  # earlier revisions did not keep it
        self._best_origin = None if origin is None else (origin[0], origin[1])
