"""Which settings a run that is resumed goes on with that it did not have before."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from rl_manip_train.run.files.run_directory import plain_settings
from rl_manip_train.settings.train_cfg import ALGORITHMS, TrainCfg

FREE = (
    "run_dir",
    "resume",
    "max_env_steps",
    "target_success",
    "eval_interval",
    "eval_episodes",
    "final_episodes",
    "checkpoint_interval",
    "video_every",
    "wandb",
    "num_threads",
    "nproc",
    "action",
)
"""Settings that decide how long, where and how visibly is learned, and nothing of how; and what
actions mean, which a checkpoint says itself, as auto may be the same as another name."""


def settings_to_keep(cfg: TrainCfg) -> Dict[str, Any]:
    """What decides how is learned, by flag, as a checkpoint can hold it."""
    plain = plain_settings(cfg)
    own = {
        name: value
        for name, value in plain.items()
        if name not in FREE and name not in ALGORITHMS and not isinstance(value, dict)
    }
    return {**own, **{f"{cfg.algo}.{name}": value for name, value in plain[cfg.algo].items()}}


def what_differs(former: Mapping[str, Any], cfg: TrainCfg) -> str:
    """A sentence on settings that are other ones now; empty where none is.

    Args:
      former: as ``settings_to_keep`` gave them; one that is missing does not count.
      cfg: of now.
    """
    changes = [
        f"{name} {value}, was {former[name]}"
        for name, value in settings_to_keep(cfg).items()
        if name in former and former[name] != value
    ]
    return f"it goes on with other settings than before: {'; '.join(changes)}" if changes else ""
