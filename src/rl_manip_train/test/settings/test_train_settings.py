"""Settings as text: documented, parsed, refused in a sentence, handed on as flags."""

import math
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from rl_manip_description.contract.action_kinds import ACTION_KINDS
from rl_manip_description.registry import RegistryError
from rl_manip_train.commands.train import parse
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.settings.settings_as_text import (
    command_line_flags,
    parse_settings,
    train_settings,
)
from rl_manip_train.settings.train_cfg import (
    ALGORITHMS,
    SUITED,
    PPOCfg,
    SACCfg,
    TrainCfg,
    TrainCfgError,
)
from rl_manip_train.tasks import REWARDS, TASKS


def test_every_setting_is_described_and_its_default_is_that_of_the_configuration():
    assert parse_settings({s.name: s.default_text for s in train_settings()}) == TrainCfg()
    for setting in train_settings():
        assert setting.description.endswith("."), setting.name


def test_text_becomes_values_of_the_fields_types():
    cfg = parse_settings({"num_envs": " 32 ", "target_success": "1", "run_dir": "runs/a"})
    assert cfg == replace(TrainCfg(), num_envs=32, target_success=1.0, run_dir=Path("runs/a"))


def test_flags_give_the_same_configuration_to_the_trainer():
    texts = {"num_envs": " 32 ", "target_success": "0.5", "resume": "runs/a b", "seed": "3"}
    assert parse(command_line_flags(texts)).cfg == replace(default_cfg(), **vars_of(texts))
    assert command_line_flags({s.name: s.default_text for s in train_settings()}) == []


def test_settings_of_the_algorithms_are_among_them():
    texts = {
        "task": "pick_place",
        "ppo.hidden": "64, 32",
        "ppo.guided_max_learning_rate": "2e-4",
        "sac.layer_norm": "false",
        "sac.n_step": "",
    }
    suited = default_cfg("pick_place")
    found = parse(command_line_flags(texts)).cfg
    assert found.ppo == replace(suited.ppo, hidden=(64, 32), guided_max_learning_rate=2e-4)
    assert found.sac == replace(suited.sac, layer_norm=False)
    assert parse_settings(texts).ppo.hidden == (64, 32)
    assert command_line_flags({"sac.layer_norm": "true"}) == ["--sac.layer-norm"]


def test_help_and_arguments_name_the_kinds_of_actions_and_whose_own_they_are(capsys):
    (setting,) = (one for one in train_settings() if one.name == "action")
    with pytest.raises(SystemExit):
        parse(["--task", "grasp", "--help"])
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for text in (setting.description, shown):
        assert all(kind in text for kind in ACTION_KINDS)
        assert "auto for the task's own, which is joint_velocity for reach" in text
    assert setting.default_text == "auto"
    assert command_line_flags({"action": "tool_twist"}) == ["--action", "tool_twist"]
    assert parse(["--action", "tool_twist"]).cfg.action == "tool_twist"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"memory": "lstm"}, "ppo.memory is 'lstm', expected one of none, gru"),
        ({"memory": "gru", "history": 3}, "ppo.history is 3 and ppo.memory is gru, expected one"),
        ({"history": 0}, "ppo.history is 0, expected at least 1"),
    ],
)
def test_memories_that_cannot_be_are_refused(settings, sentence):
    with pytest.raises(TrainCfgError, match=sentence):
        PPOCfg(**settings)


def vars_of(texts):
    cfg = parse_settings(texts)
    return {name: getattr(cfg, name) for name in texts}


@pytest.mark.parametrize("algo", ALGORITHMS)
@pytest.mark.parametrize("task", TASKS)
def test_what_suits_task_and_algorithm_is_the_default(task, algo):
    cfg, general = default_cfg(task, algo), TrainCfg(task=task, algo=algo)
    assert parse(["--algo", algo, f"--task={task}"]).cfg == cfg
    free = (*SUITED, "ppo", "sac")
    assert replace(cfg, **{name: getattr(general, name) for name in free}) == general


@pytest.mark.parametrize(
    ("task", "reward", "steps"),
    [("pick_place", "step_by_step", 4_000_000), ("grasp", "over_first", 1_750_000)],
)
def test_a_reward_made_for_learning_without_a_guide_needs_no_more_words(task, reward, steps):
    cfg, tasks_own = parse(["--task", task, "--reward", reward]).cfg, default_cfg(task)
    assert cfg == default_cfg(task, reward=reward)
    assert (cfg.reward, cfg.max_env_steps, cfg.ppo.guided_steps) == (reward, steps, 0)
    assert 0 < cfg.ppo.settles_after < steps
    for algo in ("ppo", "sac"):
        without = default_cfg(task, algo, reward=reward)
        assert without.algorithm.guided_steps == 0 < default_cfg(task, algo).algorithm.guided_steps
    assert cfg.ppo.discount == tasks_own.ppo.discount  # the task's, where it says nothing
    asked = parse(["--task", task, f"--reward={reward}", "--ppo.horizon", "24"]).cfg
    assert asked == replace(cfg, ppo=replace(cfg.ppo, horizon=24))


@pytest.mark.parametrize("who", ["task", "reward"])
@pytest.mark.parametrize(
    ("learning", "why"),
    [
        ({"ppo": {"horison": 8}}, "horison"),
        ({"ppo": 8}, "ppo is 8, expected a mapping"),
        ({"ppo": {"horizon": 0}}, "ppo.horizon is 0"),
        ({"num_envs": {"ppo": 8}}, "num_envs is {'ppo': 8}, expected a value"),
        ({"max_env_steps": -1}, "max_env_steps is -1"),
        (["num_envs"], r"\['num_envs'\], expected a mapping"),
    ],
)
def test_settings_that_an_offer_brings_and_nobody_can_use_are_its_fault(
    who, learning, why, monkeypatch
):
    name = {"task": "reach", "reward": "at_rest"}[who]
    offered = {"task": TASKS, "reward": REWARDS}[who].load(name)
    monkeypatch.setattr(offered, "learning", learning, raising=False)
    with pytest.raises(RegistryError, match=f"{who} '{name}' of rl_manip_train.*{why}") as refusal:
        default_cfg(**{who: name})
    assert "\n" not in str(refusal.value)


def test_what_is_asked_for_wins_even_where_it_is_the_general_default():
    general, suited = TrainCfg(), default_cfg("pick_place", "sac")
    asked = ["--task", "pick_place", "--algo", "sac", "--sac.hindsight", "0.8"]
    texts = {"task": "pick_place", "algo": "sac", "max_env_steps": str(general.max_env_steps)}
    assert general.max_env_steps != suited.max_env_steps
    assert general.sac.hindsight == 0.8 != suited.sac.hindsight
    assert parse(asked).cfg == replace(suited, sac=replace(suited.sac, hindsight=0.8))
    found = parse(command_line_flags(texts)).cfg
    assert found == replace(suited, max_env_steps=general.max_env_steps)


@pytest.mark.parametrize("arm", ["fr3", "gen3", "xarm6", "xarm7"])
def test_arms_whose_joints_are_slow_learn_to_reach_behind_the_guards_ramp(arm):
    cfg = parse(["--arm", arm]).cfg
    assert cfg == default_cfg(arm=arm)
    assert (cfg.randomization, cfg.reward) == ("slow_joints", "at_rest")
    assert cfg.ppo.std_decay == 0.01
    asked = parse(["--arm", arm, "--reward", "dense", "--ppo.std-decay", "0"]).cfg
    assert (asked.reward, asked.ppo.std_decay) == ("dense", 0.0)
    for reward in ("dense", "sparse"):
        assert default_cfg(arm=arm, reward=reward).reward == reward
    texts = {"arm": arm, "reward": "dense", "randomization": "default"}
    launched = parse(command_line_flags(texts)).cfg
    assert (launched.reward, launched.randomization) == ("dense", "default")
    kept = {s.name: s.default_text for s in train_settings()}
    assert parse(command_line_flags({**kept, "arm": arm})).cfg == cfg


@pytest.mark.parametrize(
    ("arm", "task"),
    [("ur5e", "reach"), ("ur20", "reach"), ("xarm7", "reach_pose"), ("mine/robot.yaml", "reach")],
)
def test_other_arms_and_tasks_have_the_general_settings(arm, task):
    assert default_cfg(task, arm=arm) == replace(default_cfg(task), arm=arm)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("num_envs", "many", "a whole number"),
        ("num_envs", "1.5", "a whole number"),
        ("num_envs", "0", "at least 1 and at most 1,000,000"),
        ("target_success", "nan", "at most 1"),
        ("target_success", "high", "a number"),
        ("seed", "-1", "at least 0"),
        ("algo", "dqn", "one of ppo, sac"),
        ("action", "joint_torque", "one of auto, joint_velocity, joint_position_delta, tool_twist"),
        ("ppo.epochs", "0", "at least 1"),
        ("ppo.hidden", "wide", "whole numbers such as 64 64"),
        ("sac.layer_norm", "maybe", "true or false"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_was_expected(name, text, expected):
    with pytest.raises(TrainCfgError) as refusal:
        parse_settings({name: text})
    assert name in str(refusal.value)
    assert text in str(refusal.value)
    assert expected in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "setting", "sentence"),
    [
        (SACCfg, {"n_step": 0}, "sac.n_step is 0, expected at least 1"),
        (SACCfg, {"policy_rate": -1}, "sac.policy_rate is -1, expected more than 0 and at most 1"),
        (SACCfg, {"discount": 1.0}, "sac.discount is 1.0, expected at least 0 and less than 1"),
        (PPOCfg, {"learning_rate": -1.0}, "ppo.learning_rate is -1.0, expected more than 0"),
        (PPOCfg, {"hidden": (64, 0)}, "ppo.hidden is 0, expected at least 1"),
    ],
)
def test_a_bad_setting_of_an_algorithm_is_refused_by_name(kind, setting, sentence):
    with pytest.raises(TrainCfgError, match=f"^{re.escape(sentence)}$"):
        kind(**setting)


def test_ppo_is_not_to_learn_from_one_transition():
    """An advantage is by how much a transition is better than the others."""
    alone = PPOCfg(horizon=1)
    with pytest.raises(TrainCfgError, match="num_envs is 1 and ppo.horizon 1, expected more of"):
        TrainCfg(num_envs=1, ppo=alone)
    assert TrainCfg(num_envs=2, ppo=alone)
    assert TrainCfg(num_envs=1, algo="sac", ppo=alone)


def test_a_flag_of_an_algorithm_is_refused_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        parse(["--ppo.minibatches", "0"])
    assert "ppo.minibatches is 0, expected at least 1" in capsys.readouterr().err


def test_every_setting_of_an_algorithm_has_limits():
    numbers = 0
    for kind in (PPOCfg, SACCfg):
        for field in fields(kind):
            if not isinstance(field.default, bool):
                wrong = (math.nan,) if isinstance(field.default, tuple) else math.nan
                with pytest.raises(TrainCfgError, match=rf"\.{field.name} is nan"):
                    kind(**{field.name: wrong})
                numbers += 1
    assert numbers > 30


def test_settings_need_no_torch():
    source = (
        "import sys, rl_manip_train.settings.settings_as_text; sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", source], check=True)
