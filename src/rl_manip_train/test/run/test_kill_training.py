"""A training that is killed goes on; many more kills: `python kill_training.py`."""

from __future__ import annotations

from ended_alike import ALGORITHMS
from kill_training import kill_trainings


def test_killed_trainings_end_as_ones_never_stopped(tmp_path):
    tally = kill_trainings(tmp_path, kills=10)  # seed 0 draws both algorithms, each with a guide
    assert tally.while_writing >= 1
    assert {training.algo for training in tally.runs if training.guided} == set(ALGORITHMS)
