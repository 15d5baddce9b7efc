"""Runs pytest in ROS domains of its own, so that no test reaches a robot or another test run.

    python env/run_tests.py                     every test, on all cores
    python env/run_tests.py PYTEST_ARGUMENT ...  as pytest; `-n auto` for all cores

On several cores, tests run side by side in processes that each have a ROS domain; those below a
folder of ALONE, which start a robot's processes and measure time, run at the end, one by one.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import domain_coordinator
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support" / "test_run"))

ALONE = ("tests/faults/", "tests/launch/")
MOST_WORKERS = 8  # each takes a gigabyte, and what runs alone is then most of the time
ONCE_MORE_AFTER_A_HANG = ["--reruns=1", "--only-rerun=^Failed: Timeout"]  # where it hung is shown
EVERYTHING = ["-n", "auto", "--durations=10", "--durations-min=5", *ONCE_MORE_AFTER_A_HANG]
PLUGINS = ["-p", "heard_signals", "-p", "hung_tests"]


class Distribution:
    """A plugin of pytest: what is this workspace's own about running tests on several cores."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def pytest_xdist_auto_num_workers(self) -> int:
        """For `-n auto`."""
        return min(len(os.sched_getaffinity(0)), MOST_WORKERS)

    def pytest_configure(self, config: pytest.Config) -> None:
        """A ROS domain for each worker."""
        domains = [new_domain(self._stack) for _ in config.option.tx]
        config.option.tx = [f"popen//env:ROS_DOMAIN_ID={domain}" for domain in domains]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> object:
        """Who runs what, and when."""
        from side_by_side import SideBySide  # xdist, which pytest wants to be the first to import

        return SideBySide(len(config.option.tx), lambda test: test.startswith(ALONE), config)


def new_domain(stack: ExitStack) -> int:
    """A ROS domain that is nobody else's until the stack ends."""
    return stack.enter_context(domain_coordinator.domain_id())


def calculate_on_one_core() -> None:
    """Small networks gain nothing from OpenMP's threads, which spin while they wait for work."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def keep_bytecode() -> None:
    """Where this machine's Python writes no bytecode, keep it in .cache.

    Tests start hundreds of processes, and compiling torch anew takes each of them four seconds.
    """
    if sys.dont_write_bytecode:
        folder = str(ROOT / ".cache" / "bytecode")
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder


def keep_to_this_machine() -> None:
    """Limits discovery; ROS 2 from PyPI is limited to this machine by its profile already."""
    if os.environ.get("ROS_DISTRO") == "humble":
        os.environ["ROS_LOCALHOST_ONLY"] = "1"
    elif "RL_MANIP_ROS_FROM_PYPI" not in os.environ:
        os.environ.pop("ROS_LOCALHOST_ONLY", None)
        os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


def main() -> int:
    """pytest's exit code for the command line's arguments, or for every test without arguments."""
    keep_bytecode()
    calculate_on_one_core()
    with ExitStack() as stack:
        os.environ["ROS_DOMAIN_ID"] = str(new_domain(stack))
        keep_to_this_machine()
        return pytest.main([*PLUGINS, *(sys.argv[1:] or EVERYTHING)], plugins=[Distribution(stack)])


if __name__ == "__main__":
    sys.exit(main())
