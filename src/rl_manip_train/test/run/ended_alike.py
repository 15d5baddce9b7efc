"""Small trainings of each algorithm, and whether two of them ended alike, bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from recorded_run import SMALL_PPO, tiny

from rl_manip_train.run.files.checkpoint import latest_checkpoint, load_checkpoint
from rl_manip_train.settings.train_cfg import SACCfg

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
# three iterations after a guide, of which two are of the critic alone and the third goes on to
# follow it, or of an episode and more
GUIDED = {
    "ppo": {"ppo": replace(SMALL_PPO, guided_steps=768, guided_warmup=2, guide_weight=10.0)},
    "sac": {
        "num_envs": 8,
        "sac": replace(ALGORITHMS["sac"]["sac"], horizon=32, guided_steps=1),
    },
}
# actors that remember and settle after two iterations, and critics that see more
SETTLING = replace(SMALL_PPO, settles_after=512, settled_target_kl=1e-3)
REMEMBERING = {
    "history": {"ppo": replace(SETTLING, history=3, privileged_critic=True)},
    "gru": {"ppo": replace(SMALL_PPO, memory="gru", memory_width=8, privileged_critic=True)},
}
REMEMBERING_GUIDED = {
    memory: {"ppo": replace(of["ppo"], guided_steps=768, guided_warmup=2)}
    for memory, of in REMEMBERING.items()
}
WITH_GUIDE = ("reach_pose", "grasp", "pick_place", "stack")
OF_THE_CLOCK = (
    "charts/wall_s",
    "charts/env_steps_per_s",
    "charts/collect_s",
    "charts/update_s",
    "charts/eval_s",
)


def small_cfg(algo, run_dir, **changed):
    """A small training by ``algo`` with everything randomised."""
    return tiny(run_dir, **{**ALGORITHMS[algo], "randomization": "aggressive", **changed})


def guided_cfg(algo, run_dir, **changed):
    """As ``small_cfg``, and at first by the guide of a task that has one."""
    return small_cfg(algo, run_dir, **{"task": "reach_pose", **GUIDED[algo], **changed})


def remembering_cfg(memory, run_dir, **changed):
    """As ``small_cfg`` by PPO, of an actor that remembers."""
    return small_cfg("ppo", run_dir, **{**REMEMBERING[memory], **changed})


def remembering_guided_cfg(memory, run_dir, **changed):
    """As ``guided_cfg`` by PPO, of an actor that remembers."""
    return guided_cfg("ppo", run_dir, **{**REMEMBERING_GUIDED[memory], **changed})


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


def logged(run_dir):
    """The run's metrics, an iteration each; what the clock says aside."""
    rows = [json.loads(line) for line in (Path(run_dir) / "metrics.jsonl").read_text().splitlines()]
    return [{name: row[name] for name in row if name not in OF_THE_CLOCK} for row in rows]


def assert_ended_alike(mine, its):
    """Two runs' folders hold the same newest checkpoint and the same metrics."""
    states = [load_checkpoint(latest_checkpoint(Path(run) / "checkpoints")) for run in (mine, its)]
    assert_same(*states)
    assert logged(mine) == logged(its)


def assert_seed_alone_decides(weights_of, name):
    """``weights_of(seed, num_threads)`` is the same at any number of threads, and another by seed.

    ``name`` is of a tensor that tells two seeds apart.
    """
    first, second, other = (weights_of(*given) for given in ((0, 1), (0, 2), (1, 1)))
    for key, value in first.items():
        assert torch.equal(value, second[key]), key
    assert not torch.equal(first[name], other[name])
