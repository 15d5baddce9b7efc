"""Which OpenGL draws pictures on this machine."""

from __future__ import annotations

import ctypes.util
import os
import sys


class GraphicsError(RuntimeError):
    """This machine cannot draw; the message says what is missing."""


def start_graphics() -> None:
    """Load MuJoCo with an OpenGL that draws without a screen, where there is one.

    A choice that was made already, in the environment variable MUJOCO_GL, stays. Without effect
    once mujoco is imported.

    Raises:
      GraphicsError: the OpenGL chosen does not load.
    """
    if sys.platform == "linux":
        for name, library in (("egl", "EGL"), ("osmesa", "OSMesa")):
            if ctypes.util.find_library(library):
                os.environ.setdefault("MUJOCO_GL", name)
                break
    try:
        import mujoco  # noqa: F401
    # each OpenGL binding raises classes of its own
    except Exception as error:
        raise no_graphics(error) from error


def no_graphics(cause: Exception) -> GraphicsError:
    """The error that says what to do when OpenGL does not start."""
    chosen = os.environ.get("MUJOCO_GL", "unset")
    return GraphicsError(
        f"no picture can be drawn: OpenGL does not start here (MUJOCO_GL is {chosen}; {cause}); "
        "install libegl1 and libgl1 and set MUJOCO_GL=egl"
    )
