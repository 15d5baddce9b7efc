"""Means over the steps of one iteration, for the log."""

from __future__ import annotations

from collections import defaultdict
from typing import DefaultDict, Dict

from rl_manip_train.environment.environment import Step


class StepStatistics:
    """Sums up steps of N environments."""

    def __init__(self) -> None:
        self._steps = 0
        self._sums: DefaultDict[str, float] = defaultdict(float)
        self._ended = self._succeeded = self._terminated = 0

    def add(self, step: Step) -> None:
        """Take in one step."""
        self._steps += 1
        self._sums["charts/reward"] += float(step.reward.mean())
        for name, term in step.reward_terms.items():
            self._sums[f"reward/{name}"] += float(term.mean())
        self._ended += int((step.terminated | step.truncated).sum())
        self._terminated += int(step.terminated.sum())
        self._succeeded += int(step.success.sum())

    def metrics(self) -> Dict[str, float]:
        """Means of the reward and its terms, and how the episodes that ended did, if any."""
        means = {name: total / self._steps for name, total in self._sums.items()}
        if self._ended:
            means["charts/success"] = self._succeeded / self._ended
            means["charts/terminated"] = self._terminated / self._ended
        return means
