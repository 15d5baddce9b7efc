"""An arm that nobody here knows, outside the checkout: from a URDF to a guarded policy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("trimesh", reason="trimesh reads the arm's meshes")

from foreign_robot import PACKAGE, import_words

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.velocity_guard import Mode, VelocityGuard
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm
from rl_manip_description.importing.import_arm import main as import_arm
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import PPOCfg, TrainCfg


class Silent:
    """Hears of a run's progress and says nothing."""

    def __getattr__(self, name: str):
        return lambda *arguments, **named: None


@pytest.fixture(scope="module")
def arm_file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("somewhere")
    assert import_arm(import_words(folder, folder / "arm")) == 0
    return folder / "arm" / f"{PACKAGE}.yaml"


def test_it_trains_and_its_policy_is_taken_for_it(arm_file, tmp_path):
    cfg = TrainCfg(
        arm=str(arm_file),
        run_dir=tmp_path / "run",
        num_envs=16,
        max_env_steps=256,
        eval_episodes=4,
        final_episodes=4,
        num_threads=1,
        ppo=PPOCfg(horizon=8, minibatches=2),
    )
    train(cfg, Silent(), Control())
    policy = load_policy(tmp_path / "run" / "policy.onnx", load_arm(str(arm_file)))
    velocity = policy.act(policy.example()).joint_velocity
    assert velocity.shape == (7,)
    assert np.all(np.isfinite(velocity))


def test_the_guard_moves_it_through_more_than_a_turn_of_its_endless_joint(arm_file):
    arm = load_arm(str(arm_file))
    robot = SimulatedArm(arm, draw_hidden_parameters(7, 1))
    guard = VelocityGuard(arm, arm_limits(arm), GuardTiming(), says_program=False)
    now, armed = 100.0, ""
    for cycle in range(round(6.0 / CYCLE)):
        now += CYCLE
        state = robot.step()
        guard.on_joint_state(arm.joint_names, state.position, state.velocity, now)
        request = [0.0] * 6 + [1.5 if guard.mode is Mode.ARMED else 0.0]
        if cycle == 200:
            armed = guard.arm(now)
        guard.on_command(arm.joint_names, request, now)
        robot.command(guard.step(now))
    assert not armed
    assert guard.mode is Mode.ARMED, guard.reason
    assert robot.true_position[6] - arm.home[6] > 2.0 * np.pi
