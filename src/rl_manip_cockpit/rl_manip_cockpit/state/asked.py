"""What pages ask for in threads of their own, carried out in one."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import Callable

Act = Callable[[], None]


class Asked:
    """Acts in the order in which they were asked for."""

    def __init__(self) -> None:
        self._acts: SimpleQueue[Act] = SimpleQueue()

    def put(self, act: Act) -> None:
        """Asks for an act; from any thread."""
        self._acts.put(act)

    def carry_out(self) -> None:
        """Does what was asked for since the last call."""
        while True:
            try:
                act = self._acts.get_nowait()
            except Empty:
                return
            act()
