"""Takes down what people ask for at a policy's page."""

from __future__ import annotations

import numpy as np


class PressedTrial:
    """See `TrialOrders`: does nothing of it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.turned: list[dict[str, float]] = []

    def pause(self, page: int) -> None:
        self.heard.append("pause")

    def restart(self, page: int) -> None:
        self.heard.append("restart")

    def draw_goal(self, page: int) -> None:
        self.heard.append("goal")

    def hold_goal(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        self.heard.append("hold")

    def turn(self, page: int, figures: dict[str, float]) -> None:
        self.turned.append(figures)
