"""A training that is killed goes on; many more kills: `python kill_training.py`."""

from __future__ import annotations

from ended_alike import ALGORITHMS
from kill_training import kill_trainings


def test_killed_trainings_end_as_ones_never_stopped(tmp_path):
    # six are more than one run gets; seed 54 draws each algorithm once, after a guide,
    # one of them with a memory
    tally = kill_trainings(tmp_path, kills=6, seed=54)
    assert tally.while_writing >= 1
    assert {training.algo for training in tally.runs if training.guided} == set(ALGORITHMS)
    assert any(training.memory for training in tally.runs)
