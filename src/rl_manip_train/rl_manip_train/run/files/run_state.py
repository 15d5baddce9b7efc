"""Whether a run goes on, has ended or has failed: state.json in its folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterator, Optional

from rl_manip_description.contract.whole_file import write_text

STATE = "state.json"
RUNNING, ENDED, FAILED = "running", "ended", "failed"


@dataclass(frozen=True)
class RunState:
    """As the trainer wrote it last."""

    state: str
    """running, ended or failed."""
    why: str = ""
    """Of a failure, in a sentence."""
    host: str = ""
    """Machine that it was written on."""
    pid: int = 0
    """Process that wrote it."""
    born: str = ""
    """When that process started, as its machine counts; empty where that is not known."""

    @property
    def is_abandoned(self) -> bool:
        """Whether it should run on this machine, and its process is gone."""
        if self.state != RUNNING or self.host != socket.gethostname():
            return False
        return _birth(self.pid) != self.born


def read_run_state(run_dir: Path) -> Optional[RunState]:
    """The state of a run; None where its trainer wrote none, or is about to."""
    try:
        return RunState(**json.loads((Path(run_dir) / STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextlib.contextmanager
def noted(run_dir: Path) -> Iterator[None]:
    """Write down that a run goes on, and how it ended."""
    _write(run_dir, RUNNING)
    try:
        yield
    except BaseException as error:
        _write(run_dir, FAILED, str(error) or type(error).__name__)
        raise
    _write(run_dir, ENDED)


def _write(run_dir: Path, state: str, why: str = "") -> None:
    pid = os.getpid()
    now = RunState(state, why, socket.gethostname(), pid, _birth(pid))
    with contextlib.suppress(OSError):  # a full disk is said elsewhere, and ends nothing here
        write_text(Path(run_dir) / STATE, json.dumps(asdict(now), indent=2) + "\n")


def _birth(pid: int) -> str:
    """A process's start, in the kernel's ticks; empty where there is no such process."""
    try:
        content = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return content.rpartition(")")[2].split()[19]  # field 22, proc(5)
