"""deploy_real.launch.py on a simulated arm, as a process that can be killed."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from typing import Optional

import psutil
from arm_watch import DEADLINE, ArmWatch


class LaunchedStack:
    """`ros2 launch rl_manip deploy_real.launch.py hardware:=sim …`; as a context it ends it."""

    def __init__(self, watch: ArmWatch) -> None:
        self.watch = watch
        self.process: Optional[subprocess.Popen] = None
        self._folder = tempfile.TemporaryDirectory(prefix="launched_stack_")
        self._runs = 0

    def __enter__(self) -> LaunchedStack:
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_there():
            os.killpg(self.process.pid, signal.SIGKILL)
        self._folder.cleanup()

    def start(self, *arguments: str, largest_file: Optional[int] = None) -> str:
        """Launches it, waits until the guard is armed, and returns the folder of the run.

        No process of it can write a file beyond `largest_file` bytes.
        """
        self._runs += 1
        run_dir = f"{self._folder.name}/run{self._runs}"
        heard = len(self.watch.guard)
        self.process = subprocess.Popen(
            ["ros2", "launch", "rl_manip", "deploy_real.launch.py", "hardware:=sim"]
            + [f"run_dir:={run_dir}", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if largest_file is not None:
            # what it starts later inherits it; a preexec_fn would copy all of a large test process
            limits = (largest_file, largest_file)
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limits)
        self.watch.wait_until(
            lambda: "armed" in self.watch.guard[heard:], "the launched guard is armed"
        )
        return run_dir

    def kill(self) -> None:
        """SIGKILL for the launch alone; its processes live on."""
        self.process.kill()
        self.process.wait()

    def is_there(self) -> bool:
        """Whether any process of the launch is left."""
        if self.process is None:
            return False
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def wait_for_the_end(self) -> None:
        """Returns when every process of the launch has ended by itself."""
        latest = time.monotonic() + DEADLINE
        while self.is_there():
            assert time.monotonic() < latest, f"lives on after a killed launch: {self._left()}"
            time.sleep(0.05)

    def _left(self) -> list[str]:
        """Command lines of what is left of the launch."""
        group = self.process.pid
        left = [p for p in psutil.process_iter() if os.getpgid(p.pid) == group]
        return [f"{p.pid} {p.status()} {' '.join(p.cmdline())}" for p in left]
