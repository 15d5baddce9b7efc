"""Kills trainings with SIGKILL at random moments, resumes them, and compares how they end.

By hand: `python src/rl_manip_train/test/run/kill_training.py --kills 200`. Task, algorithm and
whether a guide comes first are drawn for each run. Every second kill is aimed at a file being
written; every run is killed five times and then ends by itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from ended_alike import (
    ALGORITHMS,
    REMEMBERING,
    WITH_GUIDE,
    assert_ended_alike,
    guided_cfg,
    remembering_cfg,
    remembering_guided_cfg,
    small_cfg,
)
from recorded_run import Recorder

from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import latest_checkpoint
from rl_manip_train.run.files.run_directory import CONFIG
from rl_manip_train.run.trainer import train

KILLS_PER_RUN = 5
ITERATIONS = 16
LONGEST_S = 300.0
"""A training that takes longer than this hangs."""


class Training(NamedTuple):
    """What is trained, killed and resumed."""

    task: str
    algo: str
    guided: bool  # by the task's guide at first
    memory: str = ""  # of the actor, one of ``REMEMBERING``; nothing for none

    def cfg(self, run_dir, resume):
        """A small training that checkpoints after every iteration."""
        of_memory = (remembering_guided_cfg if self.guided else remembering_cfg, self.memory)
        of_algo = (guided_cfg if self.guided else small_cfg, self.algo)
        make, by = of_memory if self.memory else of_algo
        return make(
            by,
            run_dir,
            task=self.task,
            max_env_steps=ITERATIONS * 256,
            checkpoint_interval=256,
            eval_interval=2048,
            target_success=1.0,
            resume=resume,
        )


def drawn(draw):
    """A training of those that there are, by the random generator ``draw``."""
    task = draw.choice(("reach", *WITH_GUIDE))
    guided = task in WITH_GUIDE and draw.random() < 0.75
    algo = draw.choice(sorted(ALGORITHMS))
    memory = draw.choice(("", *REMEMBERING)) if algo == "ppo" else ""
    return Training(task, algo, guided, memory)


@dataclass
class Tally:
    """What was done so far."""

    kills: int = 0
    while_writing: int = 0  # of the kills: a file was half written
    before_a_checkpoint: int = 0  # of the kills: nothing to resume from yet
    runs: Counter = field(default_factory=Counter)  # that ended as wanted, by what was trained


def go_on(training, run_dir):
    """Train in ``run_dir`` from what is there to the end, as a process of its own."""
    torch.set_num_threads(1)
    begun = (Path(run_dir) / CONFIG).exists()
    train(training.cfg(run_dir, run_dir if begun else None), Recorder(), Control())


def processes():
    """A context whose processes begin with everything imported: a start costs no seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rl_manip_train.run.trainer"])
    return context


def half_written(run_dir):
    """The files of a run that are being written, or that a killed process was writing."""
    return [*run_dir.glob(".*.tmp"), *run_dir.glob("checkpoints/.*.tmp")]


def kill_once(context, training, run_dir, iterations, delay, aimed, tally):
    """Start or resume the run, and kill it unless it ends first.

    Args:
      context: see ``processes``.
      training: what is trained.
      run_dir: its folder.
      iterations: that it may make before.
      delay: after those, or after the start for none [s].
      aimed: wait on from there until a file is half written.
      tally: counts it.
    """
    log = run_dir / "metrics.jsonl"
    process = context.Process(target=go_on, args=(training, run_dir))
    process.start()
    size, begin = -1, time.monotonic()
    latest = begin + LONGEST_S
    while iterations and process.is_alive() and time.monotonic() < latest:
        if log.exists() and log.stat().st_size != size:  # it is also cut when a run is resumed
            iterations, size = iterations - 1, log.stat().st_size
        time.sleep(0.0005)
    process.join(delay)
    while aimed and process.is_alive() and not half_written(run_dir) and time.monotonic() < latest:
        time.sleep(0.0002)
    running = process.is_alive()
    process.kill()
    process.join()
    if running:
        tally.kills += 1
        tally.while_writing += bool(half_written(run_dir))
        tally.before_a_checkpoint += latest_checkpoint(run_dir / "checkpoints") is None
    else:
        assert process.exitcode == 0, f"{training} in {run_dir} ended with {process.exitcode}"
    assert time.monotonic() - begin < LONGEST_S, f"{training} in {run_dir} hung"


def finish(context, training, run_dir):
    """Let the run go on to its end; returns how long that took [s]."""
    process = context.Process(target=go_on, args=(training, run_dir))
    begin = time.monotonic()
    process.start()
    process.join(LONGEST_S)
    process.kill()
    process.join()
    assert process.exitcode == 0, f"{training} in {run_dir} ended with {process.exitcode}"
    return time.monotonic() - begin


def kill_trainings(folder, kills, seed=0, said=lambda sentence: None):
    """Kill ``kills`` times in all, as many runs as that takes; returns the tally.

    Raises:
      AssertionError: a run could not be resumed, or ended otherwise than one never stopped.
    """
    draw, tally, context = random.Random(seed), Tally(), processes()
    folder, duration = Path(folder), {}
    while tally.kills < kills:
        training = drawn(draw)
        whole = folder / "_".join(map(str, training))
        if training not in duration:
            duration[training] = finish(context, training, whole)
        run_dir = folder / f"run_{sum(tally.runs.values())}"
        for kill in range(KILLS_PER_RUN):
            last = kill == KILLS_PER_RUN - 1
            # the last may come at any time, also while it is judged and exported; those before it
            # leave it iterations to make
            iterations = 0 if last else draw.randint(0, ITERATIONS // KILLS_PER_RUN)
            delay = draw.uniform(0.0, duration[training] / (1.0 if last else ITERATIONS))
            kill_once(context, training, run_dir, iterations, delay, kill % 2 == 1, tally)
        finish(context, training, run_dir)
        assert_ended_alike(run_dir, whole)
        load_onnx_policy(run_dir / "policy.onnx")
        assert not half_written(run_dir)
        tally.runs[training] += 1
        said(f"{tally}")
    return tally


def main():
    """0 if every run ended as one that was never stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_trainings(
            folder, asked.kills, asked.seed, lambda text: print(text, flush=True)
        )
    print(
        f"{tally.kills} kills, {tally.while_writing} of them while a file was written: every run "
        "went on and ended bit for bit as one never stopped"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
