import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters

SEEDS = 500
TRAINING_RANGE = {
    "command_delay": "action_delay",
    "state_delay": "observation_delay",
    "velocity_gain": "velocity_gain",
    "servo_lag": "servo_lag",
    "damping_scale": "joint_damping_scale",
    "friction_scale": "joint_friction_scale",
    "armature_scale": "joint_armature_scale",
    "payload": "payload",
    "position_noise": "joint_position_noise",
    "velocity_noise": "joint_velocity_noise",
}
NOT_SEEN_BY_POLICIES = {"current_gain"}
DRAWN = [draw_hidden_parameters(num_joints=7, seed=seed) for seed in range(SEEDS)]


def test_same_seed_draws_the_same_arm():
    first, again = (dataclasses.asdict(draw_hidden_parameters(7, seed=3)) for _ in range(2))
    for name, figure in first.items():
        assert_array_equal(figure, again[name])


def test_every_hidden_parameter_has_its_range_in_training():
    names = {item.name for item in dataclasses.fields(DRAWN[0])}
    assert names == set(TRAINING_RANGE) | NOT_SEEN_BY_POLICIES


@pytest.mark.parametrize(("hidden", "trained"), TRAINING_RANGE.items())
def test_hidden_arms_lie_within_what_training_draws_by_default(hidden, trained):
    # an xArm7's policy that had never met a servo lag of 0.010 s shook at its goals at 5 Hz
    low, high = getattr(PRESETS["default"], trained)
    figures = np.array([getattr(arm, hidden) for arm in DRAWN])
    assert low <= figures.min()
    assert figures.max() <= high
