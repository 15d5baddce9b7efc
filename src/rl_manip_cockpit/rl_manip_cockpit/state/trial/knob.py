"""What a slider stands for: one figure of the simulation that a policy runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

STEPS = 100
"""Positions of a slider."""


@dataclass(frozen=True)
class Knob:
    """All figures in the unit that is shown."""

    name: str
    """Of the setting in the randomisation ranges."""
    unit: str
    """Shown; empty for a ratio."""
    scale: float
    """Shown figure over the setting's own."""
    low: float
    high: float
    nominal: float
    """Of the model that is not randomised."""
    trained: Optional[Tuple[float, float]] = None
    """Range that the policy was trained with; None where its file does not say."""
    is_main: bool = True
    """Whether it is at hand, or among the further ones."""

    @property
    def step(self) -> float:
        """Between two positions of the slider."""
        return (self.high - self.low) / STEPS

    @property
    def label(self) -> str:
        """Its name in words, with the unit."""
        words = self.name.replace("_", " ")
        return f"{words} [{self.unit}]" if self.unit else words

    def within(self, value: float) -> float:
        """The nearest figure that the slider has."""
        return min(max(value, self.low), self.high)

    def is_trained(self, value: float) -> bool:
        """Whether training has seen this; True where nobody knows."""
        if self.trained is None:
            return True
        slack = 1e-6 * (self.high - self.low)
        return self.trained[0] - slack <= value <= self.trained[1] + slack
