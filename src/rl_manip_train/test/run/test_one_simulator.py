"""A training on a backend that has one simulator in a process: it is judged in its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.task_sim import task_sim
from rl_manip_train.policy.evaluation import evaluate
from rl_manip_train.tasks.reach import ReachTask

STAND_IN = Path(__file__).parents[3] / "rl_manip_sim" / "test" / "isaacgym_stand_in"


def act(environment):
    """Away from where it stands, each arm at its own pace."""
    pace = torch.linspace(-0.5, 0.5, environment.num_envs)[:, None]
    return (pace * environment.task.velocity_limit,)


def evaluated(arm, episodes, sim=None):
    return evaluate(
        act, arm, "reach", "mujoco", 0.01, PRESETS["default"], episodes, 5, num_threads=1, sim=sim
    )


@pytest.fixture
def sim(arm):
    """A simulator of eight arms that have been moved about."""
    task = ReachTask(arm, 8, np.random.default_rng(0))
    made = task_sim(task, arm, "mujoco", 8, 0.01, num_threads=1)
    evaluated(arm, 8, made)
    return made


def test_a_simulator_that_is_used_again_leaves_no_trace(arm, sim):
    assert evaluated(arm, 8, sim).to_dict() == evaluated(arm, 8).to_dict()


def test_more_episodes_than_environments_follow_one_after_the_other(arm, sim):
    result = evaluated(arm, 20, sim)
    assert result.episodes == 20
    # as long as no episode is drawn twice, not all rounds are alike
    assert result.mean_final_distance != pytest.approx(evaluated(arm, 8, sim).mean_final_distance)


def test_a_training_on_isaac_gym_s_stand_in_evaluates_and_goes_on(tmp_path):
    options = {
        "backend": "isaacgym",
        "num-envs": 2,
        "ppo.horizon": 8,
        "ppo.minibatches": 1,
        "max-env-steps": 32,
        "eval-interval": 16,
        "eval-episodes": 2,
        "final-episodes": 3,  # a second round
        "run-dir": tmp_path / "run",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    program = [STAND_IN / "run_module.py", "rl_manip_train.commands.train", *words]
    done = subprocess.run(
        [sys.executable, *map(str, program)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / "run" / "training.json").read_text())
    assert (summary["env_steps"], summary["episodes"]) == (32, 3)
