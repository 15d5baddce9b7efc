"""A run is resumed with the settings that it had, unless others are given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded_run import Recorder, tiny

from rl_manip_train.commands.train import parse
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from rl_manip_train.run.files.run_directory import RunDirectory, RunDirectoryError
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.settings.train_cfg import TrainCfgError


@pytest.fixture
def former(tmp_path):
    """Settings of a run whose folder is there, none of them as they would be by themselves."""
    cfg = default_cfg("grasp", "ppo", reward="over_first")
    ppo = replace(cfg.ppo, horizon=7, hidden=(16, 8), memory="gru")
    cfg = replace(cfg, ppo=ppo, num_envs=64, seed=3, widen_at=0.5, run_dir=tmp_path / "run")
    RunDirectory.open(cfg)
    return cfg


@pytest.mark.parametrize("named", ["run", "run/checkpoints/000002.pt"])
def test_nothing_has_to_be_given_again(former, tmp_path, named):
    resume = tmp_path / named
    cfg = parse(["--resume", str(resume)]).cfg
    assert cfg == replace(former, run_dir=None, resume=resume)


def test_what_is_given_goes_before(former, tmp_path):
    words = ["--resume", str(former.run_dir), "--ppo.horizon", "9", "--reward=dense", "--seed", "0"]
    cfg = parse(words).cfg
    ppo = replace(former.ppo, horizon=9)
    changed = {"ppo": ppo, "reward": "dense", "seed": 0}
    assert cfg == replace(former, **changed, run_dir=None, resume=former.run_dir)


def test_settings_of_another_task_are_left_out(former):
    cfg = parse(["--resume", str(former.run_dir), "--task", "reach"]).cfg
    assert cfg == replace(default_cfg("reach"), resume=former.run_dir)


def test_a_checkpoint_without_a_folder_has_none(tmp_path):
    path = tmp_path / "000002.pt"
    assert parse(["--resume", str(path)]).cfg == replace(default_cfg(), resume=path)


def test_settings_that_there_are_no_more_do_not_count(former):
    with (former.run_dir / "config.yaml").open("a") as file:
        file.write("colour: green\n")
    assert parse(["--resume", str(former.run_dir)]).cfg.num_envs == 64


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("[1, 2", RunDirectoryError, "holds no settings"),
        ("num_envs: 0\n", TrainCfgError, "num_envs is 0"),
    ],
)
def test_settings_broken_by_hand_are_a_sentence(former, text, kind, said):
    (former.run_dir / "config.yaml").write_text(text)
    with pytest.raises(kind, match=said):
        parse(["--resume", str(former.run_dir)])


@pytest.mark.parametrize(
    ("max_env_steps", "held", "said"),
    [
        (512, 0, ["max_env_steps, 512, are made already: give more to go on"]),
        (768, 2, ["target_success, 0.99, holds already: give a higher one to go on"]),
        (768, 0, []),
    ],
)
def test_a_run_that_had_come_to_its_end_says_so(tmp_path, max_env_steps, held, said):
    cfg = tiny(tmp_path / "run", max_env_steps=512)
    train(cfg, Recorder(), Control())
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    save_checkpoint(path.parent, 2, {**load_checkpoint(path), "held": held})
    recorder = Recorder()
    resumed = replace(cfg, resume=tmp_path / "run", max_env_steps=max_env_steps)
    train(resumed, recorder, Control())
    assert recorder.sentences == said
    assert recorder.steps == ([] if said else [768])
