"""Learning curves of runs: what each of them reached, when, and how seeds of one setting spread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from rl_manip_train.run.files.metrics_file import METRICS, MetricsFile
from rl_manip_train.run.files.run_directory import CONFIG, read_settings

NO_SETTING = ("seed", "run_dir", "resume")
"""Fields of the configuration in which runs of one setting differ."""
FIGURES = ("env_steps", "charts/wall_s", "eval/success_rate")
"""What is read of an evaluation, see ``Run``."""
RESAMPLES = 2000
"""Draws of the bootstrap: enough for the ends of a 95 % interval."""


class LearningCurveError(ValueError):
    """A folder without a learning curve; the message says what is missing."""


@dataclass(frozen=True)
class Run:
    """What one run's evaluations found."""

    path: Path
    config: Dict[str, Any]  # flat: settings of an algorithm as "ppo.horizon"
    env_steps: np.ndarray  # (k,) control steps before each evaluation
    wall_s: np.ndarray  # (k,) [s]
    success: np.ndarray  # (k,) [1]

    def reached(self, target: float) -> Optional[Tuple[float, float]]:
        """Control steps and time [s] before the first evaluation of at least ``target``."""
        (found,) = np.nonzero(self.success >= target)
        return (self.env_steps[found[0]], self.wall_s[found[0]]) if len(found) else None


class Group(NamedTuple):
    """Runs that differ in nothing but their seed."""

    label: str  # the settings in which it differs from the other groups
    runs: List[Run]


class Curve(NamedTuple):
    """Mean success over a group's runs."""

    at: np.ndarray  # (m,) control steps, or time [s]
    mean: np.ndarray  # (m,)
    low: np.ndarray  # (m,) ends of the 95 % bootstrap interval of the mean
    high: np.ndarray  # (m,)


def read_run(path: Path) -> Run:
    """The run in the folder ``path``.

    Raises:
      LearningCurveError: no run, or none that was evaluated yet.
      RunDirectoryError: its settings are not as a training wrote them.
    """
    path = Path(path)
    if not (path / CONFIG).is_file() or not (path / METRICS).is_file():
        raise LearningCurveError(
            f"{path} is not a run's folder, expected {CONFIG} and {METRICS} in it"
        )
    metrics = MetricsFile(path)
    metrics.read()
    rows = [row for row in metrics.rows if all(row.get(name) is not None for name in FIGURES)]
    if not rows:
        raise LearningCurveError(
            f"{path} holds no evaluation yet; wait for eval_interval control steps"
        )
    columns = (np.array([row[name] for row in rows], dtype=float) for name in FIGURES)
    return Run(path, _flat(read_settings(path)), *columns)


def grouped(runs: Sequence[Run]) -> List[Group]:
    """Runs by setting, in the order of the first of each."""
    settings = [
        {name: value for name, value in run.config.items() if name not in NO_SETTING}
        for run in runs
    ]
    names = sorted({name for setting in settings for name in setting})
    differing = [
        name for name in names if any(one.get(name) != settings[0].get(name) for one in settings)
    ]
    groups: Dict[str, List[Run]] = {}
    for run, setting in zip(runs, settings):
        label = ", ".join(f"{name} {setting.get(name)}" for name in differing)
        groups.setdefault(label or f"{setting.get('task')}, {setting.get('algo')}", []).append(run)
    return [Group(label, members) for label, members in groups.items()]


def mean_curve(runs: Sequence[Run], over: str, points: int = 200) -> Curve:
    """Mean success of ``runs`` and the interval that seeds leave for it.

    A run that has ended, because it met its target or spent its budget, counts on with what it had
    reached; before its first evaluation a run counts as having reached nothing.

    Args:
      runs: of one setting.
      over: "env_steps" or "wall_s".
      points: m, of the curve.
    """
    ends = [getattr(run, over)[-1] for run in runs]
    at = np.linspace(0.0, max(ends), points)
    success = np.stack(
        [
            np.interp(at, np.append(0.0, getattr(run, over)), np.append(0.0, run.success))
            for run in runs
        ]
    )
    drawn = np.random.default_rng(0).integers(0, len(runs), (RESAMPLES, len(runs)))
    means = success[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return Curve(at, success.mean(axis=0), low, high)


def _flat(config: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    flat: Dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat
