"""Takes down what people ask for at a page."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from rl_manip_cockpit.state.hold_to_run import HoldToRun


class PressedOrders:
    """See `Orders`: does nothing of it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.goals: list[tuple[np.ndarray, np.ndarray]] = []
        self.beats_that_counted: list[bool] = []
        self._hold = HoldToRun()

    @property
    def is_held(self) -> bool:
        """Whether hold to run counts as pressed."""
        return self._hold.is_held(time.monotonic())

    def stop(self, page: int) -> None:
        self.heard.append("stop")

    def arm(self, page: int) -> None:
        self.heard.append("arm")

    def send_dragged(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        self.goals.append((position, wxyz))

    def send_home(self, page: int) -> None:
        self.heard.append("home")

    def send_random(self, page: int) -> None:
        self.heard.append("random")

    def load_policy(self, page: int, name: str, path: Path) -> None:
        self.heard.append(f"{name} from {path}")

    def hold(self, page: int) -> None:
        self.beats_that_counted.append(self._hold.take(page, time.monotonic()))

    def let_go(self, page: int) -> None:
        self.heard.append("let go")
        self._hold.let_go(page)
