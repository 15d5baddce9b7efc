"""Tasks with an object train with backend isaacgym, on the stand-in for Isaac Gym."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN_MODULE = Path(__file__).parents[2] / "src/rl_manip_sim/test/isaacgym_stand_in/run_module.py"
FEW = "--num-envs 2 --max-env-steps 16 --eval-episodes 1 --final-episodes 1 --progress plain"


@pytest.mark.parametrize("task", ["grasp", "pick_place"])
def test_a_few_steps_end_with_a_policy(task, tmp_path):
    command = [sys.executable, RUN_MODULE, "rl_manip_train.commands.train", "--task", task]
    command += ["--backend", "isaacgym", *FEW.split(), "--run-dir", str(tmp_path / "run")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "run" / "policy.onnx").is_file()
