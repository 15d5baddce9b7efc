"""Two processes that train together compute what one with all the environments does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
import torch
from ended_alike import assert_ended_alike
from recorded_run import Recorder, tiny
from two_processes import (
    ENVS,
    OFF_POLICY,
    ONE_BATCH,
    both_halves,
    by_two,
    reach_environment,
    rollout_of,
    silence,
    trained_together,
    updated_ppo,
    updated_sac,
)

from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.algorithms.sac import SAC
from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.machine.data_parallel import ALONE, LostProcessError, Team, meeting_place
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import TrainCfgError


def assert_close(mine, its):
    for name, value in its.items():
        torch.testing.assert_close(mine[name], value, rtol=1e-4, atol=1e-5, msg=name)


def test_two_halves_make_the_update_of_the_whole(tmp_path, monkeypatch):
    silence(monkeypatch)
    ppo = PPO(reach_environment(ENVS), ONE_BATCH, 0, FiniteGuard())
    ppo.collect()
    rollout = rollout_of(ppo)
    sac = SAC(reach_environment(2), OFF_POLICY, 0, FiniteGuard())
    for _ in range(40):
        sac.collect()
    (batch,) = sac._minibatches(1)
    values = [torch.randn(32, 2), 3.0 * torch.randn(32, 2) + 1.0]
    values[1][20] = float("nan")  # of the second process; left out by both

    normalizer = RunningNormalizer(2)
    for part in values:
        normalizer.update(part)
    whole = {
        "ppo": updated_ppo(rollout, ALONE, slice(0, ENVS)),
        "sac": updated_sac(batch, ALONE, slice(0, 32)),
    }
    first, second = by_two(tmp_path, (both_halves, rollout, batch, values))
    for name in ("ppo", "sac"):
        assert_close(first[name], whole[name])
        for key, value in first[name].items():  # and both hold the very same
            assert torch.equal(second[name][key], value), key
    before = PPO(reach_environment(ENVS), ONE_BATCH, 0, FiniteGuard()).actor_critic.state_dict()
    assert not torch.allclose(first["ppo"]["actor.0.weight"], before["actor.0.weight"], atol=1e-3)
    for key, value in normalizer.state_dict().items():
        torch.testing.assert_close(first["normalizer"][key], value)
    assert float(first["normalizer"]["count"]) == 63.0
    expected = values[0][:, 0]
    torch.testing.assert_close(
        torch.cat((first["advantage"], second["advantage"])),
        (expected - expected.mean()) / (expected.std() + 1e-8),
    )
    assert (first["told"], second["told"]) == ("north", "north")
    assert first["metrics"] == second["metrics"] == {"a": 1.5, "b": 5}
    assert first["seed"] == 7
    assert second["seed"] != 7


@pytest.mark.parametrize("algo", ["ppo", "sac"])
def test_two_processes_train_one_run_which_goes_on_bit_for_bit(algo, tmp_path):
    cfg = tiny(tmp_path / "whole", algo=algo, sac=replace(OFF_POLICY, random_steps=256, horizon=8))
    begun = replace(cfg, run_dir=tmp_path / "parts", max_env_steps=512)
    resumed = replace(cfg, run_dir=tmp_path / "parts", resume=tmp_path / "parts")
    leaders, others = by_two(tmp_path, (trained_together, (cfg, begun, resumed)))
    # the arms of both count, and only the leader speaks
    assert [steps for steps, _ in leaders] == [[256, 512, 768, 1024], [256, 512], [768, 1024]]
    assert others == [([], [])] * 3
    assert_ended_alike(tmp_path / "parts", tmp_path / "whole")
    state = load_checkpoint(latest_checkpoint(tmp_path / "whole" / "checkpoints"))
    (other,) = state["others"]
    for part in ("actor_critic",) if algo == "ppo" else ("actor", "critic", "target_critic"):
        for name, value in state["learner"][part].items():
            assert torch.equal(other["learner"][part][name], value), name
    # and each has arms of its own
    mine, its = (one["learner"] for one in (state, other))
    assert not torch.equal(mine["generator"], its["generator"])
    with pytest.raises(INPUT_ERRORS, match="of 2 processes, expected 1; give nproc 2"):
        train(replace(cfg, run_dir=tmp_path / "alone", resume=cfg.run_dir), Recorder(), Control())


def test_the_command_trains_with_two_processes(tmp_path):
    flags = {
        "nproc": 2,
        "num-envs": 32,
        "max-env-steps": 1024,
        "eval-interval": 1024,
        "eval-episodes": 4,
        "final-episodes": 4,
        "run-dir": tmp_path / "run",
        "progress": "json",
    }
    command = [sys.executable, "-m", "rl_manip_train.commands.train"]
    for name, value in flags.items():
        command += [f"--{name}", str(value)]
    orders, _ = os.pipe()  # its end would be an order to stop
    done = subprocess.run(command, stdin=orders, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert (events[0], events[-1]) == ("started", "finished")
    assert events.count("finished") == 1
    summary = json.loads((tmp_path / "run" / "training.json").read_text())
    assert summary["env_steps"] == 1024
    # what one process cannot use is one sentence, said once
    again = subprocess.run(command, stdin=orders, capture_output=True, text=True)
    assert again.returncode == 2
    (line,) = [text for text in again.stderr.splitlines() if text.startswith("error: ")]
    assert "already holds a run" in line


def test_environments_that_cannot_be_shared_out_are_refused(tmp_path):
    with pytest.raises(TrainCfgError, match="num_envs is 32, expected a multiple of nproc, 3"):
        tiny(tmp_path, nproc=3)
    with pytest.raises(TrainCfgError, match="num_envs is 32, expected a multiple of the 5"):
        train(tiny(tmp_path), Recorder(), Control(), team=Team(0, 5))


def test_a_process_that_never_comes_is_waited_for_for_minutes_not_for_days(monkeypatch):
    monkeypatch.setattr("rl_manip_train.machine.data_parallel.LONGEST_START", timedelta(seconds=1))
    with meeting_place(2) as address:
        for name, value in {**address, "RANK": "0"}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(LostProcessError, match="did not all start within 1 s"):
            Team.joined("cpu")
    assert not torch.distributed.is_initialized()


def test_nobody_takes_the_port_before_the_leader_listens():
    with (
        meeting_place(2) as address,
        socket.socket() as other,
        pytest.raises(OSError, match="in use"),
    ):
        other.bind((address["MASTER_ADDR"], int(address["MASTER_PORT"])))
