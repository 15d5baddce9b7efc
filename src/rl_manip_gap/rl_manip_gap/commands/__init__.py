"""What ``ros2 run rl_manip_gap`` runs; each module is one command."""

from __future__ import annotations

import sys
from typing import Callable, Type, TypeVar

import tyro

from rl_manip_description.contract.settings import with_home
from rl_manip_description.paths import trouble_with_file
from rl_manip_sim.batch_sim import BackendError

T = TypeVar("T")


def run_command(prog: str, arguments: Type[T], work: Callable[[T], None]) -> None:
    """Does the work on the arguments of the command line, or exits with a sentence of why not."""
    try:
        # fields that do not fit each other are refused while the arguments are made
        work(with_home(tyro.cli(arguments, prog=prog)))
    except OSError as error:
        sys.exit(f"{prog}: {trouble_with_file(error)}")
    except (ValueError, BackendError) as error:
        sys.exit(f"{prog}: {error}")


def check_window(window: float) -> None:
    """Raises ValueError for a time between re-synchronisations [s] that tells nothing."""
    if not 0.1 <= window <= 60.0:
        raise ValueError(f"--window is {window:g} s, expected 0.1 to 60 s.")
