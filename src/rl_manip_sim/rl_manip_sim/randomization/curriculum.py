"""Ranges that widen as success allows."""

from __future__ import annotations

import dataclasses

from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg
from rl_manip_sim.randomization.ranges import RandomizationError, interpolated_range


def interpolated_randomization(
    narrow: RandomizationCfg, wide: RandomizationCfg, share: float
) -> RandomizationCfg:
    """Ranges at ``share`` [0, 1] of the way from ``narrow`` to ``wide``."""
    return RandomizationCfg(
        **{
            item.name: interpolated_range(
                getattr(narrow, item.name), getattr(wide, item.name), share
            )
            for item in dataclasses.fields(RandomizationCfg)
        }
    )


class RandomizationCurriculum:
    """Widens the ranges from the nominal model to ``full``, a step per evaluation that succeeds.

    Args:
      full: the ranges in the end.
      widen_at: evaluated success [1] at which they widen by a step; 0 starts with ``full``.
      step: share of the way that a step goes [1].

    Raises:
      RandomizationError: ``widen_at`` or ``step`` out of its bounds.
    """

    def __init__(self, full: RandomizationCfg, widen_at: float, step: float = 0.2) -> None:
        if not 0.0 <= widen_at <= 1.0:  # written so that a NaN fails it
            raise RandomizationError(f"widen_at is {widen_at}, expected 0 to 1")
        if not 0.0 < step <= 1.0:
            raise RandomizationError(f"step is {step}, expected more than 0 and at most 1")
        self._full, self._widen_at, self._step = full, widen_at, step
        self.share = 1.0 if widen_at == 0.0 else 0.0

    @property
    def is_complete(self) -> bool:
        """Whether the ranges are the full ones."""
        return self.share == 1.0

    @property
    def ranges(self) -> RandomizationCfg:
        """The ranges to train and to evaluate with now."""
        if self.is_complete:
            return self._full
        return interpolated_randomization(PRESETS["none"], self._full, self.share)

    def judge(self, success_rate: float) -> bool:
        """Take the success [1] evaluated with the present ranges; whether they have widened."""
        if self.is_complete or success_rate < self._widen_at:
            return False
        # a step that ends next to 1 by rounding is the last one
        share = self.share + self._step
        self.share = 1.0 if share > 1.0 - 1e-9 else share
        return True
