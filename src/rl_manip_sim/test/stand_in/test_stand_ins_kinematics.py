"""The kinematics that the simulated arm really has: the data sheet's, drawn, or a file's."""

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_description.model.own_kinematics import described_arm
from rl_manip_description.model.robot_urdf import robot_urdf
from rl_manip_sim.ros.sim_arm_parameters import SimArmParameters, real_arm

ARM = load_arm("ur5e")


def real(kinematics):
    return real_arm(ARM, SimArmParameters(kinematics=kinematics))


def test_without_more_it_is_like_its_data_sheet():
    assert real("") is ARM


def test_a_seed_draws_another_copy_and_always_the_same():
    first = real("7").chain.origins
    np.testing.assert_array_equal(first, real("7").chain.origins)
    assert np.abs(first - ARM.chain.origins).max() > 1e-3
    assert np.abs(first - real("8").chain.origins).max() > 1e-3


def test_what_it_publishes_is_what_it_has():
    own = real("7")
    told = described_arm(ARM, robot_urdf(own))
    np.testing.assert_allclose(told.chain.origins, own.chain.origins, atol=1e-12)


def test_a_file_gives_it_the_kinematics_of_that_copy(tmp_path):
    path = tmp_path / "mine.urdf"
    path.write_text(robot_urdf(real("7")))
    np.testing.assert_allclose(real(str(path)).chain.origins, real("7").chain.origins, atol=1e-12)
    with pytest.raises(ValueError, match="another arm"):
        real(str(load_arm("ur10e").urdf_path))
