"""Identified parameters in a policy's trained ranges."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_gap.identify.against_policy import identified_beside_training, told
from rl_manip_gap.identify.arm_parameters import from_vector, nominal_parameters, to_vector
from rl_manip_gap.identify.fit import Identified
from rl_manip_sim.randomization.randomization_cfg import PRESETS


@pytest.fixture
def beside(arm, twin):
    friction = np.ones(arm.num_joints)
    friction[2] = 2.0  # the default preset trains with 0.5 to 1.5
    parameters = replace(nominal_parameters(twin), delay=np.array([0.037]), friction_scale=friction)
    half = from_vector(np.full(len(to_vector(parameters)), 0.002), arm.num_joints)
    # nothing shows the damping of the fourth joint
    damping = np.full(arm.num_joints, 0.002)
    damping[3] = np.inf
    joints = arm.num_joints
    found = Identified(
        parameters,
        replace(half, damping_scale=damping),
        warnings=(),
        windows=4,
        residual_rms=0.9,
        misfit=np.full(joints, 0.9),
        largest_misfit=2.0,
        other_stiffness=np.zeros(joints, dtype=bool),
        over_stiffness=np.zeros(joints, dtype=bool),
    )
    return identified_beside_training(found, arm.joint_names, PRESETS["default"].to_dict())


def test_each_parameter_stands_beside_its_range(arm, beside):
    by_name = {(one.name, one.joint): one for one in beside}
    # action delay 0 to 30 ms and observation delay 0 to 8 ms
    delay = by_name["delay", ""]
    assert (delay.trained_low, delay.trained_high) == pytest.approx((0.0, 0.038))
    assert delay.word == "at the edge"  # 35 to 39 ms
    assert by_name["friction_scale", arm.joint_names[2]].word == "outside"
    assert by_name["friction_scale", arm.joint_names[1]].word == "inside"
    assert ("damping_scale", arm.joint_names[3]) not in by_name


def test_what_is_not_inside_is_told(arm, beside):
    *lines, last = told(beside)
    assert any(line.startswith(f"{arm.joint_names[2]}: friction scale 2.000") for line in lines)
    assert any("the arm: delay 0.037" in line and "at the edge of" in line for line in lines)
    assert last.endswith("parameters lie inside the policy's ranges")
