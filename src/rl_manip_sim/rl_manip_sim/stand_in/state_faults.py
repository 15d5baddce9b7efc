"""What can be wrong with the joint states of a driver, to be switched on while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class StateFaults:
    """Faults of the simulated driver; parameters of the node have the same names."""

    state_dropout: float = 0.0  # share of joint states that are not sent [1]
    state_jitter: float = 0.0  # longest extra wait before one is sent [s]
    nan_states: float = 0.0  # share of joint states with a position that is not a number [1]
    clock_offset: float = 0.0  # of the driver's stamps [s]
    speed_scaling: float = 100.0  # of the robot's program [%]

    def __post_init__(self) -> None:
        highest = {"state_dropout": 1.0, "state_jitter": 1.0, "nan_states": 1.0}
        highest.update(clock_offset=math.inf, speed_scaling=100.0)
        for field in fields(self):
            value = getattr(self, field.name)
            lowest = -math.inf if field.name == "clock_offset" else 0.0
            if not (math.isfinite(value) and lowest <= value <= highest[field.name]):
                raise ValueError(
                    f"{field.name} is {value}: give {lowest:g} to {highest[field.name]:g}."
                )

    def changed(self, **values: float) -> StateFaults:
        """With some values replaced; ValueError where one is out of its range."""
        return replace(self, **values)

    def is_dropped(self, rng: np.random.Generator) -> bool:
        """Whether this joint state is not sent."""
        return self.state_dropout > 0.0 and rng.random() < self.state_dropout

    def wait(self, rng: np.random.Generator) -> float:
        """How long this joint state waits [s]."""
        return self.state_jitter * rng.random() if self.state_jitter > 0.0 else 0.0

    def spoil(self, position: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The positions (n,) as they are sent [rad]."""
        if self.nan_states > 0.0 and rng.random() < self.nan_states:
            position = position.copy()
            position[rng.integers(len(position))] = math.nan
        return position
