"""The MuJoCo model of an arm with its own kinematics has its tool where the chain says."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from rl_manip_description import known_grippers, load_arm
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_sim.models.arm_model import TOOL_SITE, build_arm_spec
from rl_manip_sim.models.gripper_model import FINGERS, GRIPPER


@pytest.mark.parametrize("gripper", ["", *known_grippers()])
def test_the_models_tool_is_the_real_one(gripper):
    rng = np.random.default_rng(5)
    arm = load_arm("ur5e", gripper)
    own = replace(arm, chain=drawn_calibration(arm.chain, rng))
    model = build_arm_spec(own, 0.002).compile()
    data = mujoco.MjData(model)
    for _ in range(10):
        data.qpos[:6] = arm.home + rng.uniform(-1.0, 1.0, 6)
        mujoco.mj_kinematics(model, data)
        tool = own.forward_kinematics(data.qpos[:6])
        np.testing.assert_allclose(data.site(TOOL_SITE).xpos, tool.position, atol=1e-9)
        nominal = arm.forward_kinematics(data.qpos[:6])
        assert np.linalg.norm(nominal.position - tool.position) > 1e-3


def test_a_tool_that_a_person_gave_moves_the_site_and_not_the_gripper():
    arm = load_arm("ur5e", "robotiq_2f85")
    own = with_written_tool(arm, "0.05,0,0.25,0.1,0.2,0.3")
    places = []
    for each in (arm, own):
        model = build_arm_spec(each, 0.002).compile()
        data = mujoco.MjData(model)
        data.qpos[:6] = arm.home
        mujoco.mj_kinematics(model, data)
        tool = each.forward_kinematics(arm.home).position
        np.testing.assert_allclose(data.site(TOOL_SITE).xpos, tool, atol=1e-9)
        places.append(data.body(GRIPPER).xpos.copy())
    np.testing.assert_allclose(*places, atol=1e-9)


@pytest.mark.parametrize("gripper", known_grippers())
def test_fingers_open_along_the_tools_x_axis(gripper):
    arm = load_arm("ur5e", gripper)
    model = build_arm_spec(arm, 0.002).compile()
    data = mujoco.MjData(model)
    data.qpos[:6] = arm.home
    for finger in FINGERS:
        data.joint(finger).qpos[0] = 0.01
    mujoco.mj_kinematics(model, data)
    first, second = (data.body(finger).xpos for finger in FINGERS)
    along = arm.chain.joint_frames(arm.home)[1][:3, 0]
    np.testing.assert_allclose(first - second, 0.02 * along, atol=1e-9)
