"""A training run as its folder shows it; nothing but files is read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Dict, List, Tuple

from rl_manip_cockpit.state.run_seen import RunSeen
from rl_manip_train.run.files.metrics_file import METRICS, MetricsFile
from rl_manip_train.run.files.run_directory import (
    CONFIG,
    SUMMARY,
    RunDirectoryError,
    read_settings,
)
from rl_manip_train.run.files.run_state import ENDED, FAILED, RUNNING, read_run_state

WAITING, GONE, UNKNOWN = "waiting", "gone", "not known"
FACTS = ("arm", "task", "algo", "num_envs", "max_env_steps", "randomization", "seed")

LONG = 3600.0
"""An age from which on it is told in hours [s]."""


class WatchedRun:
    """Follows a run's folder, which need not exist yet.

    Args:
        path: the folder.

    Raises:
        RunDirectoryError: something else is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        """The folder."""
        if path.exists() and not path.is_dir():
            raise RunDirectoryError(f"{path} is a file; give the folder of a training run")
        if path.is_dir() and any(path.iterdir()) and not self._is_run:
            raise RunDirectoryError(
                f"{path} is no training run's folder, expected {CONFIG} or {METRICS} in it; give "
                "the run_dir of a training, or one that is not there yet"
            )
        self._metrics = MetricsFile(path)

    def look(self) -> RunSeen:
        """The run as it is now."""
        self._metrics.read()
        word, lines = self._state()
        if self._metrics.unreadable:
            lines.append(f"{self._metrics.unreadable} lines of {METRICS} cannot be read")
        return RunSeen(word, lines, self._metrics.rows, self._facts())

    @property
    def _is_run(self) -> bool:
        return (self.path / CONFIG).is_file() or self._has_metrics

    @property
    def _has_metrics(self) -> bool:
        return (self.path / METRICS).is_file()

    def _state(self) -> Tuple[str, List[str]]:
        state = read_run_state(self.path)
        if state is not None and state.is_abandoned:
            return GONE, [
                f"its process is gone without a word: go on with resume:={self.path}",
                self._age(),
            ]
        if state is not None and state.state == FAILED:
            return FAILED, [state.why]
        summary = _read_json(self.path / SUMMARY)
        if state is None:
            if not self._is_run:
                return WAITING, [f"until a training writes to {self.path}"]
            if not summary:
                return UNKNOWN, ["the run's trainer did not say whether it goes on", self._age()]
        elif state.state == RUNNING:
            return RUNNING, [self._age()]
        return ENDED, [_result(summary)]

    def _age(self) -> str:
        """Of the newest figures."""
        try:
            age = time.time() - self._metrics.path.stat().st_mtime
        except OSError:
            return "no figures yet"
        if age >= LONG:
            return f"last figures {age / 3600.0:.1f} h ago"
        return f"last figures {max(age, 0.0):.0f} s ago"

    def _facts(self) -> Dict[str, str]:
        try:
            settings = read_settings(self.path)
        except (OSError, RunDirectoryError):
            return {}
        return {name: str(settings[name]) for name in FACTS if name in settings}


def _read_json(path: Path) -> Dict[str, Any]:
    """Empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _result(summary: Dict[str, Any]) -> str:
    try:
        return (
            f"{summary['success_rate']:.1%} of {summary['episodes']:,} episodes met after "
            f"{summary['env_steps']:,} steps in {summary['wall_s']:.0f} s"
        )
    except (KeyError, TypeError, ValueError):
        return "it left no summary"
