"""A run that was stopped and resumed ends as one that never was: bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from recorded_run import Recorder, tiny

from rl_manip_train.checkpoint import latest_checkpoint, load_checkpoint, save_checkpoint
from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.control import Control
from rl_manip_train.train_cfg import SACCfg
from rl_manip_train.trainer import train

ALGORITHMS = {
    "ppo": {},
    "sac": {
        "algo": "sac",
        "reward": "sparse",
        "sac": SACCfg(
            horizon=8,
            hidden=(16,),
            batch_size=32,
            update_ratio=1 / 30,
            random_steps=256,
            replay_size=1024,  # full before the end
        ),
    },
}
OF_THE_CLOCK = ("charts/wall_s", "charts/env_steps_per_s", "charts/collect_s", "charts/update_s")


def cfg_of(algo, run_dir, **changed):
    return tiny(run_dir, **{**ALGORITHMS[algo], "randomization": "aggressive", **changed})


def trained(cfg):
    recorder = Recorder()
    train(cfg, recorder, Control())
    return recorder


def assert_same(mine, its, path=""):
    """Equal, down to the last bit of every tensor; what the clock says aside."""
    assert type(mine) is type(its), path
    if isinstance(mine, dict):
        assert mine.keys() == its.keys(), path
        for key in mine:
            if key not in ("wall_s", "record"):
                assert_same(mine[key], its[key], f"{path}/{key}")
    elif isinstance(mine, (list, tuple)):
        assert len(mine) == len(its), path
        for index, pair in enumerate(zip(mine, its)):
            assert_same(*pair, f"{path}/{index}")
    elif isinstance(mine, torch.Tensor):
        assert torch.equal(mine, its), path
    else:
        assert mine == its, path


@pytest.mark.parametrize("algo", ALGORITHMS)
def test_a_run_resumed_five_times_ends_as_one_never_stopped(algo, tmp_path):
    whole = trained(cfg_of(algo, tmp_path / "whole", max_env_steps=6 * 256))
    for part in range(1, 7):
        cfg = cfg_of(algo, tmp_path / "parts", max_env_steps=part * 256)
        last = trained(cfg if part == 1 else replace(cfg, resume=tmp_path / "parts"))
        assert not last.sentences  # nothing had to begin anew
    states = [
        load_checkpoint(latest_checkpoint(tmp_path / name / "checkpoints"))
        for name in ("whole", "parts")
    ]
    assert states[0]["iteration"] == 6
    assert_same(*states)
    logs = [
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("whole", "parts")
    ]
    for mine, its in zip(*logs):
        for name in set(mine) - set(OF_THE_CLOCK):
            assert mine[name] == its[name], (mine["env_steps"], name)
    assert whole.summary["success_rate"] == last.summary["success_rate"]


def test_where_the_environments_cannot_go_on_they_begin_anew_and_say_so(tmp_path):
    trained(cfg_of("sac", tmp_path / "run", max_env_steps=512))
    cfg = cfg_of("sac", tmp_path / "run", randomization="none", resume=tmp_path / "run")
    recorder = trained(cfg)
    assert recorder.steps == [768, 1024]
    (sentence,) = recorder.sentences
    assert sentence.startswith("the environments begin new episodes where the run goes on")


def test_a_backend_without_a_state_begins_anew(tmp_path):
    trained(cfg_of("ppo", tmp_path / "run", max_env_steps=512))
    path = latest_checkpoint(tmp_path / "run" / "checkpoints")
    save_checkpoint(path.parent, 2, {**load_checkpoint(path), "environment": None})
    recorder = trained(cfg_of("ppo", tmp_path / "run", resume=tmp_path / "run"))
    assert "mujoco does not tell its state" in recorder.sentences[0]


def test_another_number_of_environments_does_not_fit_the_replay(tmp_path):
    trained(cfg_of("sac", tmp_path / "run", max_env_steps=256))
    cfg = cfg_of("sac", tmp_path / "other", num_envs=16, resume=tmp_path / "run")
    with pytest.raises(INPUT_ERRORS, match="give the same num_envs and sac.replay_size"):
        train(cfg, Recorder(), Control())
    assert not (tmp_path / "other").exists()
