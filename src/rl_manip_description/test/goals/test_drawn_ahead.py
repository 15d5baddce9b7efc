"""Rows drawn ahead come out in the order of the draws, and belong to the state."""

from __future__ import annotations

import numpy as np

from rl_manip_description.goals.drawn_ahead import DrawnAhead


def counting(rows):
    """Draws (rows, 2) at a time: 0, 1, 2, and so on; a call that finds nothing now and then."""
    drawn = iter(range(1000))
    empty = iter([True, False] * 500)

    def draw():
        count = 0 if next(empty) else rows
        return np.array([[next(drawn)] * 2 for _ in range(count)], dtype=float).reshape(-1, 2)

    return DrawnAhead(draw, 2)


def test_nothing_is_lost_or_given_twice():
    ahead = counting(5)
    taken = [ahead.take(count) for count in (3, 0, 4, 11, 1)]
    assert [len(rows) for rows in taken] == [3, 0, 4, 11, 1]
    assert np.concatenate(taken)[:, 0].tolist() == list(range(19))


def test_what_is_left_goes_into_the_state():
    ahead, other = counting(5), counting(5)
    ahead.take(3)
    other.load_state_dict(ahead.state_dict())
    assert other.take(2)[:, 0].tolist() == [3.0, 4.0]
