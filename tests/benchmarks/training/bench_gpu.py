"""What one GPU does: rates by the number of arms, and the time that tasks take to learn.

    make bench BENCH=gpu

Every measurement is a process of its own (`python bench_gpu.py rates BACKEND ARMS` and
`… learning BACKEND TASK SECONDS` print one JSON object each), so that memory is its own and a
backend with one simulation in a process can be measured; all of them together take eight minutes at
the most. Without a GPU that a backend can use nothing is measured, and one sentence says so.
"""

from __future__ import annotations

import rl_manip_sim  # noqa: F401  it imports isaacgym, which has to come before torch

# isort: split
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from peer_training import TARGET, Judge, ours
from written_figures import machine, write

from rl_manip_description import load_arm
from rl_manip_sim.backends.availability import NO_GPU, what_is_missing
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.algorithms.learners import make_learner
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.tensor_device import use_device_of
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.tasks import gripper_for, task_class

BACKENDS = ("isaacgym", "mujoco_warp")  # the first that can run here
SIZES = (1024, 2048, 4096, 8192, 16384)  # arms
LEARNING_ARMS = 4096
TASKS = ("reach", "grasp", "pick_place")
LONGEST_S = 480.0  # all together
RATES_S = 200.0  # of which for rates
SECONDS = 4.0  # of measuring one rate, after what compiles and captures
GIB = 2**30


def main() -> int:
    """Measure, print a table, and write gpu.json; 0 also where there is nothing to measure on."""
    if sys.argv[1:2] == ["rates"]:
        return say(rates(sys.argv[2], "reach", int(sys.argv[3]), SECONDS))
    if sys.argv[1:2] == ["learning"]:
        return say(learning(sys.argv[2], sys.argv[3], float(sys.argv[4])))
    missing = {backend: what_is_missing(backend) for backend in BACKENDS}
    usable = [backend for backend, reason in missing.items() if not reason]
    if not torch.cuda.is_available() or not usable:
        reason = missing["mujoco_warp"] if torch.cuda.is_available() else NO_GPU
        print(f"bench gpu: nothing is measured: {reason}.")
        return 0
    backend, begin = usable[0], time.monotonic()
    figures: dict[str, Any] = {"card": torch.cuda.get_device_name(0), "backend": backend}
    for count in SIZES:
        left = begin + RATES_S - time.monotonic()
        figures[f"reach, {count:,} arms"] = measured(left, "rates", backend, str(count))
    for place, task in enumerate(TASKS):
        left = (begin + LONGEST_S - time.monotonic()) / (len(TASKS) - place)
        found = measured(left, "learning", backend, task, f"{0.9 * left:.0f}")
        figures[f"{task} to {TARGET:.0%}, {LEARNING_ARMS:,} arms"] = found
    figures["all together [s]"] = time.monotonic() - begin
    write("gpu", {**figures, "machine": machine()})
    return 0


def say(figures: dict[str, Any]) -> int:
    """Print figures as one line that ``measured`` reads."""
    print(json.dumps(figures), flush=True)
    return 0


def measured(seconds: float, *what: str) -> dict[str, Any] | str:
    """What a process of its own measures within ``seconds``, or why there is nothing."""
    if seconds <= 0.0:
        return "no time was left"
    command = [sys.executable, __file__, *what]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not within {seconds:.0f} s"
    if done.returncode:
        return f"ended with code {done.returncode}, see above"
    return json.loads(done.stdout.splitlines()[-1])


def rates(backend: str, task_name: str, arms: int, seconds: float) -> dict[str, Any]:
    """Control steps per second of training, of the environment and of the simulator alone.

    Args:
      backend: which, and with it the device.
      task_name: which task.
      arms: side by side.
      seconds: that each rate is measured for [s]; the first round is not counted.
    """
    use_device_of(backend)
    environment = environment_on(backend, task_name, arms)
    learner = make_learner(default_cfg(task_name), environment, FiniteGuard())
    horizon = learner.steps_per_iteration // arms
    actions = torch.rand(horizon, arms, environment.task.action_width) * 2.0 - 1.0
    commands = torch.rand(horizon, arms, environment.sim.num_links) - 0.5

    def train() -> None:
        learner.collect()
        learner.update()

    def simulate() -> None:
        for action in actions:
            environment.step(action)

    def simulate_only() -> None:
        for command in commands:
            environment.sim.step(command)

    found = {
        f"{name} [steps/s]": learner.steps_per_iteration / seconds_of(work, seconds)
        for name, work in (
            ("training", train),
            ("environment", simulate),
            ("simulator", simulate_only),
        )
    }
    found["training over simulator [1]"] = (
        found["training [steps/s]"] / found["simulator [steps/s]"]
    )
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        found["memory in use on the card [GiB]"] = (total - free) / GIB
    return found


def environment_on(backend: str, task_name: str, arms: int) -> Environment:
    """Of a task, as training has it."""
    arm = load_arm("ur5e", gripper_for(task_name, "auto"))
    task = task_class(task_name)(arm, arms, np.random.default_rng(0))
    task.training = True
    ranges = load_randomization("default")
    return Environment(task, arm, backend, arms, 0.0, ranges, 0, staggered=True)


def seconds_of(work: Callable[[], None], seconds: float) -> float:
    """Mean time of a call [s] over as many as ``seconds`` hold, after one that is free."""
    work()
    finish_device_work()
    begin, calls = time.perf_counter(), 0
    while not calls or time.perf_counter() - begin < seconds:
        work()
        finish_device_work()
        calls += 1
    return (time.perf_counter() - begin) / calls


def finish_device_work() -> None:
    """Wait until the GPU, if there is one, has done what it was told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def learning(backend: str, task: str, seconds: float) -> dict[str, Any]:
    """Time [s], judging left out, and control steps until 95 % of episodes meet their goal."""
    judge = Judge(task, seed=0, seconds=seconds)
    steps = ours(
        "ppo",
        0,
        judge,
        backend=backend,
        num_envs=LEARNING_ARMS,
        eval_interval=4 * LEARNING_ARMS * default_cfg(task).ppo.horizon,
    )
    if judge.reached:
        return {"training [s]": judge.reached["s"], "control steps": judge.reached["env_steps"]}
    return {
        "not reached in [s]": judge.training_s(),
        "control steps": steps,
        "best success [1]": judge.best,
    }


if __name__ == "__main__":
    sys.exit(main())
