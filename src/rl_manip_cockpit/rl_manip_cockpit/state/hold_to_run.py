"""Hold to run from a page: a button whose beats say that a person presses it now."""

from __future__ import annotations

import math
from typing import Dict, NamedTuple

BEATS_PER_S = 20.0
"""How often a page that is pressed says so [1/s]."""
LAPSE = 0.15
"""Without a beat for so long the button counts as released [s]: three beats of four may be lost."""
MOST_BEATS_PER_S = 30.0
"""More are no beats of now: a network held them up and delivers them in one go [1/s]."""


class _Press(NamedTuple):
    begun: float  # [s]
    heard: float  # [s] the last beat
    beats: int
    counted: float  # [s] the last beat that says that the button is pressed


_NEVER = _Press(-math.inf, -math.inf, 0, -math.inf)


class HoldToRun:
    """Whether anybody holds the button down.

    A beat counts only if another came before it in time, and none too many since the press began.
    So what a network held up and delivers seconds after the button was released moves nothing;
    whoever still holds the button then lets go and presses again. All times are the receiver's
    steady clock, in [s].
    """

    def __init__(self) -> None:
        self._pages: Dict[int, _Press] = {}

    def take(self, page: int, now: float) -> bool:
        """Takes a page's beat; whether it counts."""
        press = self._pages.get(page, _NEVER)
        if now - press.heard > LAPSE:
            self._pages[page] = _Press(now, now, 1, -math.inf)
            return False
        beats = press.beats + 1
        counts = beats <= 1.0 + MOST_BEATS_PER_S * (now - press.begun)
        counted = now if counts else press.counted
        self._pages[page] = _Press(press.begun, now, beats, counted)
        return counts

    def let_go(self, page: int) -> None:
        """The button was released there, or the page is gone."""
        self._pages.pop(page, None)

    def is_held(self, now: float) -> bool:
        """Whether a page holds it."""
        return any(now - press.counted <= LAPSE for press in self._pages.values())
