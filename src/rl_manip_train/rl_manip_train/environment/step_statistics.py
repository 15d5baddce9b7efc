"""Means over the steps of one iteration, for the log."""

from __future__ import annotations

from typing import Dict, List, Optional

import torch
from torch import Tensor

from rl_manip_train.environment.step import Step

ENDED, TERMINATED, SUCCEEDED = "ended", "terminated", "succeeded"
"""Episodes, among the sums; no metrics themselves."""


class StepStatistics:
    """Sums up steps of N environments where their tensors are.

    The host waits for the device only where it is asked for ``metrics``.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._names: List[str] = []
        self._sums: Optional[Tensor] = None

    def add(self, step: Step) -> None:
        """Take in one step."""
        means = {
            "charts/reward": step.reward,
            **{f"reward/{name}": term for name, term in step.reward_terms.items()},
        }
        counts = {
            ENDED: step.terminated | step.truncated,
            TERMINATED: step.terminated,
            SUCCEEDED: step.success,
        }
        row = torch.cat(
            (
                torch.stack(list(means.values())).double().mean(dim=1),
                torch.stack(list(counts.values())).double().sum(dim=1),
            )
        )
        self._steps, self._names = self._steps + 1, [*means, *counts]
        self._sums = row if self._sums is None else self._sums + row

    def metrics(self) -> Dict[str, float]:
        """Means of the reward and its terms, and how the episodes that ended did, if any."""
        if self._sums is None:
            return {}
        sums = dict(zip(self._names, self._sums.tolist()))
        ended, terminated, succeeded = (sums.pop(name) for name in (ENDED, TERMINATED, SUCCEEDED))
        means = {name: total / self._steps for name, total in sums.items()}
        if ended:
            means["charts/success"] = succeeded / ended
            means["charts/terminated"] = terminated / ended
        return means
