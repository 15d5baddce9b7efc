"""A policy that takes over under an armed guard begins gently: its first second is blended in."""

from __future__ import annotations

from typing import Optional

RISE = 1.0  # [s], as long as the guard takes after arming


class BlendIn:
    """Share of a policy's velocities that is asked for: from nothing to all within `RISE`.

    After arming the guard itself lets speeds rise; this is for another policy that begins while the
    guard has been armed for long.
    """

    def __init__(self) -> None:
        self._since: Optional[float] = None

    def share(self, now: float) -> float:
        """Share [1] at a time [s]; the rise begins when it is asked for first."""
        if self._since is None:
            self._since = now
        return min((now - self._since) / RISE, 1.0)
