"""What ``ros2 run rl_manip_cockpit`` serves without ROS and without an arm; each is a command."""

from __future__ import annotations

import sys
from typing import Callable, Tuple, Type, TypeVar

from rl_manip_cockpit.page.web_server import PortInUse
from rl_manip_cockpit.state.access import Access
from rl_manip_train.commands import CommandError, run_command

T = TypeVar("T")
PORTS: Tuple[int, int] = (0, 65535)
GIVEN_AS = "--{} {}"
"""How a command's settings are given."""


def serve_command(prog: str, arguments: Type[T], serve: Callable[[T], None]) -> None:
    """Serves what the command line asks for, or exits with a sentence of why not."""

    def work(command: T) -> None:
        try:
            serve(command)
        except PortInUse as error:
            raise CommandError(str(error)) from None

    run_command(prog, arguments, work)


def say_where(host: str, port: int, access: Access) -> None:
    """Tells the terminal which page to open."""
    token = f"; token for those who may press: {access.token}" if access.token else ""
    print(f"open http://{host}:{port}{token} (Ctrl+C ends it)", flush=True)


def warn(sentence: str) -> None:
    """What browsers send that makes no sense."""
    print(sentence, file=sys.stderr, flush=True)
