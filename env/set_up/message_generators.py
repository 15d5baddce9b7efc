"""What makes message types of src/rl_manip_interfaces: there on every ROS 2, but not everywhere.

It generates C and builds it, for which a compiler, CMake and Python's headers are needed. Where
one is missing that package is left out, and with it the action by which goals can be given.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

PACKAGES = ("rl_manip_interfaces",)
"""The packages that are built with it."""
PROGRAMS = {"c++": "g++", "cmake": "cmake", "make": "make"}
"""What has to be on the PATH, and the package of Debian and Ubuntu that it is in."""
GENERATORS = "rosidl_default_generators"
BUILDERS_PYTHON = re.compile(r"/opt/python/[^;\"]+?/include(/python3\.\d+)?(?=[;\"])")
"""Where the headers of Python and numpy were on the machine that the ROS 2 wheels were built on."""


def missing(python: Path, prefixes: list[Path]) -> str:
    """What message types cannot be built without, and how to get it; empty where all is there.

    Args:
        python: interpreter of the virtual environment.
        prefixes: of ROS 2, each with a folder share.
    """
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            return f"{program} is missing (Debian, Ubuntu: sudo apt install {package})"
    if not any((prefix / "share" / GENERATORS).is_dir() for prefix in prefixes):
        return f"{GENERATORS} is missing (it is part of an installed ROS 2, and of Jazzy from PyPI)"
    header = Path(python_headers(python)) / "Python.h"
    if not header.exists():
        return f"{header} is missing (Debian, Ubuntu: sudo apt install python3-dev)"
    return ""


def python_headers(python: Path) -> str:
    """Folder with the headers of an interpreter; asked for by every `make`, so without numpy."""
    return told_by(python, "import sysconfig; print(sysconfig.get_path('include'))")


def told_by(python: Path, code: str) -> str:
    """What a line of Python prints in an interpreter."""
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def point_to_this_python(share: Path, python: Path) -> None:
    """Correct CMake files of the ROS 2 wheels, which name folders of their builder's machine."""
    stale = [
        file for file in share.glob("*/cmake/*.cmake") if BUILDERS_PYTHON.search(file.read_text())
    ]
    if not stale:
        return
    of_python = python_headers(python)
    of_numpy = told_by(python, "import numpy; print(numpy.get_include())")
    for file in stale:
        text = BUILDERS_PYTHON.sub(
            lambda found: of_python if found[1] else of_numpy, file.read_text(encoding="utf-8")
        )
        file.write_text(text, encoding="utf-8")
