"""What other packages offer to training: used like our own, and refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_package import install, install_for_ament
from recorded_run import Recorder, tiny
from seven_joint_arm import NAMES, write_seven_joint_arm

from rl_manip_description import load_arm
from rl_manip_description.model.arm_files import ARMS
from rl_manip_description.registry import RegistryError
from rl_manip_sim.backends import resolve_backend
from rl_manip_sim.batch_sim import BackendError
from rl_manip_sim.contract import CHECKS, Subject
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.commands import INPUT_ERRORS, make_arm_known
from rl_manip_train.commands.train import parse
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_evaluation import evaluate_policy
from rl_manip_train.ros.trainer_process import child_environment
from rl_manip_train.run.checkpoint_policy import checkpoint_policy
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.run_directory import plain_settings
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.settings.settings_as_text import train_settings
from rl_manip_train.settings.train_cfg import TrainCfg, TrainCfgError
from rl_manip_train.tasks import gripper_for, task_class

PARTS = '''
from dataclasses import dataclass, replace
from rl_manip_sim.backends.ours import MUJOCO
from rl_manip_train.algorithms.learners import PPO_ALGORITHM, Algorithm
from rl_manip_train.settings.train_cfg import PPOCfg
from rl_manip_train.tasks.reach import ReachTask

class Hover(ReachTask):
    name = "hover"
    learning = {"max_env_steps": 512, "ppo": {"horizon": 8}, "calm": {"patience": 7}}

class Misnamed(ReachTask):
    name = "hovering"

class Fast(ReachTask):
    name = "fast"
    learning = {"randomization": "none"}

class Half:
    name, gripper, learning = "half", None, {}

class Still:
    """Only pays for standing still."""
    tasks, learning = ("reach", "hover"), {"num_envs": 32, "ppo": {"epochs": 2}}
    def __init__(self, arm, num_envs, rng, *more):
        super().__init__(arm, num_envs, rng, *more)
        self.reward_weights = {"speed": -2.0}
    def reward_terms(self, sim, action, last_action):
        return {"speed": sim.joint_velocity.square().sum(dim=1)}
    def goal_reward(self, achieved, goal, extra):
        return 0.0 * achieved[..., 0]

THEIRS = replace(MUJOCO, what_is_missing=lambda: "")
BUSY = replace(MUJOCO, what_is_missing=lambda: "it is out to lunch")

@dataclass(frozen=True)
class CalmCfg(PPOCfg):
    """Settings of calm."""
    patience: int = 5
    """How long it waits."""

CALM = Algorithm(CalmCfg, PPO_ALGORITHM.learner, PPO_ALGORITHM.blank_policy, {"num_envs": 16})

@dataclass(frozen=True)
class PoorCfg:
    discount: float = 0.9

POOR = Algorithm(PoorCfg, PPO_ALGORITHM.learner, PPO_ALGORITHM.blank_policy)
'''
OFFERS = {
    "rl_manip.tasks": {
        "hover": "their_parts:Hover",
        "misnamed": "their_parts:Misnamed",
        "fast": "their_parts:Fast",
        "half": "their_parts:Half",
    },
    "rl_manip.rewards": {"still": "their_parts:Still", "nothing": "their_parts:THEIRS"},
    "rl_manip.backends": {
        "theirs": "their_parts:THEIRS",
        "busy": "their_parts:BUSY",
        "none": "their_parts:PARTS",
    },
    "rl_manip.algorithms": {
        "calm": "their_parts:CALM",
        "poor": "their_parts:POOR",
        "seed": "their_parts:CALM",
    },
}


@pytest.fixture(autouse=True)
def one_thread():
    """As the commands have it: small networks gain nothing from more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def their_package(tmp_path, monkeypatch):
    """A package that offers a task, rewards, backends and algorithms, some of them broken."""
    folder = tmp_path / "their_package"
    install(folder, "their_package", OFFERS, {"their_parts": PARTS + "PARTS = {}\n"})
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(ARMS, "_given", {})
    yield folder
    sys.modules.pop("their_parts", None)


def test_a_task_says_its_own_settings_and_the_command_line_has_them():
    cfg = default_cfg("hover")
    assert (cfg.max_env_steps, cfg.ppo.horizon) == (512, 8)
    assert parse(["--task", "hover"]).cfg == cfg
    calm = parse(["--task", "hover", "--reward=still"]).cfg
    assert (calm.num_envs, calm.max_env_steps, calm.ppo.horizon, calm.ppo.epochs) == (32, 512, 8, 2)
    assert parse(["--task=hover", "--max-env-steps", "5"]).cfg == replace(cfg, max_env_steps=5)


def test_help_and_launch_say_where_each_comes_from(capsys):
    with pytest.raises(SystemExit):
        parse(["--task", "hover", "--help"])
    text = capsys.readouterr().out
    ours = "reach, reach_pose, grasp, pick_place, stack, insert"
    assert f"task: {ours} (rl_manip_train); fast," in " ".join(text.split())
    assert "hover, misnamed (their_package)" in " ".join(text.split())
    assert "(default: 512)" in text
    descriptions = {setting.name: setting.description for setting in train_settings()}
    assert (
        "mujoco, mujoco_warp, isaacgym (rl_manip_sim); busy, none, theirs (their_package)."
        in (descriptions["backend"])
    )
    for name in ("task", "arm", "gripper", "algo", "reward", "backend"):
        assert "Known: " in descriptions[name]


def test_their_task_algorithm_reward_and_backend_train_export_and_evaluate(tmp_path):
    cfg = replace(
        default_cfg("hover", "calm"),
        **{"run_dir": tmp_path / "run", "reward": "still", "backend": "theirs"},
        **{"final_episodes": 4, "eval_episodes": 4, "num_threads": 1},
    )
    assert (cfg.num_envs, cfg.algorithm.patience) == (16, 7)
    recorder = Recorder()
    train(cfg, recorder, Control())
    assert recorder.run["backend"] == "theirs"
    assert all("reward/speed" in metrics for metrics in recorder.metrics)
    assert "patience: 7" in (tmp_path / "run" / "config.yaml").read_text()
    model, metadata = checkpoint_policy(tmp_path / "run")
    assert metadata.task == "hover"
    policy = load_onnx_policy(tmp_path / "run" / "policy.onnx")
    assert evaluate_policy(policy, "none", "theirs", 4, 0, 0.0).result.episodes == 4


def test_settings_of_their_algorithm_are_flags_with_its_name():
    cfg = parse(["--algo", "calm", "--calm.patience", "9", "--calm.horizon", "3"]).cfg
    assert (cfg.calm.patience, cfg.calm.horizon, cfg.num_envs) == (9, 3, 16)
    assert plain_settings(cfg)["calm"]["patience"] == 9
    assert isinstance(cfg, TrainCfg)


def test_a_reward_set_takes_the_place_of_the_tasks_own_terms(arm):
    cls = task_class("reach", "still")
    task = cls(arm, 2, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 2, 0.0, PRESETS["none"], 0, num_threads=1)
    step = environment.step(torch.ones(2, 6))
    assert set(step.reward_terms) == {"speed"}
    torch.testing.assert_close(step.reward, -2.0 * step.reward_terms["speed"])
    assert float(step.reward.max()) < 0.0
    assert task.name == "reach"


def test_their_backend_is_checked_against_the_contract():
    subject = Subject(resolve_backend("theirs"), load_arm("ur5e"))
    (repetition,) = [check for check in CHECKS if check.__name__ == "same_trajectory_again"]
    repetition(subject)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: task_class("hovr"), "task is 'hovr', expected one of .*; the nearest is 'hover'"),
        (lambda: task_class("misnamed"), "their_package .*and calls itself 'hovering', expected"),
        (
            lambda: task_class("half"),
            "their_package .*lacks check, draw_goals, .*which rl_manip_tr",
        ),
        (lambda: default_cfg("fast"), "task 'fast' of their_package has 'randomization' among"),
        (lambda: task_class("grasp", "still"), "'still' of their_package is made for reach, hover"),
        (
            lambda: task_class("reach", "nothing"),
            "their_package .* expected a rl_manip_train.tasks.",
        ),
        (
            lambda: TrainCfg(reward="stil"),
            "reward is 'stil', expected one of dense, sparse, .*'still'",
        ),
        (lambda: TrainCfg(algo="clam"), "algo is 'clam', expected one of ppo, sac, calm.*'calm'"),
        (
            lambda: default_cfg(algo="poor"),
            "their_package .*has settings without hidden, guided_st",
        ),
        (lambda: default_cfg(algo="seed"), "algo 'seed' of their_package is called like another"),
        (lambda: TrainCfg(algo="calm").algorithm, r"begin from default_cfg\('reach', 'calm'\)"),
        (lambda: resolve_backend("busy"), "'busy', which cannot run here: it is out to lunch"),
        (
            lambda: resolve_backend("none"),
            "their_package .*lacks make, what_is_missing, device: exp",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_package(ask, said):
    with pytest.raises(INPUT_ERRORS, match=said) as refusal:
        ask()
    assert "\n" not in str(refusal.value)
    assert isinstance(refusal.value, (RegistryError, TrainCfgError, BackendError))


def test_names_are_known_where_there_is_no_torch(their_package):
    program = (
        "import sys; from rl_manip_train.settings.settings_as_text import known_names; "
        "print(known_names()['algo'], 'torch' in sys.modules)"
    )
    environment = child_environment(python=sys.executable)  # as another interpreter is given it
    assert str(their_package) in environment["PYTHONPATH"]
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "ppo, sac (rl_manip_train); calm, poor, seed (their_package) False\n"


@pytest.fixture
def seven(tmp_path, monkeypatch):
    """An arm with seven joints from a ROS package without Python, known as "seven"."""
    share = install_for_ament(tmp_path / "install", "seven_robot", "rl_manip.arms")
    ring = [0.4, 0.6]
    path = write_seven_joint_arm(share / "arms", "seven", gripper="robotiq_2f85", table_ring=ring)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path / "install"))
    return path


@pytest.mark.parametrize("name", ["reach", "reach_pose", "grasp", "pick_place"])
def test_our_tasks_are_done_by_an_arm_that_they_have_never_heard_of(seven, name):
    arm = load_arm("seven", gripper_for(name, "auto"))
    task = task_class(name)(arm, 24, np.random.default_rng(0))
    environment = Environment(task, arm, "mujoco", 24, 0.0, PRESETS["none"], 0, num_threads=1)
    intact = torch.ones(24, dtype=torch.bool)
    guided = hasattr(task, "guide")
    for _ in range(environment.episode_steps if guided else 5):
        action = task.guide(environment.sim) if guided else torch.zeros(24, task.action_width)
        step = environment.step(action)
        intact &= ~step.terminated
    assert bool(torch.isfinite(step.observation).all())
    lower, upper = arm.limits.position_lower, arm.limits.position_upper
    joints = environment.sim.joint_position.numpy()
    assert np.all((joints > lower - 0.01) & (joints < upper + 0.01))
    if guided:
        assert int((step.success & intact).sum()) >= 20


def test_an_arms_file_trains_and_evaluates(tmp_path, monkeypatch):
    path = write_seven_joint_arm(tmp_path / "mine", "seven")
    cfg = tiny(tmp_path / "run", arm=str(path), max_env_steps=256)
    train(cfg, Recorder(), Control())
    monkeypatch.setattr(ARMS, "_given", {})  # as in another process
    policy = load_onnx_policy(tmp_path / "run" / "policy.onnx")
    assert (policy.metadata.arm, policy.metadata.joint_names) == ("seven", NAMES)
    with pytest.raises(INPUT_ERRORS, match="unknown arm 'seven'"):
        evaluate_policy(policy, "none", "mujoco", 2, 0, 0.0)
    with pytest.raises(INPUT_ERRORS, match="arm is ur5e, expected the file of seven"):
        make_arm_known("ur5e", policy.metadata.arm)
    make_arm_known(str(path), policy.metadata.arm)
    assert evaluate_policy(policy, "none", "mujoco", 2, 0, 0.0).result.episodes == 2


def test_a_run_of_an_arms_file_is_called_after_the_arm(tmp_path, monkeypatch):
    from rl_manip_train.run.files.run_directory import RunDirectory

    monkeypatch.chdir(tmp_path)
    assert RunDirectory.open(TrainCfg(arm="some/where/seven.yaml")).path.name.endswith(
        "_seven_reach_ppo_seed0"
    )
