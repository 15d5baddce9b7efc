"""What set-up sees of a machine, and the sentence for each thing that is missing."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from pathlib import Path

import pytest

import machine
from failure import SetUpError

SET_UP = Path(machine.__file__).parent


@pytest.fixture
def no_ros(monkeypatch):
    """A shell without ROS 2 and without choices."""
    for name in ("ROS_DISTRO", "RL_MANIP_GPU", "RL_MANIP_FOR", "RL_MANIP_ROS_FROM_PYPI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sourced_ros(no_ros, tmp_path, monkeypatch):
    """A shell with a stand-in for an installed ROS 2 that was compiled against NumPy 1."""
    prefix = tmp_path / "ros"
    for module, text in (("rclpy", ""), ("numpy", "__version__ = '1.26.4'\n")):
        (prefix / "python" / module).mkdir(parents=True)
        (prefix / "python" / module / "__init__.py").write_text(text)
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    monkeypatch.setenv("PYTHONPATH", str(prefix / "python"))
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path}/checkout/install/a{os.pathsep}{prefix}")
    return prefix


def message_of(root) -> str:
    with pytest.raises(SetUpError) as caught:
        machine.look_at_machine(root)
    return str(caught.value)


def test_without_ros_it_comes_from_pypi(no_ros, tmp_path, monkeypatch):
    monkeypatch.setenv("RL_MANIP_GPU", "no")
    found = machine.look_at_machine(tmp_path)
    assert found.installed_ros is None
    assert found.python_version == "%d.%d" % sys.version_info[:2]
    # Not this virtual environment, which set-up may have to replace.
    assert not Path(found.python).is_relative_to(sys.prefix)
    assert (found.nvidia_gpu, found.robot, found.numpy1) == (False, False, False)


def test_sourced_ros_is_used(sourced_ros, checkout, monkeypatch):
    monkeypatch.setenv("RL_MANIP_FOR", "robot")
    found = machine.look_at_machine(checkout)
    assert (found.installed_ros, found.numpy1, found.robot) == ("jazzy", True, True)
    # The workspace's own packages are no part of the ROS 2 that it is set up for.
    assert found.ros_prefixes == (str(sourced_ros),)


def test_sourced_ros_without_rclpy(sourced_ros, tmp_path):
    (sourced_ros / "python" / "rclpy" / "__init__.py").write_text("raise ImportError")
    assert "cannot import rclpy" in message_of(tmp_path)


def test_environment_of_pypi_is_not_taken_for_an_installed_ros(sourced_ros, tmp_path, monkeypatch):
    monkeypatch.setenv("RL_MANIP_ROS_FROM_PYPI", "1")
    assert machine.look_at_machine(tmp_path).installed_ros is None


@pytest.mark.parametrize(
    ("asked", "had", "taken"),
    [
        ("", "", "jazzy"),
        ("kilted", "", "kilted"),
        ("", "kilted", "kilted"),
        ("jazzy", "kilted", "jazzy"),
    ],
)
def test_ros_distro_chooses_what_comes_from_pypi(no_ros, tmp_path, monkeypatch, asked, had, taken):
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    monkeypatch.setenv("RL_MANIP_GPU", "no")
    if asked:
        monkeypatch.setenv("ROS_DISTRO", asked)
    if had:
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".venv" / "rl_manip_wheels").write_text(had)
    found = machine.look_at_machine(tmp_path)
    assert (found.installed_ros, found.wheels) == (None, taken)


def test_a_distribution_that_is_neither_sourced_nor_on_pypi(no_ros, tmp_path, monkeypatch):
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("ROS_DISTRO", "rolling")
    monkeypatch.setattr(machine, "ask", lambda python, script: None)
    assert message_of(tmp_path).startswith("ROS_DISTRO is rolling, but ")


def test_no_git(no_ros, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert message_of(tmp_path).startswith("git is missing; install it")


def test_full_disk(no_ros, tmp_path, monkeypatch):
    usage = collections.namedtuple("usage", "free")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage(free=1.5e9))
    monkeypatch.setenv("RL_MANIP_GPU", "no")
    assert "has 1.5 GB free and set-up needs 6 GB" in message_of(tmp_path)


def test_a_choice_that_does_not_exist(no_ros, tmp_path, monkeypatch):
    monkeypatch.setenv("RL_MANIP_FOR", "toaster")
    assert message_of(tmp_path) == "RL_MANIP_FOR is 'toaster', expected workspace or robot."


def test_no_venv_module(no_ros, tmp_path):
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(SetUpError, match="lacks its venv module; install it"):
        machine.need_venv(str(python))


def test_python_that_is_too_old(tmp_path):
    """The entry point says so itself, before it reads anything that an old Python cannot."""
    text = (SET_UP / "__main__.py").read_text()
    old = f"import sys; sys.version_info = (3, 8, 10); exec(compile({text!r}, 'set_up', 'exec'))"
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "set-up: Python 3.8 is too old; install Python 3.11 or newer and run "
        "`make setup PYTHON=python3.11`.\n"
    )
