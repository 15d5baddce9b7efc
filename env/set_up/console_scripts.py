"""Commands that run on .venv's Python, and end without a traceback from their first moment on."""

from __future__ import annotations

from importlib.metadata import EntryPoint, distributions
from pathlib import Path

SCRIPT = """#!{python}
import os
import signal
import sys

# a launch whose recorder it interrupts wants no failure
CODE = int(os.environ.get("RL_MANIP_INTERRUPTED", "130"))


def interrupted(number, frame):
    # imports take seconds, and what is raised in them may be shown, wrapped or lost
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(CODE)
        frame = frame.f_back
    raise KeyboardInterrupt


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, interrupted)
try:
    from {module} import {name}

    sys.exit({function}())
except KeyboardInterrupt:
    sys.exit(CODE)
"""
"""A command; Ctrl+C ends it without a traceback, also while it is still being imported."""


def write_script(path: Path, python: Path, entry: EntryPoint) -> None:
    """The command that runs an entry point."""
    text = SCRIPT.format(
        python=python,
        module=entry.module,
        name=entry.attr.split(".")[0],
        function=entry.attr,
    )
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def shorten_built_scripts(root: Path) -> None:
    """Rewrites what colcon has built for `ros2 run`.

    Its own scripts look their entry point up among all installed packages, which takes a process
    0.1 s in which Ctrl+C is a traceback.
    """
    for built in (root / "build").glob("*"):
        for package in distributions(path=[str(built)]):
            for entry in package.entry_points:
                path = root / "install" / built.name / "lib" / built.name / entry.name
                if entry.group == "console_scripts" and path.exists():
                    write_script(path, root / ".venv" / "bin" / "python", entry)
