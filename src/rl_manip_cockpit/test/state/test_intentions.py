"""What is pressed first, and done by the hold that follows."""

import numpy as np

from rl_manip_cockpit.state.intentions import PATIENCE, Intentions

GOAL = np.arange(7.0)


def test_the_hold_arms_once_and_then_sends_the_goal_once():
    wishes = Intentions()
    wishes.ask_to_arm(0.0)
    wishes.ask_for_goal(GOAL, 1.0)
    assert wishes.take_goal("disarmed", 2.0) is None
    assert wishes.take_arming("disarmed", 2.0)
    assert not wishes.take_arming("disarmed", 2.1)
    assert wishes.take_goal("armed", 2.2) is GOAL
    assert wishes.take_goal("armed", 2.3) is None


def test_old_wishes_are_nobodys():
    wishes = Intentions()
    wishes.ask_to_arm(0.0)
    wishes.ask_for_goal(GOAL, 0.0)
    assert not wishes.take_arming("disarmed", PATIENCE + 0.1)
    assert wishes.take_goal("armed", PATIENCE + 0.1) is None


def test_a_stop_takes_everything_back():
    wishes = Intentions()
    wishes.ask_to_arm(0.0)
    wishes.ask_for_goal(GOAL, 0.0)
    wishes.forget()
    assert not wishes.take_arming("stopped", 0.1)
    assert wishes.take_goal("armed", 0.1) is None


def test_an_arm_that_is_armed_already_is_not_armed_again():
    wishes = Intentions()
    wishes.ask_to_arm(0.0)
    assert not wishes.take_arming("holding", 0.1)
