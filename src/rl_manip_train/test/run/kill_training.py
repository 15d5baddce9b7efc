"""Kills trainings with SIGKILL at random moments, resumes them, and compares how they end.

By hand: `python src/rl_manip_train/test/run/kill_training.py --kills 200`. Every second kill is
aimed at a file being written; every run is killed five times and then ends by itself.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from ended_alike import ALGORITHMS, assert_ended_alike, small_cfg
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


@dataclass
class Tally:
    """What was done so far."""

    kills: int = 0
    while_writing: int = 0  # of the kills: a file was half written
    before_a_checkpoint: int = 0  # of the kills: nothing to resume from yet
    runs: dict = field(default_factory=lambda: dict.fromkeys(ALGORITHMS, 0))  # that ended as wanted


def cfg_of(algo, run_dir, resume):
    """A small training that checkpoints after every iteration."""
    return small_cfg(
        algo,
        run_dir,
        max_env_steps=ITERATIONS * 256,
        checkpoint_interval=256,
        eval_interval=2048,
        target_success=1.0,
        resume=resume,
    )


def go_on(algo, run_dir):
    """Train in ``run_dir`` from what is there to the end, as a process of its own."""
    torch.set_num_threads(1)
    begun = (Path(run_dir) / CONFIG).exists()
    train(cfg_of(algo, run_dir, run_dir if begun else None), Recorder(), Control())


def processes():
    """A context whose processes begin with everything imported: a start costs no seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rl_manip_train.run.trainer", "torch._dynamo"])
    return context


def half_written(run_dir):
    """The files of a run that are being written, or that a killed process was writing."""
    return [*run_dir.glob(".*.tmp"), *run_dir.glob("checkpoints/.*.tmp")]


def kill_once(context, algo, run_dir, iterations, delay, aimed, tally):
    """Start or resume the run, and kill it unless it ends first.

    Args:
      context: see ``processes``.
      algo: which training.
      run_dir: its folder.
      iterations: that it may make before.
      delay: after those, or after the start for none [s].
      aimed: wait on from there until a file is half written.
      tally: counts it.
    """
    log = run_dir / "metrics.jsonl"
    process = context.Process(target=go_on, args=(algo, run_dir))
    process.start()
    size, begin = -1, time.monotonic()
    while iterations and process.is_alive():
        if log.exists() and log.stat().st_size != size:  # it is also cut when a run is resumed
            iterations, size = iterations - 1, log.stat().st_size
        time.sleep(0.0005)
    process.join(delay)
    while aimed and process.is_alive() and not half_written(run_dir):
        time.sleep(0.0002)
    running = process.is_alive()
    process.kill()
    process.join()
    if running:
        tally.kills += 1
        tally.while_writing += bool(half_written(run_dir))
        tally.before_a_checkpoint += latest_checkpoint(run_dir / "checkpoints") is None
    else:
        assert process.exitcode == 0, f"{algo} in {run_dir} ended with {process.exitcode}"
    assert time.monotonic() - begin < LONGEST_S, f"{algo} in {run_dir} hung"


def finish(context, algo, run_dir):
    """Let the run go on to its end; returns how long that took [s]."""
    process = context.Process(target=go_on, args=(algo, run_dir))
    begin = time.monotonic()
    process.start()
    process.join(LONGEST_S)
    process.kill()
    process.join()
    assert process.exitcode == 0, f"{algo} in {run_dir} ended with {process.exitcode}"
    return time.monotonic() - begin


def kill_trainings(folder, kills, seed=0, said=lambda sentence: None):
    """Kill ``kills`` times in all, as many runs as that takes; returns the tally.

    Raises:
      AssertionError: a run could not be resumed, or ended otherwise than one never stopped.
    """
    draw, tally, context = random.Random(seed), Tally(), processes()
    whole = {algo: Path(folder) / f"{algo}_whole" for algo in ALGORITHMS}
    duration = {algo: finish(context, algo, whole[algo]) for algo in ALGORITHMS}
    for number, algo in enumerate(itertools.cycle(ALGORITHMS)):
        run_dir = Path(folder) / f"{algo}_{number}"
        for kill in range(KILLS_PER_RUN):
            last = kill == KILLS_PER_RUN - 1
            # the last may come at any time, also while it is judged and exported; those before it
            # leave it iterations to make
            iterations = 0 if last else draw.randint(0, ITERATIONS // KILLS_PER_RUN)
            delay = draw.uniform(0.0, duration[algo] / (1.0 if last else ITERATIONS))
            kill_once(context, algo, run_dir, iterations, delay, kill % 2 == 1, tally)
        finish(context, algo, run_dir)
        assert_ended_alike(run_dir, whole[algo])
        load_onnx_policy(run_dir / "policy.onnx")
        assert not half_written(run_dir)
        tally.runs[algo] += 1
        said(f"{tally}")
        if tally.kills >= kills and all(tally.runs.values()):
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
