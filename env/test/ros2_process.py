"""A running `ros2` command whose output can be awaited."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time

DEADLINE_S = 120.0
"""Longest wait for anything that a test expects: far above what a busy machine needs."""


class Ros2Process:
    """`ros2 ARGUMENTS`, output and errors together, in a process group of its own."""

    def __init__(self, *arguments: object, **environment: str) -> None:
        self.process = subprocess.Popen(
            ["ros2", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Ros2Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._queue.put(line.rstrip())
        self._queue.put(None)

    def wait_for(self, text: str) -> str:
        """The first line from now on that contains `text`."""
        end = time.monotonic() + DEADLINE_S
        while (line := self._queue.get(timeout=max(0.01, end - time.monotonic()))) is not None:
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"'{text}' was not printed, but: {self.lines}")

    def has_said(self, text: str) -> bool:
        """Whether any line until now contains `text`."""
        while not self._queue.empty():
            if (line := self._queue.get()) is None:
                self._queue.put(None)
                break
            self.lines.append(line)
        return any(text in line for line in self.lines)

    def finish(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """(exit code, all output) after the process ended, by the given signal if any."""
        if number is not None:
            self.process.send_signal(number)
        end = time.monotonic() + DEADLINE_S
        while (line := self._queue.get(timeout=max(0.01, end - time.monotonic()))) is not None:
            self.lines.append(line)
        return self.process.wait(DEADLINE_S), "\n".join(self.lines)
