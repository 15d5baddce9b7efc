"""What each of two processes does that train together, and how they are started.

In a file that is no test: the processes must find it by its name, however the tests are run.
"""

from __future__ import annotations

import multiprocessing
import os

import numpy as np
import torch
from recorded_run import Recorder

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.algorithms.sac import SAC, Minibatch
from rl_manip_train.algorithms.storage.rollout import standardized
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import Team, meeting_place
from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.train_cfg import PPOCfg, SACCfg
from rl_manip_train.tasks.reach import ReachTask

ENVS = 8
PATIENCE = 300.0  # for what a busy machine takes long to do [s]
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
    return {**kept, "_observation": ppo._collection.observation[None]}


def updated_ppo(rollout, team, mine):
    """Weights after one update on the environments ``mine`` of ``rollout``."""
    ppo = PPO(reach_environment(len(range(ENVS)[mine])), ONE_BATCH, 0, FiniteGuard(), team)
    for name, value in rollout.items():
        if name == "_observation":
            ppo._collection.observation = value[0, mine].clone()
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


def half(rank, address, work, folder):
    """A process of two: does its half of ``work`` and writes down what came of it."""
    torch.set_num_threads(1)
    os.environ.update(address, RANK=str(rank))
    torch.save(work[0](Team.joined("cpu"), *work[1:]), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


def by_two(folder, work):
    """What two processes return that each call ``work[0](team, *work[1:])``, by rank."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rl_manip_train.run.trainer"])
    with meeting_place(2) as address:
        ways = [(rank, address, work, folder) for rank in range(2)]
        processes = [context.Process(target=half, args=way) for way in ways]
        for process in processes:
            process.start()
        for process in processes:
            process.join(PATIENCE)
        hang = [process.pid for process in processes if process.is_alive()]
        for process in processes:
            process.kill()
    assert not hang, f"{len(hang)} of two processes hung"
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(2)]


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


def trained_together(team, cfgs):
    recorders = [Recorder() for _ in cfgs]
    for cfg, recorder in zip(cfgs, recorders):
        train(cfg, recorder, Control(), team=team)
    return [(recorder.steps, recorder.sentences) for recorder in recorders]
