"""Settings of training that suit a task and an algorithm, to begin from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping

from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import task_class

ALGORITHM_DEFAULTS: Dict[str, Dict[str, Any]] = {
    "ppo": {},
    # few arms and many updates: a tenth of the control steps, each of which costs more
    "sac": {
        "num_envs": 64,
        "max_env_steps": 300_000,
        "eval_interval": 20_000,
        "checkpoint_interval": 50_000,
    },
}
"""What an algorithm needs besides its own settings, whatever the task."""


def default_cfg(task: str = TrainCfg.task, algo: str = TrainCfg.algo) -> TrainCfg:
    """What is trained where nothing else is asked for.

    Args:
      task: name of the task; its ``learning`` holds what suits it.
      algo: name of the algorithm.

    Raises:
      UnknownTaskError: no task of that name.
      TrainCfgError: no algorithm of that name.
    """
    cfg = TrainCfg(task=task, algo=algo)
    return _changed(_changed(cfg, task_class(task).learning), ALGORITHM_DEFAULTS[algo])


def _changed(cfg: TrainCfg, changes: Mapping[str, Any]) -> TrainCfg:
    """``cfg`` with other values by field; settings of an algorithm are a mapping by its name."""
    return replace(
        cfg,
        **{
            name: replace(getattr(cfg, name), **value) if isinstance(value, Mapping) else value
            for name, value in changes.items()
        },
    )
