"""What Isaac Gym's interpreter must import compiles there; tests/ checks the libraries it calls."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import typing
from pathlib import Path

import pytest

import rl_manip_description
import rl_manip_sim
import rl_manip_train
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.commands.evaluate import EvaluateCommand
from rl_manip_train.commands.export import ExportCommand
from rl_manip_train.commands.render import RenderCommand
from rl_manip_train.commands.train import TrainCommand
from rl_manip_train.settings.train_cfg import PPOCfg, TrainCfg
from rl_manip_train.tasks.reach import ReachCfg

SOURCES = sorted(
    path
    for package in (rl_manip_description, rl_manip_sim, rl_manip_train)
    for path in Path(package.__file__).parent.rglob("*.py")
    # nodes run on the system's Python, the mujoco backend and its model where mujoco 4 is
    if not path.stem.endswith("_node")
    and path.stem not in ("mujoco_batch", "arm_model", "rendering", "simulated_arm")
)


@pytest.mark.parametrize(
    "cfg",
    [
        *(TrainCfg, PPOCfg, ReachCfg, RandomizationCfg),
        *(TrainCommand, EvaluateCommand, ExportCommand, RenderCommand),
    ],
)
def test_settings_have_types_that_python_38_can_evaluate(cfg):
    hints = typing.get_type_hints(cfg)
    for item in dataclasses.fields(cfg):
        assert type(hints[item.name]).__name__ not in ("UnionType", "GenericAlias"), item.name


def interpreter():
    """Path of a Python 3.8 that runs, or None."""
    installed = [str(path) for path in Path.home().glob(".pyenv/versions/3.8*/bin/python")]
    for python in [*installed, shutil.which("python3.8")]:
        if python and subprocess.run([python, "--version"], capture_output=True).returncode == 0:
            return python
    return None


@pytest.mark.skipif(interpreter() is None, reason="no Python 3.8 on this machine")
def test_python_38_compiles_it():
    program = "import sys\nfor path in sys.argv[1:]: compile(open(path).read(), path, 'exec')"
    command = [interpreter(), "-c", program, *map(str, SOURCES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
