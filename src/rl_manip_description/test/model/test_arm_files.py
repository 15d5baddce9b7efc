import numpy as np
import pytest

from rl_manip_description import UnknownArmError, known_arms, load_arm
from rl_manip_description.model import arm_files

JOINT_NAMES = (
    "shoulder_pan_joint",
    "shoulder_lift_joint",
    "elbow_joint",
    "wrist_1_joint",
    "wrist_2_joint",
    "wrist_3_joint",
)

# Maximum speed [deg/s] (user manuals 5.8) and torque [Nm] ("Max. joint torques").
PUBLISHED_LIMITS = {
    "ur3e": ([180, 180, 180, 360, 360, 360], [56, 56, 28, 12, 12, 12]),
    "ur5e": ([180, 180, 180, 180, 180, 180], [150, 150, 150, 28, 28, 28]),
    "ur10e": ([120, 120, 180, 180, 180, 180], [330, 330, 150, 56, 56, 56]),
    "ur16e": ([120, 120, 180, 180, 180, 180], [330, 330, 150, 54, 54, 54]),
}


def test_unknown_arm_lists_the_known_ones():
    with pytest.raises(UnknownArmError, match="'ur99'.*ur10e, .*ur16e, .*xarm7"):
        load_arm("ur99")
    with pytest.raises(ValueError, match="unknown arm '../arms/ur5e'"):
        load_arm("../arms/ur5e")


def test_every_published_arm_is_there():
    assert set(PUBLISHED_LIMITS) <= set(known_arms())


@pytest.mark.parametrize("name", known_arms())
def test_every_arm_names_itself_and_its_files(name):
    arm = load_arm(name)
    assert (arm.name, arm.source) == (name, name)
    assert arm.urdf_path.is_file()
    assert sorted(arm.controller.joint_names) == sorted(arm.joint_names)


@pytest.mark.parametrize("name", PUBLISHED_LIMITS)
def test_limits_are_the_published_ones(name):
    arm = load_arm(name)
    degrees_per_s, torque = PUBLISHED_LIMITS[name]
    np.testing.assert_allclose(np.degrees(arm.limits.velocity), degrees_per_s)
    np.testing.assert_allclose(arm.limits.effort, torque)
    np.testing.assert_allclose(
        np.degrees(arm.limits.position_upper), [360, 360, 180, 360, 360, 360]
    )
    np.testing.assert_allclose(arm.limits.position_lower, -arm.limits.position_upper)
    np.testing.assert_allclose(arm.limits.acceleration, 10.0)
    np.testing.assert_allclose(arm.limits.jerk, 500.0)
    np.testing.assert_allclose(arm.limits.stop_jerk, 4000.0)


@pytest.mark.parametrize("name", PUBLISHED_LIMITS)
def test_names_and_frames(name):
    arm = load_arm(name)
    assert arm.joint_names == JOINT_NAMES
    assert arm.controller.joint_names == JOINT_NAMES
    assert arm.controller.command_topic == "/forward_velocity_controller/commands"
    assert arm.num_joints == 6
    assert (arm.base_frame, arm.tool_frame) == ("base_link", "tool0")


def test_arrays_cannot_be_changed():
    arm = load_arm("ur5e")
    for array in (arm.home, arm.limits.velocity, arm.chain.origins, arm.chain.axes, arm.chain.tool):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.fixture
def changed_ur5e(tmp_path, monkeypatch):
    """A function that writes ur5e with one piece of its YAML replaced, as the arm "other"."""

    def change(old, new):
        source = arm_files.ARMS.file("ur5e").path
        text = source.read_text()
        assert old in text
        (tmp_path / "other.yaml").write_text(text.replace(old, new, 1))
        (tmp_path / "other.urdf").write_text(source.with_suffix(".urdf").read_text())
        monkeypatch.setattr(arm_files, "ARMS_FOLDER", tmp_path)

    return change


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "acceleration: 10.0",
            "acceleration: .nan",
            "limit acceleration is .*nan.*positive finite",
        ),
        ("effort: 150.0", "effort: .inf", "limit effort is .*inf.*positive finite"),
        ("stop_deceleration: 14.0", "stop_deceleration: 9.0", "stop_deceleration .*no less than"),
        ("stop_jerk: 4000.0", "stop_jerk: 40.0", "stop_jerk .*no less than jerk"),
        ("velocity: 3.14", "velocity: -3.14", "limit velocity is .*positive finite"),
        ("position_lower: -6", "position_lower: 16", "must lie below"),
        ("home: -1.5708", "home: -7.0", "other: home .* within the position limits"),
        ("- {name: elbow_joint", "- {name: knee_joint", "the arm's file names .*knee_joint"),
        ("jerk: 500.0", "jolt: 500.0", "other.yaml lacks the key 'jerk'"),
        ("tool_frame: tool0", "tool_frame: hand", "no chain from 'base_link' to 'hand'"),
        ("joint_names: [shoulder_pan_joint, ", "joint_names: [", "the controller's joints"),
    ],
)
def test_a_wrong_arm_file_is_refused_with_the_value_in_the_message(changed_ur5e, old, new, message):
    changed_ur5e(old, new)
    with pytest.raises(ValueError, match=message):
        load_arm("other")


def test_a_changed_file_that_is_right_is_taken(changed_ur5e):
    changed_ur5e("acceleration: 10.0", "acceleration: 8.0")
    assert known_arms() == ("other",)
    np.testing.assert_allclose(load_arm("other").limits.acceleration, [8, 10, 10, 10, 10, 10])
