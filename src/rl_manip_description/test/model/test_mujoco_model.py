import numpy as np
import pytest
from published_dh import LENGTHS, dh_frames

from rl_manip_description import load_arm
from rl_manip_description.model.arm_files import read_arm_file

mujoco = pytest.importorskip("mujoco", reason="mujoco loads the URDF here")

# Masses of links 1 to 6 [kg]: Universal Robots, same article as the DH figures.
PUBLISHED_MASSES = {
    "ur3e": (1.98, 3.4445, 1.437, 0.871, 0.805, 0.261),
    "ur5e": (3.761, 8.058, 2.846, 1.37, 1.3, 0.365),
    "ur10e": (7.369, 13.051, 3.989, 2.1, 1.98, 0.615),
    "ur16e": (7.369, 10.45, 4.321, 2.18, 2.033, 0.907),
}
GRAVITY = 9.81  # [m/s^2], MuJoCo's default
POSES = np.random.default_rng(0).uniform(-2 * np.pi, 2 * np.pi, (200, 6))


@pytest.fixture(scope="module", params=sorted(LENGTHS))
def loaded(request):
    """Arm, MuJoCo model and data of its URDF."""
    arm = load_arm(request.param)
    model = mujoco.MjModel.from_xml_path(str(arm.urdf_path))
    return arm, model, mujoco.MjData(model)


def test_every_mass_is_kept(loaded):
    arm, model, _ = loaded
    links = [model.joint(name).bodyid[0] for name in arm.joint_names]
    np.testing.assert_allclose(model.body_mass[links], PUBLISHED_MASSES[arm.name], rtol=1e-12)
    # MuJoCo gives the base a mass from its shapes' volume; it stands still.
    total = model.body_mass.sum() - model.body("base_link").mass[0]
    assert total == pytest.approx(sum(PUBLISHED_MASSES[arm.name]))


def test_joint_order_and_ranges_are_the_arms(loaded):
    arm, model, _ = loaded
    assert tuple(model.joint(i).name for i in range(model.njnt)) == arm.joint_names
    np.testing.assert_allclose(model.jnt_range[:, 0], arm.limits.position_lower)
    np.testing.assert_allclose(model.jnt_range[:, 1], arm.limits.position_upper)


def test_tool_pose_is_that_of_the_arm(loaded):
    arm, model, data = loaded
    expected = arm.forward_kinematics(POSES)
    for pose, position, quaternion in zip(POSES, expected.position, expected.quaternion):
        data.qpos[:] = pose
        mujoco.mj_kinematics(model, data)
        tool = data.body("tool0")
        np.testing.assert_allclose(tool.xpos, position, atol=1e-6)
        assert abs(tool.xquat[[1, 2, 3, 0]] @ quaternion) == pytest.approx(1.0, abs=1e-9)


def test_mass_matrix_is_that_of_the_published_figures(loaded):
    """M(q) = sum over links of m Jv^T Jv + Jw^T R I R^T Jw, worked out in DH frames."""
    arm, model, data = loaded
    links = read_arm_file(arm.name)["links"][1:]
    for pose in POSES[:10]:
        frames = dh_frames(arm.name, pose)
        before = np.concatenate([np.diag([-1.0, -1.0, 1.0, 1.0])[None], frames[:-1]])
        expected = np.zeros((6, 6))
        for index, (link, frame) in enumerate(zip(links, frames)):
            com = frame[:3, :3] @ link["com"] + frame[:3, 3]
            linear, angular = np.zeros((3, 6)), np.zeros((3, 6))
            for joint in range(index + 1):
                axis = before[joint, :3, 2]
                linear[:, joint] = np.cross(axis, com - before[joint, :3, 3])
                angular[:, joint] = axis
            i = link["inertia"]
            inertia = np.array(
                [
                    [i["ixx"], i["ixy"], i["ixz"]],
                    [i["ixy"], i["iyy"], i["iyz"]],
                    [i["ixz"], i["iyz"], i["izz"]],
                ]
            )
            turned = frame[:3, :3] @ inertia @ frame[:3, :3].T
            expected += link["mass"] * linear.T @ linear + angular.T @ turned @ angular
        data.qpos[:] = pose
        mujoco.mj_forward(model, data)
        dense = np.zeros((6, 6))
        for column, unit in enumerate(np.eye(6)):
            product = np.zeros(6)
            mujoco.mj_mulM(model, data, product, unit)
            dense[:, column] = product
        np.testing.assert_allclose(dense, expected, atol=1e-6 * np.abs(expected).max())


def test_inertias_can_be_those_of_a_body(loaded):
    """Principal moments of a solid satisfy the triangle inequality."""
    _, model, _ = loaded
    for moments in model.body_inertia[model.body_mass > 0]:
        low, middle, high = np.sort(moments)
        assert low > 0
        assert low + middle >= high * (1 - 1e-9)


def test_gravity_torque_of_the_stretched_ur5e():
    # Arm along x, distances from the shoulder axis: upper arm 0.2125, forearm 0.8172 - 0.15,
    # wrists 0.8172. 8.058 * 0.2125 + 2.846 * 0.6672 + 3.035 * 0.8172 = 6.09138 kg m.
    arm = load_arm("ur5e")
    model = mujoco.MjModel.from_xml_path(str(arm.urdf_path))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    # The lift axis is +y: a positive turn lowers an arm along +x, so holding it is negative.
    assert data.qfrc_bias[1] == pytest.approx(-GRAVITY * 6.09138, abs=1e-3)
    assert data.qfrc_bias[0] == pytest.approx(0.0, abs=1e-9)
