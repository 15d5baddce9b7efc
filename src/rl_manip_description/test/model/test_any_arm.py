"""Arms of somebody else's: endless joints, limits that the YAML narrows, a URDF of another name."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from seven_joint_arm import NAMES, write_seven_joint_arm

from rl_manip_description import load_arm
from rl_manip_description.model.arm_files import ARMS
from rl_manip_description.model.described_files import DescriptionFileError
from rl_manip_description.model.driver import Driver
from rl_manip_description.model.own_kinematics import arm_urdf, described_arm


@pytest.fixture(autouse=True)
def nothing_given_before(monkeypatch):
    monkeypatch.setattr(ARMS, "_given", {})


@pytest.fixture
def write(tmp_path):
    """A function that writes the arm "seven" with changes, and returns the YAML file's path."""

    def written(change=lambda values: None, urdf=lambda text: text):
        path = write_seven_joint_arm(tmp_path, "seven")
        values = yaml.safe_load(path.read_text())
        change(values)
        path.write_text(yaml.safe_dump(values))
        described = path.with_suffix(".urdf")
        described.write_text(urdf(described.read_text()))
        return str(path)

    return written


def without_limits(values):
    for joint in values["joints"]:
        for key in ("position_lower", "position_upper", "velocity", "effort"):
            del joint[key]


def endless(text):
    return text.replace('name="axis_7" type="revolute"', 'name="axis_7" type="continuous"')


def test_what_the_yaml_does_not_say_of_a_joint_the_urdf_says(write):
    limits = load_arm(write(without_limits, endless)).limits
    np.testing.assert_array_equal(limits.position_upper[:2], [2.96, 2.09])
    np.testing.assert_array_equal(limits.velocity, 1.7)
    np.testing.assert_array_equal(limits.effort, 100.0)
    assert limits.endless.tolist() == [False] * 6 + [True]
    assert limits.position_lower[6] == -np.inf
    low, high = limits.one_turn
    assert (low[6], high[6]) == (-np.pi, np.pi)
    assert (low[1], high[1]) == (-2.09, 2.09)


def test_narrowed_limits_reach_whoever_reads_the_urdf(write):
    def narrow(values):
        values["joints"][0].update(position_lower=-1.0, velocity=0.5)
        values["joints"][6].update(position_lower=-2.0, position_upper=2.5)

    joints = {
        joint.get("name"): joint
        for joint in ElementTree.fromstring(arm_urdf(load_arm(write(narrow, endless)))).iter(
            "joint"
        )
    }
    assert float(joints["axis_1"].find("limit").get("lower")) == -1.0
    assert float(joints["axis_1"].find("limit").get("velocity")) == 0.5
    assert joints["axis_7"].get("type") == "revolute"  # narrowed, it has ends
    assert float(joints["axis_7"].find("limit").get("upper")) == 2.5


def test_an_endless_joint_stays_one_with_the_arms_own_kinematics(write):
    arm = load_arm(write(without_limits, endless))
    own = described_arm(arm, arm_urdf(arm))
    assert own.limits.endless[6]
    np.testing.assert_allclose(own.chain.origins, arm.chain.origins)


def test_the_yaml_names_its_urdf(write, tmp_path):
    path = write(lambda values: values.update(urdf="described/robot.urdf"))
    (tmp_path / "described").mkdir()
    (tmp_path / "seven.urdf").rename(tmp_path / "described" / "robot.urdf")
    arm = load_arm(path)
    assert arm.urdf_path == tmp_path / "described" / "robot.urdf"
    assert arm.source == path  # what other processes load it by
    assert load_arm(arm.source).joint_names == NAMES


@pytest.mark.parametrize(
    ("change", "urdf", "said"),
    [
        (
            lambda values: values["joints"][0].update(position_upper=3.1),
            None,
            "axis_1 may go from -2.96 to 3.1 rad, beyond -2.96 to 2.96 of the URDF",
        ),
        (
            lambda values: values["joints"][6].update(position_lower=-1.0, position_upper=np.inf),
            endless,
            "give finite numbers, or neither",
        ),
        (
            None,
            lambda text: text.replace('"revolute"', '"prismatic"', 1),
            "prismatic joint 'axis_1'",
        ),
        (
            None,
            lambda text: text.replace('mass value="2.0"', 'mass value="0"', 1),
            "'link_1' has th",
        ),
        (
            None,
            lambda text: text.replace(
                '<cylinder radius="0.04" length="0.2"/>', '<mesh filename="arm.stl"/>'
            ),
            "collision shape of link 'link_2' is a mesh.*import_arm",
        ),
        (
            lambda values: values.update(driver={"package": "seven_driver"}),
            None,
            "driver is .*keys",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence(write, change, urdf, said):
    path = write(change or (lambda values: None), urdf or (lambda text: text))
    with pytest.raises(DescriptionFileError, match=said) as refusal:
        load_arm(path)
    assert "\n" not in str(refusal.value)


def test_a_drivers_arguments_are_filled_in_and_renamed():
    arguments = {"ip": "{robot_ip}", "mock": "{mock}", "kind": "seven", "prefix": "{tf_prefix}"}
    driver = Driver("seven_driver", "seven.launch.py", arguments, {"humble": {"mock": "fake"}})
    given = {"robot_ip": "10.0.0.1", "mock": "true", "tf_prefix": ""}
    assert driver.arguments_for(given, "jazzy") == {
        "ip": "10.0.0.1",
        "mock": "true",
        "kind": "seven",
    }
    assert "fake" in driver.arguments_for(given, "humble")
    with pytest.raises(
        ValueError, match="driver.arguments.ip is '{robot_ip}', expected one of {mo"
    ):
        driver.arguments_for({"mock": "true"}, "jazzy")
