"""Settings of training that suit a task, an algorithm and an arm, to begin from."""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass, replace
from typing import Any, Mapping, Optional, Type

from rl_manip_description import load_arm
from rl_manip_description.registry import Registry, RegistryError
from rl_manip_train.settings.train_cfg import ALGORITHMS, SUITED, TrainCfg, TrainCfgError
from rl_manip_train.tasks import REWARDS, TASKS, task_class

SLOW = 5.0
"""A joint that accelerates by less [rad/s^2] is behind its commands for most of a control step."""
FOR_SLOW_JOINTS: Mapping[str, Any] = {  # SUITED_TO_ARM, and settings of algorithms
    "randomization": "slow_joints",
    "reward": "at_rest",
    "ppo": {"std_decay": 0.01},
}
"""What lets ``reach`` rest at its goals on such an arm: trained without, an FR3's policy met none
of 20 goals behind the guard and an xArm7's 8, with it both met 20."""


def default_cfg(
    task: str = TrainCfg.task,
    algo: str = TrainCfg.algo,
    arm: str = TrainCfg.arm,
    reward: Optional[str] = None,
) -> TrainCfg:
    """What is trained where nothing else is asked for.

    Args:
      task: name of the task; its ``learning`` holds what suits it.
      algo: name of the algorithm; its ``defaults`` hold what it needs, whatever the task.
      arm: name of the arm, or its YAML file; ``FOR_SLOW_JOINTS`` suits some.
      reward: what a step earns, None for what suits; the ``learning`` of a reward set, if it has
        one, goes before the task's.

    Raises:
      UnknownTaskError: no task of that name.
      TrainCfgError: no algorithm or reward of that name.
      RegistryError: the package that offers one of them is broken, or several offer it.
    """
    named = {"task": task, "algo": algo, "arm": arm}
    if reward is not None:
        named["reward"] = reward
    cfg = TrainCfg(**named)  # refuses an unknown algorithm or reward
    algorithm = ALGORITHMS.load(algo)
    if not isinstance(getattr(cfg, algo, None), algorithm.settings):
        cfg = _with_settings(algo, algorithm.settings)(**named)
    if task == "reach" and _is_slow(arm):
        cfg = replace(_changed(cfg, FOR_SLOW_JOINTS), **named)
    cfg = _suited(cfg, TASKS, task, task_class(task))
    if cfg.reward not in REWARDS.also:
        cfg = _suited(cfg, REWARDS, cfg.reward, REWARDS.load(cfg.reward))
    return _changed(cfg, algorithm.defaults)


def _suited(cfg: TrainCfg, registry: Registry, name: str, offered: Any) -> TrainCfg:
    """``cfg`` with the settings that suit a task or a reward set.

    Raises:
      RegistryError: it has others than ``SUITED`` and those of algorithms, or values that cannot
        be.
    """
    suiting = getattr(offered, "learning", {})
    who = f"{registry.what} {name!r} of {registry.find(name).package}"
    if not isinstance(suiting, Mapping):
        raise RegistryError(f"{who} has the settings of learning {suiting!r}, expected a mapping")
    for setting, value in suiting.items():
        if setting not in (*SUITED, *ALGORITHMS):
            raise RegistryError(
                f"{who} has {setting!r} among its settings of learning, expected some of "
                f"{', '.join((*SUITED, *ALGORITHMS))}"
            )
        if isinstance(value, Mapping) != (setting in ALGORITHMS):
            kind = "a mapping" if setting in ALGORITHMS else "a value"
            raise RegistryError(
                f"{who}: among its settings of learning {setting} is {value!r}, expected {kind}"
            )
    try:
        return _changed(cfg, suiting)
    except (TrainCfgError, TypeError) as error:  # the latter for a setting that there is none of
        raise RegistryError(
            f"{who} has settings of learning that cannot be used: {error}"
        ) from error


def _is_slow(arm: str) -> bool:
    """Whether a joint is; not of an arm that cannot be loaded, which whoever trains says."""
    try:
        return bool(load_arm(arm).limits.acceleration.min() < SLOW)
    except ValueError:
        return False


def _with_settings(algo: str, settings: type) -> Type[TrainCfg]:
    """``TrainCfg`` with a field for the settings of another package's algorithm.

    Raises:
      RegistryError: it is called like another setting.
    """
    if algo in [item.name for item in fields(TrainCfg)]:
        raise RegistryError(
            f"algo {algo!r} of {ALGORITHMS.find(algo).package} is called like another setting; "
            "rename it"
        )
    more = (algo, settings, field(default_factory=settings))
    return make_dataclass("TrainCfg", [more], bases=(TrainCfg,), frozen=True)


def _changed(cfg: TrainCfg, changes: Mapping[str, Any]) -> TrainCfg:
    """``cfg`` with other values by field; settings of an algorithm are a mapping by its name.

    Those of an algorithm that ``cfg`` has no field for do not matter.
    """
    has = [item.name for item in fields(cfg)]
    return replace(
        cfg,
        **{
            name: replace(getattr(cfg, name), **value) if isinstance(value, Mapping) else value
            for name, value in changes.items()
            if name in has
        },
    )
