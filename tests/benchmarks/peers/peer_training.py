"""One training of a task by one learner, until it meets the target: a process for each.

`python peer_training.py TASK LEARNER SEED SECONDS` prints one JSON object. All learn on the
workspace's own simulator, task, rewards and randomisation; judging them is the same for all and not
counted in their time.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import contextlib
import copy
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peer_packages import add_peer_packages

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.evaluation import acting, evaluate
from rl_manip_train.run.control import Control
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import gripper_for, task_class

TARGET = 0.95
JUDGED_EVERY = 16_384  # control steps of all arms together
PEERS_JUDGED_EVERY_S = 10.0  # of learning at the most: they take minutes, and judging takes seconds
OUR_SETTINGS = ", our settings"  # of a peer that learns with them; judged as often as ours then
EPISODES = 256


@dataclass
class Judge:
    """Evaluates a policy now and then, with the clock stopped."""

    task: str
    seed: int
    seconds: float
    every_s: float = PEERS_JUDGED_EVERY_S
    spent_s: float = 0.0  # judging
    reached: dict[str, Any] | None = None
    best: float = 0.0  # success [1]
    nearest_m: float = math.inf  # mean distance from the goal at the end of episodes

    def __post_init__(self) -> None:
        self._next, self._judged_s = JUDGED_EVERY, 0.0
        self.start()
        self._arm = load_arm("ur5e", gripper_for(self.task, "auto"))
        self._ranges = load_randomization("default")

    def start(self) -> None:
        """Learning begins now; what was imported before counts for nobody."""
        self._begin = time.monotonic()

    def training_s(self) -> float:
        """Time that was spent learning."""
        return time.monotonic() - self._begin - self.spent_s

    def goes_on(self, env_steps: int, policy: Callable[[torch.Tensor], torch.Tensor]) -> bool:
        """Judge if it is due; whether there is more to learn and time for it."""
        seconds, begin = self.training_s(), time.monotonic()
        if env_steps >= self._next and seconds >= self._judged_s + self.every_s:
            self._next, self._judged_s = env_steps + JUDGED_EVERY, seconds
            with torch.no_grad():
                result = evaluate(
                    acting(policy),
                    self._arm,
                    self.task,
                    "mujoco",
                    0.0,
                    self._ranges,
                    EPISODES,
                    self.seed + env_steps,
                )
            self.spent_s += time.monotonic() - begin
            self.best = max(self.best, result.success_rate)
            self.nearest_m = min(self.nearest_m, result.mean_final_distance)
            if result.success_rate >= TARGET:
                self.reached = {"s": seconds, "env_steps": env_steps}
        return self.reached is None and self.training_s() < self.seconds


def environment_of(name: str, num_envs: int, seed: int) -> Environment:
    """Of a task, as the workspace's own learners have it."""
    arm = load_arm("ur5e", gripper_for(name, "auto"))
    task = task_class(name)(arm, num_envs, np.random.default_rng(seed))
    task.training = True
    return Environment(
        task, arm, "mujoco", num_envs, 0.0, load_randomization("default"), seed, staggered=True
    )


def ours(algo: str, seed: int, judge: Judge, guided: bool = True, **changes: Any) -> int:
    """The workspace's trainer, with its defaults but for the interval of judging.

    Args:
      algo: ppo or sac.
      seed: of the training.
      judge: says when to stop.
      guided: start as the task's defaults have it, which may be from its guide; else from nothing.
      changes: other settings of the training.
    """
    steps = 0

    class Reporter:
        def progressed(self, env_steps: int, metrics: dict[str, float]) -> None:
            nonlocal steps
            steps, rate = env_steps, metrics.get("eval/success_rate")
            judge.spent_s += metrics.get("charts/eval_s", 0.0)
            if rate is not None:
                judge.best = max(judge.best, rate)
                judge.nearest_m = min(judge.nearest_m, metrics["eval/mean_final_distance"])
                if rate >= TARGET and judge.reached is None:
                    judge.reached = {"s": judge.training_s(), "env_steps": env_steps}
            if judge.reached or judge.training_s() > judge.seconds:
                control.give("stop")

        def started(self, run: dict[str, Any]) -> None: ...
        def said(self, sentence: str) -> None: ...
        def obeyed(self, order: str, outcome: str) -> None: ...
        def finished(self, summary: dict[str, Any]) -> None: ...

    control = Control()
    with tempfile.TemporaryDirectory() as folder:
        cfg = replace(
            default_cfg(judge.task, algo),
            seed=seed,
            run_dir=Path(folder) / "run",
            eval_interval=JUDGED_EVERY // 4 if algo == "sac" else JUDGED_EVERY,
            max_env_steps=100_000_000,
            eval_episodes=EPISODES,
            final_episodes=1,
        )
        cfg = replace(cfg, **changes)
        if not guided:
            cfg = replace(cfg, ppo=replace(cfg.ppo, guided_steps=0))
        judge.start()
        train(cfg, Reporter(), control)
    return steps


def stable_baselines3(algo: str, seed: int, judge: Judge, as_ours: bool = False) -> int:
    """Stable-Baselines3 with its defaults; PPO with 8 environments and VecNormalize.

    Args:
      algo: ppo or sac.
      seed: of the training.
      judge: says when to stop.
      as_ours: PPO with our settings and as many environments as ours instead.
    """
    from sb3_environments import SB3Environments, settings_as_ours
    from stable_baselines3 import PPO, SAC
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import VecNormalize

    class Callback(BaseCallback):
        def _on_step(self) -> bool:
            return judge.goes_on(self.num_timesteps, policy)

    if algo == "ppo":
        num_envs = TrainCfg.num_envs if as_ours else 8
        settings = {"gamma": 0.99}
        if as_ours:
            settings = settings_as_ours(default_cfg(judge.task).ppo, num_envs)
        several = SB3Environments(environment_of(judge.task, num_envs, seed))
        environments = VecNormalize(several, gamma=settings["gamma"])
        model = PPO("MlpPolicy", environments, seed=seed, device="cpu", **settings)
    else:
        environments = SB3Environments(environment_of(judge.task, 1, seed))
        model = SAC("MlpPolicy", environments, seed=seed, device="cpu")

    def policy(features: torch.Tensor) -> torch.Tensor:
        observation = features.numpy()
        if algo == "ppo":
            observation = environments.normalize_obs(observation)
        return torch.as_tensor(model.predict(observation, deterministic=True)[0])

    judge.start()
    model.learn(100_000_000, callback=Callback())
    return model.num_timesteps


def rsl_rl(seed: int, judge: Judge, as_ours: bool = False) -> int:
    """rsl_rl's PPO with as many environments as ours; ``as_ours`` with our settings, too."""
    from rsl_rl.runners import OnPolicyRunner
    from rsl_rl_environments import SETTINGS, RslRlEnvironments, settings_as_ours
    from tensordict import TensorDict

    class Judged(RslRlEnvironments):
        def step(self, actions: torch.Tensor) -> tuple:
            if not judge.goes_on(self.env_steps, policy):
                raise StopIteration
            return super().step(actions)

    def policy(features: torch.Tensor) -> torch.Tensor:
        return runner.alg.actor(TensorDict({"policy": features}, batch_size=[len(features)]))

    torch.manual_seed(seed)
    environments = Judged(environment_of(judge.task, TrainCfg.num_envs, seed))
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(StopIteration):
        settings = copy.deepcopy(SETTINGS)
        if as_ours:
            settings = settings_as_ours(default_cfg(judge.task).ppo)
        runner = OnPolicyRunner(environments, settings)
        judge.start()
        runner.learn(1_000_000)
    return environments.env_steps


LEARNERS: dict[str, Callable[[int, Judge], int]] = {
    "ours ppo": lambda seed, judge: ours("ppo", seed, judge),
    "ours ppo, unguided": lambda seed, judge: ours("ppo", seed, judge, guided=False),
    "Stable-Baselines3 ppo": lambda seed, judge: stable_baselines3("ppo", seed, judge),
    "rsl_rl ppo": rsl_rl,
    f"rsl_rl ppo{OUR_SETTINGS}": lambda seed, judge: rsl_rl(seed, judge, as_ours=True),
    f"Stable-Baselines3 ppo{OUR_SETTINGS}": lambda seed, judge: stable_baselines3(
        "ppo", seed, judge, as_ours=True
    ),
    "ours sac": lambda seed, judge: ours("sac", seed, judge),
    "Stable-Baselines3 sac": lambda seed, judge: stable_baselines3("sac", seed, judge),
}


def main() -> int:
    """Train as the command line says, and print what came of it."""
    task, learner, seed, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    torch.set_num_threads(1)
    add_peer_packages()
    as_ours = learner.endswith(OUR_SETTINGS)
    judge = Judge(task, seed, seconds, 0.0 if as_ours else PEERS_JUDGED_EVERY_S)
    steps = LEARNERS[learner](seed, judge)
    print(
        json.dumps(
            {
                "reached": judge.reached,
                "best": judge.best,
                "nearest_m": judge.nearest_m,
                "env_steps": steps,
                "training_s": judge.training_s(),
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
