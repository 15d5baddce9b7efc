"""deploy_real.launch.py as a person starts it: in a terminal, on a simulated arm or beside one."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import time
import uuid
from typing import Optional

import psutil
from arm_watch import DEADLINE, ArmWatch
from deploy_stack import ARM_NODE, start_node
from terminal import Terminal

MARK = "RL_MANIP_TEST_RUN"
"""Environment variable by which the processes of a launch are found, in whatever session."""


class LaunchedStack:
    """`ros2 launch rl_manip deploy_real.launch.py hardware:=sim …`; as a context it ends it."""

    arguments = ("hardware:=sim",)

    def __init__(self, watch: ArmWatch) -> None:
        self.watch = watch
        self.terminal: Optional[Terminal] = None
        self._mark = uuid.uuid4().hex
        self._folder = tempfile.TemporaryDirectory(prefix="launched_stack_")
        self._runs = 0

    def __enter__(self) -> LaunchedStack:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes():
            process.kill()
        self._folder.cleanup()

    def start(self, *arguments: str, largest_file: Optional[int] = None) -> str:
        """Launches it, waits until the guard is armed, and returns the folder of the run.

        No process of it can write a file beyond `largest_file` bytes.
        """
        self._runs += 1
        run_dir = f"{self._folder.name}/run{self._runs}"
        heard = len(self.watch.guard)
        command = ["ros2", "launch", "rl_manip", "deploy_real.launch.py", *self.arguments]
        self.terminal = Terminal(
            [*command, f"run_dir:={run_dir}", *arguments], {**os.environ, MARK: self._mark}
        )
        if largest_file is not None:
            # what it starts later inherits it; a preexec_fn would copy all of a large test process
            limits = (largest_file, largest_file)
            resource.prlimit(self.terminal.foreground, resource.RLIMIT_FSIZE, limits)
        self.watch.wait_until(
            lambda: "armed" in self.watch.guard[heard:], "the launched guard is armed"
        )
        return run_dir

    def kill(self) -> None:
        """SIGKILL for the launch alone; its processes live on."""
        os.kill(self.terminal.foreground, signal.SIGKILL)

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Processes of the launch that are there; those with `word` in their command line."""
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    process.environ().get(MARK) == self._mark
                    and process.status() != psutil.STATUS_ZOMBIE
                    and word in " ".join(process.cmdline())
                ):
                    found.append(process)
            except psutil.Error:  # it has ended meanwhile, or is not ours
                continue
        return found

    def wait_for_the_end(self) -> None:
        """Returns when every process of the launch has ended by itself."""
        latest = time.monotonic() + DEADLINE
        while left := self.processes():
            assert time.monotonic() < latest, f"lives on after the launch has ended: {left}"
            time.sleep(0.05)


class LaunchBesideDriver(LaunchedStack):
    """The same with a driver that runs apart, as a real robot does: it outlives the launch."""

    arguments = ("hardware:=real", "auto_arm:=true", "record:=false")

    def __init__(self, watch: ArmWatch, command_port: str = "velocity") -> None:
        super().__init__(watch)
        self.arguments = (*self.arguments, f"command_port:={command_port}")
        self._port = command_port

    def __enter__(self) -> LaunchBesideDriver:
        self._start_driver()
        return self

    def __exit__(self, *exits: object) -> None:
        super().__exit__(*exits)
        self._end_driver()

    def renew_driver(self) -> None:
        """Another driver: its controller is active, which the watchdog may have deactivated."""
        self._end_driver()
        self._start_driver()

    def _start_driver(self) -> None:
        since = time.monotonic()
        self._driver = start_node(ARM_NODE, command_port=self._port)
        self.watch.wait_until(
            lambda: self.watch.states and self.watch.states[-1][0] > since,
            "the simulated arm is up",
        )

    def _end_driver(self) -> None:
        self._driver.kill()
        self._driver.wait()
