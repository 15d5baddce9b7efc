"""The first moments of a process: what Ctrl+C does until its modules are imported, and its output.

Imports take seconds, in which Python answers a signal with a traceback, or dies of it. Console
scripts of this workspace therefore begin here, in a module that imports next to nothing, with
``node`` or ``command`` and the module whose ``main`` they are, as setup.py names it:

    "sim_arm_node = rl_manip_ros.process_start:node.rl_manip_sim.ros.sim_arm_node"
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import signal
import sys
from types import FrameType
from typing import Any, Callable, Iterable, List, Optional

from rl_manip_ros.stop_request import ENDS, ignore_further_requests

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128
"""Exit code of a command after a signal, less the signal's number, as shells have it."""

_NOBODY_READS = (errno.EPIPE, errno.EIO)
"""What writing to a pipe and to a terminal comes to once they are closed at the other end."""

_HELP = frozenset(("-h", "--help"))
_NODE_HELP = (
    "{name} is a ROS node, which a launch file starts: ros2 launch rl_manip FILE --show-args says "
    "what that may be told. The node's own parameters are listed by `ros2 param describe` while it "
    "runs, and set by --ros-args -p NAME:=VALUE."
)

_Handler = Callable[[int, Optional[FrameType]], None]


class ConsoleScript:
    """A function to come: its attributes name a module, and calling it runs the module's ``main``.

    Args:
        run: gets the module's full name; returns the exit code.
    """

    def __init__(self, run: Callable[[str], Optional[int]], module: str = "") -> None:
        self._run, self._module = run, module

    def __getattr__(self, name: str) -> ConsoleScript:
        if name.startswith("__"):  # what Python asks of any function
            raise AttributeError(name)
        return ConsoleScript(self._run, f"{self._module}.{name}" if self._module else name)

    def __call__(self) -> Optional[int]:
        """The exit code of ``main``."""
        _outlive_readers()
        return self._run(self._module)


class _Outliving(io.FileIO):
    """A file whose reader may leave, as `head -1` does or a terminal that is closed.

    What is written then goes nowhere.
    """

    def write(self, data: Any, /) -> int:
        """How much was written."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _NOBODY_READS:
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)


def _outlive_readers() -> None:
    """Lets no reader who leaves, and no letter that a terminal lacks, end the process's work."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):  # closed by whoever started the process
            continue
        stream.flush()
        raw = _Outliving(stream.fileno(), "wb", closefd=False)
        lasting = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=stream.encoding,
            errors="replace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, lasting)


def _run_node(module: str) -> Optional[int]:
    """A node that is asked to end before it has begun ends with 0: nothing moves yet.

    From then on its `StopRequest` takes the signals. Whoever asks for help starts nothing.
    """
    if _HELP.intersection(sys.argv[1:]):
        print(_NODE_HELP.format(name=module.rpartition(".")[2]))
        return 0
    _take(ENDS, lambda number, frame: os._exit(0))
    try:
        return importlib.import_module(module).main()
    finally:
        ignore_further_requests()


def _run_command(module: str) -> Optional[int]:
    """A command that is interrupted says so in a line, whenever that is, and cleans up."""
    name = module.rpartition(".")[2]
    received: List[int] = []

    def leave(number: int, frame: Optional[FrameType]) -> None:
        # no exception: what is raised in the midst of an import may be shown, or lost
        os.write(2, f"{name}: interrupted\n".encode())
        os._exit(_BY_SIGNAL + number)

    def interrupt(number: int, frame: Optional[FrameType]) -> None:
        received.append(number)
        raise KeyboardInterrupt

    _take(_INTERRUPTS, leave)
    main = importlib.import_module(module).main
    for number in _INTERRUPTS:
        if signal.getsignal(number) is leave:
            signal.signal(number, interrupt)
    try:
        return main()
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return _BY_SIGNAL + (received or [signal.SIGINT])[0]
    finally:
        # Python takes a while to shut down, too
        for number in _INTERRUPTS:
            signal.signal(number, signal.SIG_IGN)


def _take(numbers: Iterable[signal.Signals], handler: _Handler) -> None:
    """Takes signals, those too that waited for it: a launch holds them back until then.

    What whoever started the process wants ignored, as ``nohup`` does, stays so.
    """
    numbers = tuple(numbers)
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


node = ConsoleScript(_run_node)
command = ConsoleScript(_run_command)
