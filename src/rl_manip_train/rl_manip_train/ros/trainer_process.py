"""The trainer as a child process, on an interpreter of its own: events out, orders in.

The child lives in a session of its own, so that a Ctrl+C in the terminal reaches only the parent,
which then orders it to stop. It reads orders from a pipe that only the parent holds: when the
parent dies, however it dies, the pipe ends and the child stops by itself.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any, Callable, Deque, Dict, List, NamedTuple, Sequence, Tuple

from rl_manip_description.registry import overlay_folders

MODULE = "rl_manip_train.commands.train"
PACKAGES = ("rl_manip_description", "rl_manip_sim", "rl_manip_train")
REQUIREMENTS = "torch mujoco numpy pyyaml tyro rich tensorboard onnx onnxscript onnxruntime"
"""What the trainer's interpreter needs, by the names that pip takes."""
LINES_KEPT = 50
"""Lines of standard error that are remembered to say how the child ended."""
ENDED = "the training has ended"


class TrainerStartError(ValueError):
    """The interpreter cannot be started; the message says what was expected."""


class Reply(NamedTuple):
    """What came of an order."""

    success: bool
    text: str


class Ending(NamedTuple):
    """How the child ended."""

    code: int
    """Exit code that the parent should end with."""
    sentence: str
    """What went wrong; empty after success."""


class TrainerProcess:
    """A running trainer.

    Args:
      flags: arguments of ``rl_manip_train train``.
      python: interpreter that runs it; empty for this one.
      deliver: called from another thread with each event, a dictionary as ``JsonReporter`` writes
        it; besides, {"event": "log", "text"} for a line of the child's other output, and last
        {"event": "ended", "ending": Ending}.

    Raises:
      TrainerStartError: ``python`` is not a program.
    """

    def __init__(
        self, flags: Sequence[str], python: str, deliver: Callable[[Dict[str, Any]], None]
    ) -> None:
        self._python = find_interpreter(python)
        self._deliver = deliver
        self._started = self._finished = self._killed = False
        self._error_lines: Deque[str] = deque(maxlen=LINES_KEPT)
        self._replies: List[Tuple[str, queue.Queue]] = []
        self._lock = threading.Lock()
        command = [self._python, "-m", MODULE, "--progress=json", *flags]
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(python),
                start_new_session=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise TrainerStartError(
                f"python is {self._python!r}, which does not start ({error.strerror}); expected a "
                "Python interpreter"
            ) from error
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def order(self, order: str, timeout: float) -> Reply:
        """Give one of ``control.ORDERS`` and wait until it is carried out.

        Args:
          order: which.
          timeout: longest wait [s]; the order stands after it, too.
        """
        reply: queue.Queue = queue.Queue(maxsize=1)
        with self._lock:
            if self._finished:
                return Reply(order == "stop", ENDED)
            self._replies.append((order, reply))
            try:
                self._child.stdin.write(order + "\n")
                self._child.stdin.flush()
            except OSError:  # it has just died; its ending follows
                return Reply(order == "stop", ENDED)
        try:
            return reply.get(timeout=timeout)
        except queue.Empty:
            return Reply(True, f"ordered: {order} follows after the update that is under way")

    def kill(self) -> None:
        """End the child and what it has started, at once."""
        self._killed = True
        self._kill_session()

    def _kill_session(self) -> None:
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def _watch(self) -> None:
        readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for read, stream in (
                (self._read_events, self._child.stdout),
                (self._read_errors, self._child.stderr),
            )
        ]
        for reader in readers:
            reader.start()
        code = self._child.wait()
        self._kill_session()  # whatever it has left behind, which would also hold the pipes open
        for reader in readers:
            reader.join()
        if self._killed and not self._finished:
            ending = Ending(1, "the trainer was killed before its end; resume from its run_dir")
        else:
            ending = ending_of(code, self._finished, list(self._error_lines), self._python)
        if not self._started and ending.code == 1:
            self._release_error_lines()
        self._end_orders()
        self._deliver({"event": "ended", "ending": ending})

    def _read_events(self, stream: IO[str]) -> None:
        for line in stream:
            try:
                event = json.loads(line)
                kind = event["event"]
            except (ValueError, TypeError, KeyError):  # something else printed it
                event = {"event": "log", "text": line.rstrip()}
                kind = "log"
            if kind == "started":
                self._started = True
                self._release_error_lines()
            elif kind == "obeyed":
                self._answer(event["order"], event["text"])
            elif kind == "finished":
                self._end_orders()
            self._deliver(event)

    def _read_errors(self, stream: IO[str]) -> None:
        # Until the run begins the lines are held back: when it is refused, or a module is
        # missing, one sentence stands for them.
        for line in stream:
            self._error_lines.append(line.rstrip())
            if self._started:
                self._deliver({"event": "log", "text": line.rstrip()})

    def _release_error_lines(self) -> None:
        for line in list(self._error_lines):
            self._deliver({"event": "log", "text": line})

    def _answer(self, order: str, text: str) -> None:
        with self._lock:
            for index, (ordered, reply) in enumerate(self._replies):
                if ordered == order:
                    reply.put(Reply(True, text))
                    del self._replies[index]
                    return

    def _end_orders(self) -> None:
        with self._lock:
            self._finished = True
            for order, reply in self._replies:
                reply.put(Reply(order == "stop", ENDED))
            self._replies.clear()


def ending_of(code: int, finished: bool, error_lines: Sequence[str], python: str) -> Ending:
    """What the parent should say and exit with when the trainer has ended.

    Args:
      code: the child's exit code; negative for a signal, as ``subprocess`` has it.
      finished: whether it has reported its result.
      error_lines: its last lines of standard error.
      python: the interpreter that ran it.
    """
    last = next((line.strip() for line in reversed(error_lines) if line.strip()), "")
    missing = re.match(r"ModuleNotFoundError: No module named '([^']+)'", last)
    if code == 0 and finished:
        return Ending(0, "")
    if code == 2 and last.startswith("error: "):
        return Ending(2, last[len("error: ") :])
    if missing:
        return Ending(
            2,
            f"python is {python!r}, which lacks the module {missing[1]}; give another interpreter, "
            f"or install there what training needs: {python} -m pip install {REQUIREMENTS}",
        )
    if code == -signal.SIGKILL:
        return Ending(
            1,
            "the trainer was killed (SIGKILL), as the system does when memory runs out: "
            "give fewer num_envs, and resume from its run_dir",
        )
    if code < 0:
        return Ending(1, f"the trainer was ended by {signal.Signals(-code).name}")
    if re.search(r"MemoryError|out of memory|can't allocate memory", last):
        return Ending(1, f"the trainer ran out of memory; give fewer num_envs ({last})")
    return Ending(1, f"the trainer failed with exit code {code}: {last or 'it gave no reason'}")


def find_interpreter(python: str) -> str:
    """Path of the interpreter that ``python`` names; this one's for an empty name.

    Raises:
      TrainerStartError: no such program.
    """
    if not python:
        return sys.executable
    path = shutil.which(os.path.expanduser(python))
    if path is None:
        raise TrainerStartError(
            f"python is {python!r}, which is not a program here; expected a Python interpreter, "
            "3.8 or newer, that has torch and mujoco"
        )
    return path


def child_environment(python: str) -> Dict[str, str]:
    """Environment in which the interpreter ``python`` finds the workspace's packages.

    Another interpreter than this one gets only these and those of other people's workspaces that
    offer something on PYTHONPATH: the rest of it is made for this one's version.
    """
    # the folder that a package lies in: of the checkout, of colcon's build, or installed
    paths = [str(Path(importlib.util.find_spec(name).origin).parents[1]) for name in PACKAGES]
    if python:
        paths += [folder for folder in overlay_folders() if folder not in paths]
    else:
        paths += filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        # no module of the current folder in place of an installed one (Python 3.11 and newer)
        "PYTHONSAFEPATH": "1",
    }
