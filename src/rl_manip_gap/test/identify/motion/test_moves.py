"""Moves as a policy makes them keep to the limits and are motion of another kind than tones."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_gap.identify.motion.excitation import ExcitationLimits
from rl_manip_gap.identify.motion.free_path import check_free
from rl_manip_gap.identify.motion.kinds_of_motion import HELD_OUT, parts
from rl_manip_gap.identify.motion.two_motions import REST, TwoMotions
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.signals import Commands
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag

STEP = 0.005


def test_limits_hold_from_home(arm_of_each_kind):
    arm, limits = arm_of_each_kind, ExcitationLimits()
    for seed in range(2):
        motion = TwoMotions(arm, arm.home, 12.0, 10.0, seed)
        velocity = motion.velocity(np.arange(0.0, motion.duration, STEP))
        travel = np.cumsum(velocity, axis=0) * STEP
        assert motion.excursion < 1.02 * limits.excursion
        assert (np.abs(velocity) < 1.02 * limits.velocity_share * arm.limits.velocity).all()
        acceleration = np.gradient(velocity, STEP, axis=0)
        bound = 1.02 * limits.acceleration_share * arm.limits.acceleration
        assert (np.abs(acceleration) < bound).all()
        tool = arm.forward_kinematics(arm.home + travel).position
        assert tool[:, 2].min() > 0.98 * limits.min_tool_height
        assert travel[-1] == pytest.approx(motion.path()[-1] - arm.home, abs=0.01)
        check_free(arm, motion.path())


def test_it_rests_between_and_ends_at_rest_where_it_began(arm):
    motion = TwoMotions(arm, arm.home, 10.0, 8.0)
    rest = motion.velocity(np.linspace(10.0, 10.0 + REST, 50))
    assert np.abs(rest).max() == 0.0
    assert np.abs(motion.velocity(np.array([18.0 + REST, 30.0]))).max() == 0.0
    assert motion.path()[-1] == pytest.approx(arm.home, abs=0.03)
    assert TwoMotions(arm, arm.home, 10.0, 0.0).duration == 10.0


def test_too_short_moves_are_refused(arm):
    with pytest.raises(ValueError, match="at least 6 s, or 0 for no moves"):
        TwoMotions(arm, arm.home, 10.0, 3.0)


@pytest.fixture(scope="module")
def recording(arm, tmp_path_factory):
    truth = Truth(duration=24.0, state_rate=125.0, command_rate=125.0)
    return read_recording(response_bag(tmp_path_factory.mktemp("kinds") / "bag", arm, truth), arm)


def commanded(recording, motion):
    sent = Commands(recording.sent.time, motion.velocity(recording.sent.time))
    return replace(recording, commands=sent)


def test_tones_are_fitted_and_moves_try_the_fit(arm, recording):
    both = parts([commanded(recording, TwoMotions(arm, arm.home, 12.0, 10.0))])
    assert both.another_kind
    (fitted,), (tried,) = both.fitted, both.tried
    assert fitted.states.time.max() == pytest.approx(12.0 + REST / 2.0, abs=0.5)
    assert tried.states.time.min() == pytest.approx(12.0 + REST / 2.0, abs=0.5)


def test_a_bag_of_each_kind_does_as_well(arm, recording):
    tones = commanded(recording, TwoMotions(arm, arm.home, 24.0, 0.0))
    moves = commanded(recording, TwoMotions(arm, arm.home, 4.0, 18.0))
    whole = parts([tones, moves])
    assert whole.another_kind
    assert whole.fitted[0].duration_s == pytest.approx(24.0, abs=0.1)


def test_motion_of_one_kind_is_tried_on_its_end(arm, recording):
    alone = parts([commanded(recording, TwoMotions(arm, arm.home, 24.0, 0.0))])
    assert not alone.another_kind
    assert alone.tried[0].duration_s == pytest.approx(HELD_OUT * 24.0, abs=0.1)
    assert alone.fitted[0].states.time.max() <= alone.tried[0].states.time.min()
