"""Two processes that train together compute what one with all the environments does."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from ended_alike import assert_ended_alike
from recorded_run import Recorder, tiny

from rl_manip_description import load_arm
from rl_manip_sim.randomization import PRESETS
from rl_manip_train.checkpoint import latest_checkpoint, load_checkpoint
from rl_manip_train.commands import INPUT_ERRORS
from rl_manip_train.control import Control
from rl_manip_train.data_parallel import ALONE, Team, _free_port
from rl_manip_train.environment import Environment
from rl_manip_train.finite_guard import FiniteGuard
from rl_manip_train.normalization import RunningNormalizer
from rl_manip_train.ppo import PPO
from rl_manip_train.rollout import standardized
from rl_manip_train.sac import SAC, Minibatch
from rl_manip_train.tasks.reach import ReachTask
from rl_manip_train.train_cfg import PPOCfg, SACCfg, TrainCfgError
from rl_manip_train.trainer import train

ENVS = 8
ONE_BATCH = PPOCfg(horizon=6, epochs=3, minibatches=1, hidden=(16,))
OFF_POLICY = SACCfg(batch_size=32, hidden=(16,), replay_size=800)


def reach_environment(num_envs):
    arm = load_arm("ur5e")
    task = ReachTask(arm, num_envs, np.random.default_rng(0))
    return Environment(
        task, arm, "mujoco", num_envs, 0.01, PRESETS["default"], 0, staggered=True, num_threads=1
    )


def rollout_of(ppo):
    """Everything that an update starts from, by name, environments in the second dimension."""
    kept = {
        name: value for name, value in vars(ppo._rollout).items() if isinstance(value, torch.Tensor)
    }
    return {**kept, "_observation": ppo._observation[None]}


def updated_ppo(rollout, team, mine):
    """Weights after one update on the environments ``mine`` of ``rollout``."""
    ppo = PPO(reach_environment(len(range(ENVS)[mine])), ONE_BATCH, 0, FiniteGuard(), team)
    for name, value in rollout.items():
        if name == "_observation":
            ppo._observation = value[0, mine].clone()
        else:
            setattr(ppo._rollout, name, value[:, mine].clone())
    ppo._estimate_advantages()
    metrics = ppo.update()
    return {**ppo.actor_critic.state_dict(), "kl": torch.tensor(metrics["losses/kl"])}


def updated_sac(batch, team, mine):
    """Weights after three updates on the rows ``mine`` of ``batch``."""
    sac = SAC(reach_environment(2), OFF_POLICY, 0, FiniteGuard(), team)
    draw = sac.actor.draw
    # the same noise for every row, however rows are shared out
    sac.actor.draw = lambda observation, _: draw(observation, _Silent())
    part = Minibatch(*(value[mine] for value in batch))
    for _ in range(3):
        sac._improve(part)
    weights = {**sac.actor.state_dict(), **sac.critic.state_dict()}
    return {**weights, "log_alpha": sac.log_alpha.detach()}


class _Silent:
    """Stands for a generator; see ``silence``."""


def silence(monkeypatch=None):
    """Make drawn noise zero where ``_Silent`` draws it."""
    randn = torch.randn

    def without_noise(*shape, generator=None, **options):
        if isinstance(generator, _Silent):
            return torch.zeros(*shape, **options)
        return randn(*shape, generator=generator, **options)

    if monkeypatch is None:
        torch.randn = without_noise
    else:
        monkeypatch.setattr(torch, "randn", without_noise)


def half(rank, port, work, folder):
    """A process of two: does its half of ``work`` and writes down what came of it."""
    torch.set_num_threads(1)
    os.environ.update(
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE="2", RANK=str(rank)
    )
    torch.save(work[0](Team.joined("cpu"), *work[1:]), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


def by_two(folder, work):
    """What two processes return that each call ``work[0](team, *work[1:])``, by rank."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rl_manip_train.trainer", "torch._dynamo"])
    port = _free_port()
    processes = [context.Process(target=half, args=(r, port, work, folder)) for r in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(2)]


def assert_close(mine, its):
    for name, value in its.items():
        torch.testing.assert_close(mine[name], value, rtol=1e-4, atol=1e-5, msg=name)


def both_halves(team, rollout, batch, values):
    silence()
    mine = slice(team.rank * ENVS // 2, (team.rank + 1) * ENVS // 2)
    rows = slice(team.rank * 16, (team.rank + 1) * 16)
    normalizer = RunningNormalizer(2)
    for part in values:
        normalizer.update(part[rows], team)
    return {
        "ppo": updated_ppo(rollout, team, mine),
        "sac": updated_sac(batch, team, rows),
        "normalizer": normalizer.state_dict(),
        "advantage": standardized(values[0][rows, 0], team),
        "told": team.told("north" if team.leads else "south"),
        "metrics": team.mean_metrics({"a": 1.0 + team.rank} if team.leads else {"a": 2.0, "b": 5}),
        "seed": team.seed(7),
    }


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


def trained_together(team, cfgs):
    recorders = [Recorder() for _ in cfgs]
    for cfg, recorder in zip(cfgs, recorders):
        train(cfg, recorder, Control(), team=team)
    return [(recorder.steps, recorder.sentences) for recorder in recorders]


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
