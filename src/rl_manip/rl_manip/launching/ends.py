"""How a launch ends with the node that does its work."""

from __future__ import annotations

from typing import Callable

from launch import LaunchContext
from launch.actions import Shutdown


def ends_launch(what: str, reason: str) -> Callable:
    """An `on_exit` that ends the launch with a process; a failure becomes the launch's exit code.

    Args:
        what: the process, for the sentence after a failure.
        reason: why the launch ends, after success.
    """

    def on_exit(event, context: LaunchContext):
        if context.is_shutdown:
            return None
        if event.returncode:
            raise RuntimeError(f"{what} ended with code {event.returncode}; it says why above.")
        return Shutdown(reason=reason)

    return on_exit
