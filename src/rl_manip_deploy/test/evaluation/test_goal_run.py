"""A goal given as an action: how it ends, by what arm, guard and policy node say."""

import numpy as np
import pytest

from rl_manip_deploy.evaluation.goal_judge import GoalJudge, Seen, goal_check
from rl_manip_deploy.evaluation.goal_run import (
    ANSWER_PATIENCE,
    REPLACED,
    REST_PATIENCE,
    GoalRun,
    Outcome,
)
from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import SuccessCriterion

ARM = load_arm("ur5e")
HOME = ARM.forward_kinematics(ARM.home)
HERE = np.concatenate((HOME.position, HOME.quaternion))
AWAY = HERE + [0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
OURS, THEIRS = 7, 8  # stamps of goals [ns]
START, LIMIT = 100.0, 4.0


def run_to(goal, taken=True):
    check = goal_check(ARM, goal, SuccessCriterion(), about_object=False)
    run = GoalRun(GoalJudge(check, goal, START, LIMIT), OURS, START)
    if taken:
        run.on_word(GoalWord(Fate.TAKEN, OURS), START)
    return run


def rest(run, begin, end, at_rest=False):
    """The arm stands at home from `begin` to `end` [s]; the end of the goal, if it came."""
    for now in np.arange(begin, end, 0.02):
        if ended := run.look(Seen(now, ARM.home, np.zeros(6)), at_rest, now):
            return ended
    return None


def test_it_is_met_as_an_evaluation_has_it():
    end = rest(run_to(HERE), 100.5, 102.0)
    assert end.outcome is Outcome.MET
    assert (end.reason, end.drop) == ("", False)
    assert end.distance == pytest.approx(0.0, abs=1e-9)
    assert end.elapsed == pytest.approx(0.5)  # from when it came to stay met


def test_out_of_time_it_says_how_far_it_is_and_has_the_policy_let_go():
    run = run_to(AWAY)
    assert rest(run, START, START + LIMIT) is None
    assert run.distance == pytest.approx(0.1)
    end = rest(run, START + LIMIT, START + LIMIT + 1.0)
    assert (end.outcome, end.drop) == (Outcome.ABORTED, True)
    assert end.reason == "not met within 4.0 s: 100.0 mm off"


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.DROPPED])
def test_what_the_policy_node_refuses_or_drops_ends_with_its_reason(fate):
    run = run_to(AWAY, taken=fate is Fate.DROPPED)
    run.on_word(GoalWord(fate, THEIRS, "not ours"), 100.1)
    assert rest(run, 100.1, 100.2) is None
    run.on_word(GoalWord(fate, OURS, "wrist_3_joint is at 6.20 rad"), 100.2)
    end = rest(run, 100.2, 100.3)
    assert (end.outcome, end.reason) == (Outcome.ABORTED, "wrist_3_joint is at 6.20 rad")
    assert not end.drop


@pytest.mark.parametrize("said", ["stopped: by request", "stopping: joint states", "disarmed: new"])
def test_a_guard_that_lets_the_arm_move_no_more_ends_it_with_its_reason(said):
    run = run_to(AWAY)
    for state in ("armed", "holding: the switch"):
        run.on_guard_state(state, 100.1)
        assert rest(run, 100.1, 100.2) is None
    run.on_guard_state(said, 100.2)
    end = rest(run, 100.2, 100.3)
    assert (end.outcome, end.reason) == (Outcome.ABORTED, f"the guard says {said!r}")


def test_another_goal_takes_its_place():
    run = run_to(AWAY)
    run.on_word(GoalWord(Fate.TAKEN, THEIRS), 100.1)
    end = rest(run, 100.1, 100.2)
    assert (end.outcome, end.reason, end.drop) == (Outcome.ABORTED, REPLACED, False)


def test_one_that_was_taken_before_it_does_not():
    run = run_to(AWAY, taken=False)
    run.on_word(GoalWord(Fate.TAKEN, THEIRS), 100.0)
    run.on_word(GoalWord(Fate.TAKEN, OURS), 100.1)
    assert rest(run, 100.1, 102.0) is None


def test_a_policy_node_that_says_nothing_ends_it():
    run = run_to(AWAY, taken=False)
    assert rest(run, START, START + ANSWER_PATIENCE) is None
    end = rest(run, START + ANSWER_PATIENCE, START + ANSWER_PATIENCE + 0.1)
    assert (end.outcome, end.drop) == (Outcome.ABORTED, True)
    assert "the policy node does not answer" in end.reason


def test_silence_of_the_arm_ends_it():
    run = run_to(AWAY)
    assert rest(run, START, 100.5) is None
    silent = 100.5 + LONGEST_SILENCE
    assert run.look(None, False, silent - 0.1) is None
    end = run.look(None, False, silent + 0.1)
    assert (end.reason, end.drop) == ("joint states no longer come", True)


def test_called_off_it_ends_once_the_policy_has_let_go_and_the_arm_rests():
    run = run_to(AWAY)
    assert run.call_off(101.0)
    assert not run.call_off(101.1)  # is no news
    assert rest(run, 101.0, 101.2, at_rest=True) is None  # it has not heard of it yet
    run.on_dropped()
    assert rest(run, 101.2, 101.4, at_rest=False) is None
    end = rest(run, 101.4, 101.5, at_rest=True)
    assert (end.outcome, end.reason) == (Outcome.CANCELED, "called off: the arm is at rest")
    assert end.elapsed == pytest.approx(1.4)


def test_an_arm_that_goes_on_all_the_same_is_stopped_by_the_guard():
    run = run_to(AWAY)
    run.call_off(101.0)
    assert not run.needs_stop(101.0 + REST_PATIENCE - 0.1)
    assert run.needs_stop(101.0 + REST_PATIENCE + 0.1)
    run.on_guard_state("stopping: by request", 103.2)
    assert rest(run, 103.2, 103.4, at_rest=True).outcome is Outcome.CANCELED


def test_the_first_end_is_the_end():
    run = run_to(AWAY)
    run.on_guard_state("stopped: by request", 100.1)
    end = run.close("the goal server ends", 100.2)
    assert end.reason == "the guard says 'stopped: by request'"
