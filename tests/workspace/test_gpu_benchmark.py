"""Benchmarks as a person asks for them: help, and the GPU's where there is no GPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

RUN = Path(__file__).parents[1] / "benchmarks" / "run.py"


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_lists_the_benchmarks_and_runs_none(asked):
    done = subprocess.run(
        [sys.executable, RUN, asked], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "NAME" in done.stdout
    assert "learners" in done.stdout
    assert "== " not in done.stdout


@pytest.mark.skipif(torch.cuda.is_available(), reason="would measure for minutes")
def test_without_a_gpu_it_says_so_and_does_not_fail():
    done = subprocess.run(
        [sys.executable, RUN, "gpu"], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith("bench gpu:")]
    assert len(said) == 1
    assert "nothing is measured: torch" in said[0]
    assert "sees no NVIDIA GPU" in said[0]
