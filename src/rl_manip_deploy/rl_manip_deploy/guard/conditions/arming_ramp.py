"""How full speed comes back after arming."""

from __future__ import annotations

from typing import Optional

import numpy as np


class ArmingRamp:
    """Share of full speed that rises from zero once motion is asked for.

    Args:
        duration: until it is full speed [s].
    """

    def __init__(self, duration: float) -> None:
        self._duration = duration
        self._since: Optional[float] = None

    def restart(self) -> None:
        """From zero again, with the next motion that is asked for."""
        self._since = None

    def share(self, request: np.ndarray, now: float) -> float:
        """Share of full speed [1] for a request (n,) [rad/s]."""
        if self._since is None and np.any(request):
            self._since = now
        return 1.0 if self._since is None else min((now - self._since) / self._duration, 1.0)
