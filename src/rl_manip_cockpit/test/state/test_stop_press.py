"""A stop is obeyed when the guard answered and the arm was measured at rest."""

import numpy as np
import pytest

from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_cockpit.state.stop_press import (
    NOT_OBEYED,
    PROMISED,
    RELEASED_WITHIN,
    StopButton,
    StopPress,
)

N = 7


def seen(now: float, speed: float, received: float | None = None) -> Seen:
    motion = Motion(now if received is None else received, np.array([0.0] * (N - 1) + [speed]))
    return Seen(now, state=motion)


def watched(press: StopPress, begin: float, end: float, speed_at) -> StopPress:
    for now in np.arange(begin, end, 0.05):
        press.look(seen(now, speed_at(now)))
    return press


def test_it_is_obeyed_once_answered_and_at_rest():
    press = StopPress(10.0)
    press.on_answer(True, "stopping", 10.012)
    watched(press, 10.05, 10.29, lambda now: 0.5)
    assert press.obeyed is None
    watched(press, 10.3, 10.5, lambda now: 0.001)
    assert press.obeyed
    assert "answered after 12 ms" in press.sentence
    assert "at rest 0.30 s after" in press.sentence


def test_asked_again_it_was_answered_when_it_was_first_granted():
    press = StopPress(10.0)
    press.on_answer(False, "not yet", 10.005)
    press.on_answer(True, "stopping", 10.012)
    press.on_answer(True, "stopped", 10.112)
    watched(press, 10.05, 10.5, lambda now: 0.0)
    assert press.obeyed
    assert "answered after 12 ms" in press.sentence


@pytest.mark.parametrize(
    ("answer", "speed", "said"),
    [
        ((True, ""), 0.5, "the arm was not measured at rest within 1 s"),
        (None, 0.0, "the guard did not answer within 1 s"),
        ((False, "no such guard"), 0.0, "the guard said 'no such guard'"),
    ],
)
def test_it_is_not_obeyed_where_either_is_missing(answer, speed, said):
    press = StopPress(10.0)
    if answer is not None:
        press.on_answer(*answer, 10.01)
    watched(press, 10.05, 10.0 + PROMISED, lambda now: speed)
    assert press.obeyed is None
    watched(press, 10.0 + PROMISED, 10.3 + PROMISED, lambda now: speed)
    assert press.obeyed is False
    assert press.sentence.startswith(NOT_OBEYED)
    assert said in press.sentence


def test_states_from_before_the_press_prove_nothing():
    press = StopPress(10.0)
    press.on_answer(True, "", 10.01)
    for now in np.arange(10.05, 12.0, 0.05):
        press.look(seen(now, 0.0, received=9.99))
    assert press.obeyed is False


def test_an_arm_that_passes_through_rest_is_not_at_rest():
    """A joint that turns round is slow for a moment."""
    press = StopPress(10.0)
    press.on_answer(True, "", 10.01)
    watched(press, 10.05, 10.95, lambda now: 0.0 if round(now / 0.05) % 2 else 0.3)
    assert press.obeyed is None


def test_letting_go_is_no_second_stop():
    button = StopButton()
    button.press(10.0)
    assert not button.is_stop(10.1)


def test_a_click_by_keyboard_stops_each_time():
    button = StopButton()
    button.press(10.0)
    assert not button.is_stop(10.1)
    assert button.is_stop(10.2)
    assert button.is_stop(10.3)


def test_after_a_press_that_was_let_go_elsewhere_a_later_click_stops():
    button = StopButton()
    button.press(10.0)
    assert button.is_stop(10.0 + RELEASED_WITHIN)


def test_once_something_else_was_pressed_a_click_stops():
    button = StopButton()
    button.press(10.0)
    button.let_go()
    assert button.is_stop(10.5)
