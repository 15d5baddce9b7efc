"""What people at a page may ask for; who carries it out stands elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np


class Orders(Protocol):
    """Each may be called from any thread, and returns at once.

    `page` is the number of the page that asks.
    """

    def stop(self, page: int) -> None:
        """Stop the arm."""

    def arm(self, page: int) -> None:
        """Arm the guard."""

    def send_dragged(self, page: int, position: np.ndarray, wxyz: np.ndarray) -> None:
        """Send the goal that the gizmo stands for, as the browser says it."""

    def send_home(self, page: int) -> None:
        """Send the tool to where it is at home."""

    def send_random(self, page: int) -> None:
        """Send a goal that is drawn."""

    def load_policy(self, page: int, name: str, path: Path) -> None:
        """Have the policy node take another file, by its name for people."""

    def hold(self, page: int) -> None:
        """The hold-to-run button is pressed now: a beat."""

    def let_go(self, page: int) -> None:
        """It is released, or the page is gone."""
