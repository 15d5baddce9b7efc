"""What people at a policy's page may ask for; who carries it out stands elsewhere."""

from __future__ import annotations

from typing import Dict, Protocol

import numpy as np


class TrialOrders(Protocol):
    """Each may be called from any thread, and returns at once.

    `page` is the number of the page that asks.
    """

    def pause(self, page: int) -> None:
        """Stop the time, or let it go on."""

    def restart(self, page: int) -> None:
        """Begin in another start pose, with another object where the task has one."""

    def draw_goal(self, page: int) -> None:
        """Another goal at random now, and again whenever one's time is up."""

    def hold_goal(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        """The goal is where the gizmo is, as the browser says it, until it is dragged on."""

    def turn(self, page: int, figures: Dict[str, float]) -> None:
        """Sliders, by name, say this."""
