"""A terminal with a shell's job control in it, that can be typed into, closed, or killed."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from typing import Mapping, Optional, Sequence

# Leads the session and puts the command into a foreground process group of its own, as shells do;
# then waits, over Ctrl+Z too.
SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = os.fork()
if not child:
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
try:
    os.setpgid(child, child)
except OSError:
    pass
os.tcsetpgrp(0, child)
while not os.WIFEXITED(status := os.waitpid(child, os.WUNTRACED)[1]) and not os.WIFSIGNALED(status):
    pass
"""
INTERRUPT, QUIT, SUSPEND = b"\x03", b"\x1c", b"\x1a"


class Terminal:
    """Runs one command in the foreground; as a context it ends what is left of it."""

    def __init__(self, command: Sequence[str], environment: Optional[Mapping] = None) -> None:
        self._screen, slave = pty.openpty()
        self._shell = subprocess.Popen(
            [sys.executable, "-c", SHELL, *command],
            stdin=slave,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        # the child's end is closed here only once it is the session's terminal
        while os.tcgetpgrp(self._screen) in (0, self._shell.pid) and self._shell.poll() is None:
            time.sleep(0.002)
        self.foreground = os.tcgetpgrp(self._screen)
        """Process group of the command."""
        os.close(slave)

    def type(self, keys: bytes) -> None:
        """Presses keys."""
        os.write(self._screen, keys)

    def hang_up(self) -> None:
        """The window is closed, the connection lost."""
        os.close(self._screen)
        self._screen = -1

    def kill(self) -> None:
        """SIGKILL for every process in the foreground."""
        os.killpg(self.foreground, signal.SIGKILL)

    def go_on(self) -> None:
        """Lets a command go on that was suspended."""
        self._tell(signal.SIGCONT)

    def end(self) -> None:
        """Ends the command, suspended or not, and closes the terminal."""
        self._tell(signal.SIGCONT)
        self._tell(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._shell.wait(10.0)
        self._tell(signal.SIGKILL)
        self._shell.kill()
        self._shell.wait()
        if self._screen >= 0:
            self.hang_up()

    def _tell(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.foreground, number)
