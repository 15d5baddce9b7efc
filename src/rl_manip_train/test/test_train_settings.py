"""Settings as text: documented, parsed, refused in a sentence, handed on as flags."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tyro

from rl_manip_train.commands.train import TrainCommand
from rl_manip_train.train_cfg import TrainCfg, TrainCfgError
from rl_manip_train.train_settings import command_line_flags, parse_settings, train_settings


def test_every_setting_is_described_and_its_default_is_that_of_the_configuration():
    assert parse_settings({s.name: s.default_text for s in train_settings()}) == TrainCfg()
    for setting in train_settings():
        assert setting.description.endswith("."), setting.name


def test_text_becomes_values_of_the_fields_types():
    cfg = parse_settings({"num_envs": " 32 ", "target_success": "1", "run_dir": "runs/a"})
    assert cfg == replace(TrainCfg(), num_envs=32, target_success=1.0, run_dir=Path("runs/a"))


def test_flags_give_the_same_configuration_to_the_trainer():
    cfg = replace(TrainCfg(), num_envs=32, target_success=0.5, resume=Path("runs/a b"), seed=3)
    assert tyro.cli(TrainCommand, args=command_line_flags(cfg)).cfg == cfg
    assert command_line_flags(TrainCfg()) == []


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
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_was_expected(name, text, expected):
    with pytest.raises(TrainCfgError) as refusal:
        parse_settings({name: text})
    assert name in str(refusal.value)
    assert text in str(refusal.value)
    assert expected in str(refusal.value)


def test_settings_need_no_torch():
    source = "import sys, rl_manip_train.train_settings; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True)
