"""Random rows that cost little when many are drawn at once, handed out as they are needed."""

from __future__ import annotations

from typing import Callable, Dict, List

import numpy as np


class DrawnAhead:
    """Hands out rows in the order in which they were drawn.

    Args:
      draw: some rows (any number, width) at each call.
      width: figures of a row.
    """

    def __init__(self, draw: Callable[[], np.ndarray], width: int) -> None:
        self._draw, self._left = draw, np.zeros((0, width))

    def take(self, count: int) -> np.ndarray:
        """The next ``count`` rows (count, width)."""
        while len(self._left) < count:
            self._left = np.concatenate((self._left, self._draw()))
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def state_dict(self) -> Dict[str, List[List[float]]]:
        """Rows that are drawn already; what draws them has a state of its own."""
        return {"left": self._left.tolist()}

    def load_state_dict(self, state: Dict[str, List[List[float]]]) -> None:
        """Go on with the rows in ``state``."""
        self._left = np.array(state["left"], dtype=np.float64).reshape(-1, self._left.shape[1])
