"""A run's folder in every state that it can be found in."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rl_manip_cockpit.simulated.watched_run import WatchedRun
from rl_manip_train.run.files.run_directory import RunDirectoryError
from rl_manip_train.run.files.run_state import STATE, noted

CONFIG = "arm: ur5e\ntask: reach\nalgo: ppo\nseed: 4\n"
PATIENCE = 120.0  # for a process that a busy machine starts [s]
SUMMARY = {"success_rate": 0.975, "episodes": 1000, "env_steps": 120000, "wall_s": 61.2}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    (path / "config.yaml").write_text(CONFIG)
    return path


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path):
    run = WatchedRun(tmp_path / "later")
    seen = run.look()
    assert (seen.word, list(seen.rows)) == ("waiting", [])
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "config.yaml").write_text(CONFIG)
    with noted(tmp_path / "later"):
        seen = run.look()
    assert (seen.word, seen.lines) == ("running", ["no figures yet"])
    assert seen.facts == {"arm": "ur5e", "task": "reach", "algo": "ppo", "seed": "4"}


@pytest.mark.parametrize("content", ["a: [", "my arm", "5", ""])
def test_settings_that_somebody_broke_do_not_hide_the_run(content, folder):
    (folder / "config.yaml").write_text(content)
    (folder / "metrics.jsonl").write_text('{"env_steps": 10}\n')
    seen = WatchedRun(folder).look()
    assert (seen.facts, len(seen.rows)) == ({}, 1)


def test_what_is_no_run_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunDirectoryError, match="no training run's folder, expected config.yaml"):
        WatchedRun(tmp_path)
    with pytest.raises(RunDirectoryError, match="is a file; give the folder"):
        WatchedRun(tmp_path / "notes.txt")


def test_a_run_that_ended_says_what_it_reached(folder):
    with noted(folder):
        (folder / "training.json").write_text(json.dumps(SUMMARY))
    seen = WatchedRun(folder).look()
    assert seen.word == "ended"
    assert seen.lines == ["97.5% of 1,000 episodes met after 120,000 steps in 61 s"]


def test_a_run_that_failed_says_why(folder):
    with pytest.raises(ValueError, match="the disk is full"), noted(folder):
        raise ValueError("the disk is full")
    assert WatchedRun(folder).look().lines == ["the disk is full"]


def test_a_run_whose_process_is_gone_says_how_to_go_on(folder):
    source = f"""
import os, pathlib
from rl_manip_train.run.files.run_state import noted
running = noted(pathlib.Path({str(folder)!r}))
running.__enter__()
os._exit(9)
"""
    assert (
        subprocess.run([sys.executable, "-c", source], timeout=PATIENCE, check=False).returncode
        == 9
    )
    seen = WatchedRun(folder).look()
    assert seen.word == "gone"
    assert f"resume:={folder}" in seen.lines[0]
    state = json.loads((folder / STATE).read_text())
    (folder / STATE).write_text(json.dumps({**state, "host": "elsewhere"}))
    assert WatchedRun(folder).look().word == "running"  # nobody knows better from here


def test_lines_that_are_no_metrics_are_told(folder):
    (folder / "metrics.jsonl").write_text('{"env_steps": 1}\nnonsense\n{"env_steps": 2, "char')
    seen = WatchedRun(folder).look()
    assert [row["env_steps"] for row in seen.rows] == [1]
    assert "1 lines of metrics.jsonl cannot be read" in seen.lines
