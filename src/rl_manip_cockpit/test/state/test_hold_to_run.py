"""A held button: beats in time say that it is pressed, late or lost ones that it is not."""

import pytest

from rl_manip_cockpit.state.hold_to_run import BEATS_PER_S, LAPSE, HoldToRun

BEAT = 1.0 / BEATS_PER_S


def pressed(hold: HoldToRun, begin: float, beats: int, page: int = 1) -> float:
    """Beats as a page sends them; when the last one came."""
    for number in range(beats):
        hold.take(page, begin + number * BEAT)
    return begin + (beats - 1) * BEAT


def test_it_is_held_from_the_second_beat_until_they_cease():
    hold = HoldToRun()
    assert not hold.take(1, 10.0)
    assert not hold.is_held(10.0)
    assert hold.take(1, 10.05)
    assert hold.is_held(10.05)
    last = pressed(hold, 10.1, 5)
    assert hold.is_held(last + LAPSE - 0.01)
    assert not hold.is_held(last + LAPSE + 0.01)


def test_it_lapses_within_the_promised_time_together_with_the_guard():
    """0.3 s from the last beat: here at the second look after the lapse, or by the guard's own."""
    from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming

    assert GuardTiming().enable_timeout <= 0.3
    assert LAPSE + BEAT <= 0.3


def test_letting_go_counts_at_once():
    hold = HoldToRun()
    last = pressed(hold, 0.0, 5)
    hold.let_go(1)
    assert not hold.is_held(last)


@pytest.mark.parametrize("spacing", [0.0, 0.001, 0.02])
def test_beats_that_were_held_up_on_their_way_move_nothing(spacing):
    """The network stood still for two seconds and delivers forty beats in one go."""
    hold = HoldToRun()
    last = pressed(hold, 0.0, 5)
    for number in range(40):
        now = last + 2.0 + spacing * number
        hold.take(1, now)
        assert not hold.is_held(now)
    hold.let_go(1)
    assert hold.is_held(pressed(hold, now + 0.01, 2)), "pressed again it counts"


def test_a_long_press_outlasts_beats_that_come_unevenly():
    """Each second beat is late and comes with the next."""
    hold = HoldToRun()
    last = pressed(hold, 0.0, 10)
    for group in range(20):
        now = last + (2 * group + 2) * BEAT
        assert hold.is_held(now - 0.001)
        assert all(hold.take(1, now) for _ in range(2))


def test_pages_are_told_apart():
    hold = HoldToRun()
    hold.take(1, 0.0)
    assert not hold.take(2, 0.05), "one beat of each is no button that is held"
    pressed(hold, 1.0, 3, page=1)
    last = pressed(hold, 1.0, 3, page=2)
    hold.let_go(1)
    assert hold.is_held(last)
    hold.let_go(2)
    assert not hold.is_held(last)
