"""What can be wrong with the joint states of a driver, to be switched on while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from rl_manip_description.contract.settings import require_all, setting


@dataclass(frozen=True)
class StateFaults:
    """Faults of the simulated driver; parameters of the node have the same names."""

    state_dropout: float = setting(0.0, "Share of joint states that are not sent.", "", 0.0, 1.0)
    state_interval: float = setting(0.0, "Shortest time between two joint states.", "s", 0.0, 1.0)
    state_jitter: float = setting(0.0, "Longest extra wait before one is sent.", "s", 0.0, 1.0)
    nan_states: float = setting(
        0.0, "Share of joint states with a position that is not a number.", "", 0.0, 1.0
    )
    zero_states: float = setting(0.0, "Share of joint states with zeros only.", "", 0.0, 1.0)
    frozen_states: bool = setting(False, "Whether joint states are fresh, but stay the same.")
    clock_offset: float = setting(0.0, "Of the driver's stamps.", "s", -1e9, 1e9)
    speed_scaling: float = setting(100.0, "Of the robot's program.", "%", 0.0, 100.0)

    def __post_init__(self) -> None:
        require_all(self)

    def changed(self, **values: object) -> StateFaults:
        """With some values replaced; SettingError where one is out of its range."""
        return replace(self, **values)

    def is_dropped(self, rng: np.random.Generator, since_last: float = math.inf) -> bool:
        """Whether this joint state is not sent, `since_last` [s] after the last that was."""
        if since_last < self.state_interval:
            return True
        return self.state_dropout > 0.0 and rng.random() < self.state_dropout

    def wait(self, rng: np.random.Generator) -> float:
        """How long this joint state waits [s]."""
        return self.state_jitter * rng.random() if self.state_jitter > 0.0 else 0.0

    def spoil(self, position: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The positions (n,) as they are sent [rad]."""
        if self.zero_states > 0.0 and rng.random() < self.zero_states:
            return np.zeros_like(position)
        if self.nan_states > 0.0 and rng.random() < self.nan_states:
            position = position.copy()
            position[rng.integers(len(position))] = math.nan
        return position


class FrozenReading:
    """The reading from which the states are frozen, for as long as they are."""

    def __init__(self) -> None:
        self._reading: Optional[tuple] = None

    def of(self, reading: tuple, frozen: bool) -> tuple:
        """What is sent in place of a reading."""
        if not frozen:
            self._reading = None
            return reading
        self._reading = self._reading or reading
        return self._reading
