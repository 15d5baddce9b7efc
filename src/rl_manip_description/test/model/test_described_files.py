"""Arms and grippers that lie in other people's packages, or just somewhere."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import yaml
from fake_package import install, install_for_ament
from seven_joint_arm import BASE, FLANGE, NAMES, write_seven_joint_arm

from rl_manip_description import (
    UnknownArmError,
    UnknownGripperError,
    known_arms,
    known_grippers,
    load_arm,
)
from rl_manip_description.model.arm_files import ARMS
from rl_manip_description.model.described_files import DescriptionFileError
from rl_manip_description.model.gripper_files import GRIPPERS_FOLDER
from rl_manip_description.model.robot_urdf import robot_urdf
from rl_manip_description.registry import RegistryError


@pytest.fixture(autouse=True)
def nothing_given_before(monkeypatch):
    monkeypatch.setattr(ARMS, "_given", {})


@pytest.fixture
def ros_package(tmp_path, monkeypatch):
    """Share folder of a ROS package with an arm, a gripper, and no Python."""
    prefix = tmp_path / "install"
    for kind in ("arm", "gripper"):
        share = install_for_ament(prefix, "seven_robot", f"rl_manip.{kind}s")
    write_seven_joint_arm(share / "arms", "seven", gripper="jaws")
    values = yaml.safe_load((GRIPPERS_FOLDER / "robotiq_2f85.yaml").read_text())
    values.update(max_opening=0.06, joint_name="jaw_joint", tool_frame="jaw_tool")
    (share / "grippers").mkdir()
    (share / "grippers" / "jaws.yaml").write_text(yaml.safe_dump(values))
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(prefix))
    return share


def test_an_arm_of_a_ros_package_is_one_like_ours(ros_package):
    assert {"seven", "ur5e"} <= set(known_arms())
    assert "jaws" in known_grippers()
    assert ARMS.find("seven").package == "seven_robot"
    arm = load_arm("seven")
    assert (arm.name, arm.joint_names) == ("seven", NAMES)
    assert (arm.base_frame, arm.tool_frame) == (BASE, FLANGE)
    # straight down at home, 0.16 + 0.18 m up to the shoulder, 0.4 m each to elbow and wrist
    pose = arm.forward_kinematics(arm.home)
    x = 0.4 * np.sin(0.4) + 0.4 * np.sin(2.1)
    z = 0.34 + 0.4 * np.cos(0.4) + 0.4 * np.cos(2.1) - 0.13
    np.testing.assert_allclose(pose.position, [x, 0.0, z], atol=1e-4)
    np.testing.assert_allclose(np.abs(pose.quaternion), [0.0, 1.0, 0.0, 0.0], atol=1e-4)


def test_auto_mounts_the_arms_own_gripper_on_its_own_flange(ros_package):
    arm = load_arm("seven", "auto")
    assert arm.gripper.name == "jaws"
    assert arm.tool_frame == "jaw_tool"
    assert f'parent link="{FLANGE}"' in robot_urdf(arm)
    assert load_arm("ur5e", "auto").gripper.name == "robotiq_2f85"


def test_an_arm_without_gripper_of_its_own_says_so(tmp_path):
    path = write_seven_joint_arm(tmp_path, "seven")
    with pytest.raises(
        UnknownGripperError, match="seven names no gripper of its own: give one, or"
    ):
        load_arm(str(path), "auto")


def test_an_entry_point_gives_the_path_of_the_file(tmp_path, monkeypatch):
    path = write_seven_joint_arm(tmp_path / "data", "seven")
    offers = {"rl_manip.arms": {"seven": "seven_files:ARM", "eight": "seven_files:NO_ARM"}}
    source = f"ARM = {str(path)!r}\nNO_ARM = 'nowhere.yaml'\n"
    install(tmp_path, "seven_python", offers, {"seven_files": source})
    monkeypatch.syspath_prepend(tmp_path)
    assert load_arm("seven").num_joints == 7
    expected = "arm 'eight' comes from the package seven_python .* gives 'nowhere.yaml', expected"
    with pytest.raises(RegistryError, match=expected):
        load_arm("eight")


def test_a_file_by_its_path_is_known_by_name_from_then_on(tmp_path):
    path = write_seven_joint_arm(tmp_path, "seven")
    with pytest.raises(UnknownArmError, match="unknown arm 'seven', expected one of .*ur10e"):
        load_arm("seven")
    assert load_arm(str(path)).name == "seven"
    assert load_arm("seven").joint_names == NAMES
    with pytest.raises(UnknownArmError, match="'/no/such.yaml', which is no file"):
        load_arm("/no/such.yaml")


def test_a_file_is_not_called_like_another_arm(tmp_path):
    path = write_seven_joint_arm(tmp_path, "ur5e")
    with pytest.raises(
        UnknownArmError, match="ur5e.yaml is called like the ur5e of rl_manip_descr"
    ):
        load_arm(str(path))
    assert load_arm(str(ARMS.file("ur5e").path)).num_joints == 6  # it is that one


def test_a_ros_package_that_calls_its_arm_like_ours_is_named(ros_package):
    write_seven_joint_arm(ros_package / "arms", "ur5e")
    with pytest.raises(RegistryError, match="by rl_manip_description .* and by seven_robot"):
        load_arm("ur5e")
    assert load_arm("ur3e").num_joints == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("tool_frame", "tool_framed"), "lacks the key 'tool_frame'"),
        (lambda text: "joints: [", "is no YAML"),
        (lambda text: "seven", "holds 'seven', expected keys and values"),
        (lambda text: text.replace("effort: 100.0", "effort: strong", 1), "'strong'"),
        (
            lambda text: text.replace("axis_7: 1.0", "axis_8: 1.0"),
            "practice.start_spread is .*axis_7",
        ),
        (lambda text: text.replace("start_spread", "spread"), "practice has the key 'spread'"),
        (lambda text: text.replace("axis_7: 1.0", "axis_7: -1.0"), "start_spread is .* at least 0"),
        (lambda text: text + "  table_ring: [0.5, 0.4]\n", "table_ring is 0.5, 0.4 m; give 0 <= n"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_it(ros_package, change, said):
    path = ros_package / "arms" / "seven.yaml"
    path.write_text(change(path.read_text()))
    with pytest.raises(DescriptionFileError, match=said) as refusal:
        load_arm("seven")
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_arm_whose_urdf_is_missing_is_named(tmp_path):
    path = write_seven_joint_arm(tmp_path, "seven")
    path.with_suffix(".urdf").unlink()
    with pytest.raises(DescriptionFileError, match="seven.yaml: .*No such file.*seven.urdf"):
        load_arm(str(path))


def test_what_an_arms_file_does_not_say_is_chosen(tmp_path):
    practice = load_arm(str(write_seven_joint_arm(tmp_path, "seven"))).practice
    np.testing.assert_array_equal(practice.goal_spread, practice.start_spread)
    np.testing.assert_array_equal(practice.posture_spread, [1.8] * 7)
    assert practice.table_ring == pytest.approx((0.375, 0.615))  # 0.5 and 0.82 of 0.75 m
    assert practice.gripper is None


def test_generate_urdf_takes_a_path_and_writes_beside_it(tmp_path):
    from rl_manip_description.generate_urdf import main

    shutil.copy(ARMS.file("ur5e").path, tmp_path / "mine.yaml")
    main([str(tmp_path / "mine.yaml")])
    assert load_arm(str(tmp_path / "mine.yaml")).num_joints == 6
