"""A training that is killed goes on; many more kills: `python kill_training.py`."""

from __future__ import annotations

from kill_training import kill_trainings


def test_killed_trainings_end_as_ones_never_stopped(tmp_path):
    tally = kill_trainings(tmp_path, kills=10)
    assert tally.kills >= 5  # a fast machine may end a run before all five
    assert tally.while_writing >= 1
    assert all(tally.runs.values())
