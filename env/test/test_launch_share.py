"""What launch reads from its share folder: the grammar of substitutions, found by the index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext
from launch.frontend.parse_substitution import parse_substitution
from launch.utilities import perform_substitutions
from launch_ros.parameter_descriptions import ParameterFile

pytestmark = pytest.mark.skipif(
    "RL_MANIP_ROS_FROM_PYPI" not in os.environ, reason="an installed ROS 2 has its own"
)


@pytest.fixture
def context():
    context = LaunchContext()
    context.launch_configurations.update(tf_prefix="left_", outer="tf_prefix", empty="")
    return context


@pytest.mark.parametrize("package", ["launch", "launch_ros", "ros2cli"])
def test_packages_from_the_wheel_are_in_the_index(package):
    assert Path(get_package_share_directory(package)).is_dir()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, with (brackets) and $5", "plain text, with (brackets) and $5"),
        ("$(var tf_prefix)shoulder_pan_joint", "left_shoulder_pan_joint"),
        ("a $(var tf_prefix) b $(var tf_prefix) c", "a left_ b left_ c"),
        ("$(var 'tf_prefix')", "left_"),
        ('$(var "tf_prefix")', "left_"),
        ("$(var $(var outer))", "left_"),
        ("$(var '$(var outer)')", "left_"),
        ("$(var nothing 'a default')", "a default"),
        ('$(var nothing "it\'s $(var tf_prefix)")', "it's left_"),
        (r"\$(var tf_prefix)", "$(var tf_prefix)"),
        ("$(var empty)", ""),
        ("$(eval '1 + 2')", "3"),
    ],
)
def test_substitutions_are_found_in_text(context, text, expected):
    assert perform_substitutions(context, parse_substitution(text)) == expected


@pytest.mark.parametrize("text", ["$(var tf_prefix", "$()", "$(no-such-substitution x)"])
def test_what_is_no_substitution_is_refused(text):
    with pytest.raises(Exception, match=r"\S"):
        parse_substitution(text)


def test_a_parameter_file_as_drivers_have_them(context, tmp_path):
    joints = "".join(f"      - $(var tf_prefix)joint_{i}\n" for i in range(200))
    file = tmp_path / "controllers.yaml"
    file.write_text(f"controller:\n  ros__parameters:\n    joints:\n{joints}")
    parameters = ParameterFile(str(file), allow_substs=True)  # its end removes what it wrote
    assert Path(parameters.evaluate(context)).read_text().count("left_joint_") == 200
