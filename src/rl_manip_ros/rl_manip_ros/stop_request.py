"""Notices that a process should end, or stand still: signals, and what became of its parent."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import Optional

# A terminal that is closed sends SIGHUP, Ctrl+\\ SIGQUIT: both would end a process at once.
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Ctrl+Z, and reading or writing in the background, would freeze it with the arm in motion.
_FREEZE = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
# A SIGINT so long after the first is a person's second Ctrl+C; before, the same one [s].
_SECOND_PRESS = 1.0
# Lines of /proc/PID/status (proc_pid_status(5)): its state, and signals that wait for it, as bits.
_OF_STATUS = ("State", "SigPnd", "ShdPnd")
_SIGKILL = 1 << (signal.SIGKILL - 1)
# What a process gets for its last moments, far above what a busy machine needs for them [s].
_LAST_MOMENTS = 20.0


class StopRequest:
    """Turns signals into flags, so that a node can bring the arm to rest before it leaves.

    A launch that is killed leaves its processes behind; they see their parent change and stop too,
    instead of moving an arm that nobody looks after. No terminal can freeze or kill the process.
    """

    def __init__(self) -> None:
        self._reason = ""
        self._parent = os.getppid()
        self._parent_is_gone = f"the process that started this one ({self._parent}) is gone"
        self._first_press = float("inf")
        self.insisted = False
        """Whether Ctrl+C was pressed again."""
        # nohup: the person wants it to outlive the terminal
        outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for number in ENDS:
            if number != signal.SIGHUP or not outlives:
                signal.signal(number, self._on_signal)
        for number in _FREEZE:
            signal.signal(number, signal.SIG_IGN)

    @property
    def reason(self) -> str:
        """Why to end, in a few words; empty while there is no need."""
        if not self._reason and os.getppid() != self._parent:
            self._reason = self._parent_is_gone
        return self._reason

    def look_at_parent(self) -> bool:
        """Whether the process that started this one was stopped, as by Ctrl+Z.

        One that is killed is a reason to end from that moment on: a busy machine may take 0.2 s to
        find the time to end it, and only then has this process another parent.
        """
        try:
            with open(f"/proc/{self._parent}/status", encoding="ascii", errors="replace") as status:
                said = dict(line.split(":", 1) for line in status if line.startswith(_OF_STATUS))
        except OSError:  # it is gone, or there is no /proc
            return False
        pending = int(said.get("SigPnd", "0"), 16) | int(said.get("ShdPnd", "0"), 16)
        if pending & _SIGKILL:
            self._reason = self._reason or self._parent_is_gone
        return said.get("State", "").strip()[:1] in ("T", "t")

    def _on_signal(self, number: int, frame: Optional[FrameType]) -> None:
        self._reason = self._reason or signal.Signals(number).name
        if number == signal.SIGINT:
            now = time.monotonic()
            self.insisted = self.insisted or now - self._first_press > _SECOND_PRESS
            self._first_press = min(self._first_press, now)


def ignore_further_requests() -> None:
    """For the last moments of a process: another signal must not turn an orderly end into a death.

    Python gives signals back their deadly default while it shuts down, unless they are ignored.
    An end that takes 20 s is a death by SIGALRM, since nothing else would end the process: Fast DDS
    can lock up for ever when it is torn down while another process ends
    (https://github.com/eProsima/Fast-DDS/issues/6502), where no handler of Python's is called.
    """
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, _LAST_MOMENTS)
