"""Settings of a run that is resumed: those that it had, and which are other ones now."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
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


def going_on(cfg: TrainCfg, former: Mapping[str, Any]) -> TrainCfg:
    """``cfg`` with what a run was started with before, but for where it is.

    Args:
      cfg: what is trained where nothing is known of before.
      former: as the run's folder has it, see ``plain_settings``; what there is no setting for any
        more does not count.

    Raises:
      TrainCfgError: somebody has put values there that cannot be.
    """
    where = ("run_dir", "resume")
    return _filled(cfg, {name: value for name, value in former.items() if name not in where})


def _filled(settings: Any, values: Mapping[str, Any]) -> Any:
    """A dataclass with ``values`` by field; those of a dataclass within are a mapping."""
    changes = {}
    for item in fields(settings):
        if item.name not in values:
            continue
        present, value = getattr(settings, item.name), values[item.name]
        if is_dataclass(present):
            value = _filled(present, value) if isinstance(value, Mapping) else present
        changes[item.name] = tuple(value) if isinstance(present, tuple) else value
    return replace(settings, **changes)


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
