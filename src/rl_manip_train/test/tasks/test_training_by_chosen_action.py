"""Trainings by each kind of action: they learn, are judged, exported and resumed by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from ended_alike import assert_ended_alike, guided_cfg, small_cfg
from recorded_run import Recorder

from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_evaluation import evaluate_policy
from rl_manip_train.run.checkpoint_policy import checkpoint_policy
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import PPOCfg, TrainCfg, TrainCfgError

CHOSEN = ("joint_velocity", "joint_position_delta", "tool_twist")


def trained(cfg):
    recorder = Recorder()
    train(cfg, recorder, Control())
    return recorder


@pytest.mark.parametrize("algo", ["ppo", "sac"])
@pytest.mark.parametrize("action", ["joint_position_delta", "tool_twist"])
def test_a_run_by_each_kind_is_exported_evaluated_and_resumed_bit_for_bit(algo, action, tmp_path):
    cfg = small_cfg(algo, tmp_path / "whole", action=action)
    whole = trained(cfg)
    half = replace(cfg, run_dir=tmp_path / "parts", max_env_steps=512)
    trained(half)
    trained(replace(half, max_env_steps=1024, resume=tmp_path / "parts"))
    assert_ended_alike(tmp_path / "parts", tmp_path / "whole")
    policy = load_onnx_policy(tmp_path / "whole" / "policy.onnx")
    assert policy.metadata.action == action
    trial = evaluate_policy(policy, "none", "mujoco", 2, 0, 0.0, num_threads=1)
    assert trial.result.episodes == 2
    model, metadata = checkpoint_policy(tmp_path / "whole")
    assert metadata.action == action
    inputs = [torch.rand(shape) for shape in metadata.all_inputs.values()]
    assert model(*inputs)[0].isfinite().all()
    assert whole.summary["success_rate"] is not None


@pytest.mark.parametrize("algo", ["ppo", "sac"])
def test_a_guide_teaches_actions_of_another_kind(algo, tmp_path):
    trained(guided_cfg(algo, tmp_path / "run", action="joint_velocity", max_env_steps=512))
    policy = load_onnx_policy(tmp_path / "run" / "policy.onnx")
    assert policy.metadata.task == "reach_pose"
    assert policy.metadata.action == "joint_velocity"


def test_a_checkpoint_of_another_kind_is_refused_in_a_sentence(tmp_path):
    cfg = small_cfg("ppo", tmp_path / "run", action="tool_twist", max_env_steps=256)
    trained(cfg)
    other = replace(cfg, action="auto", resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS) as refusal:
        train(other, Recorder(), Control())
    assert str(refusal.value) == (
        "the checkpoint's action is tool_twist, expected joint_velocity; give action tool_twist "
        "to resume it"
    )


def test_a_checkpoint_of_before_is_of_its_tasks_own_kind(tmp_path):
    cfg = small_cfg("ppo", tmp_path / "run", max_env_steps=256)
    trained(cfg)
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    state = load_checkpoint(path)
    assert state.pop("action") == "joint_velocity"
    save_checkpoint(path.parent, 1, state)
    assert checkpoint_policy(path)[1].action == "joint_velocity"
    other = replace(cfg, action="tool_twist", max_env_steps=512, resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match="action is joint_velocity, expected tool_twist"):
        train(other, Recorder(), Control())
    asked = replace(other, action="joint_velocity")
    assert trained(asked).steps == [512]


def test_auto_is_the_tasks_own_bit_for_bit(tmp_path):
    for action, run in (("auto", "whole"), ("joint_velocity", "named")):
        trained(small_cfg("ppo", tmp_path / run, action=action, max_env_steps=512))
    assert_ended_alike(tmp_path / "named", tmp_path / "whole")


def test_an_unknown_kind_is_refused_in_a_sentence():
    with pytest.raises(TrainCfgError) as refusal:
        TrainCfg(action="joint_torque")
    assert str(refusal.value) == (
        "action is 'joint_torque', expected one of auto, joint_velocity, joint_position_delta, "
        "tool_twist, level_tool"
    )


@pytest.mark.parametrize("action", CHOSEN)
def test_reach_is_learned_by_each_kind(action, tmp_path):
    """From flailing to less of it: what a step earns rises by half of what it cost."""
    cfg = TrainCfg(
        action=action,
        run_dir=tmp_path / "run",
        num_envs=64,
        num_threads=1,
        randomization="none",
        max_env_steps=16 * 1024,
        eval_interval=10**6,
        final_episodes=2,
        ppo=PPOCfg(epochs=3),
    )
    rewards = [row["charts/reward"] for row in trained(cfg).metrics]
    assert len(rewards) == 16
    assert np.mean(rewards[-4:]) > np.mean(rewards[:4]) + 0.15
