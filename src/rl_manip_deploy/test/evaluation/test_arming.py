"""A real arm is armed by a person, a simulated one by the node; both again after a stop."""

import pytest

from rl_manip_deploy.evaluation.arming import Act, Arming

COMMAND = "ros2 service call /velocity_guard_node/arm std_srvs/srv/Trigger"


def steps(arming, guard, since, seconds, period=0.1):
    """What it says to do while the guard says one thing."""
    return [arming.next(guard, since + k * period) for k in range(round(seconds / period))]


def acts(found):
    return [step.act for step in found]


def test_nothing_arms_a_real_arm_but_a_person():
    arming = Arming("real", False, COMMAND)
    found = steps(arming, "disarmed: not armed yet", 10.0, 100.0)
    assert set(acts(found)) == {Act.WAIT}
    said = [(k, step.say) for k, step in enumerate(found) if step.say]
    assert [k for k, _ in said] == [0, 300, 600, 900]  # every 30 s
    assert said[0][1].startswith("waiting for you to arm the guard, when nobody is near the arm: ")
    assert COMMAND in said[0][1]
    assert "the guard says 'disarmed: not armed yet'" in said[0][1]


@pytest.mark.parametrize("by_itself", [True, False])
def test_it_drives_once_everybody_has_heard_that_the_guard_is_armed(by_itself):
    arming = Arming("real", by_itself, COMMAND)
    arming.next("disarmed: not armed yet", 9.9)
    assert acts(steps(arming, "armed", 10.0, 0.8)) == [Act.WAIT] * 5 + [Act.GO] * 3


@pytest.mark.parametrize(("hardware", "auto_arm"), [("sim", False), ("real", True)])
def test_it_asks_the_guard_itself_in_simulation_and_where_it_is_meant_to(hardware, auto_arm):
    arming = Arming(hardware, auto_arm, COMMAND, patience=5.0)
    found = steps(arming, "disarmed: not armed yet", 10.0, 5.0)
    assert [k for k, step in enumerate(found) if step.act is Act.ASK] == list(range(0, 50, 5))
    assert not any(step.say for step in found)
    arming.on_refusal("robot program is not running")
    last = arming.next("disarmed: not armed yet", 15.1)
    assert last.act is Act.GIVE_UP
    assert last.say == "the guard could not be armed: robot program is not running."


def test_after_a_stop_a_real_arm_waits_for_a_person_again():
    arming = Arming("real", False, COMMAND)
    steps(arming, "armed", 10.0, 1.0)
    arming.begin(20.0)
    first = arming.next("stopped: speed scaling is zero", 20.0)
    assert first.act is Act.WAIT
    assert "the guard says 'stopped: speed scaling is zero'" in first.say


def test_after_a_stop_in_simulation_it_pauses_and_asks():
    arming = Arming("sim", False, COMMAND)
    arming.begin(20.0)
    found = steps(arming, "stopped: command is 0.101 s old", 20.0, 1.5)
    assert acts(found)[:10] == [Act.WAIT] * 10
    assert Act.ASK in acts(found)[10:12]


def test_a_guard_that_was_armed_for_a_moment_only_is_not_driven_through():
    arming = Arming("real", False, COMMAND)
    steps(arming, "armed", 10.0, 0.3)
    steps(arming, "stopped: robot program is not running", 10.3, 0.3)
    assert arming.next("armed", 10.7).act is Act.WAIT
