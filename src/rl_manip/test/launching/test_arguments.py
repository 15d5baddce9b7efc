"""An argument that a launch file does not have ends the launch, and names the nearest."""

from __future__ import annotations

import pytest

from rl_manip.launching.arguments import UnknownArgumentError, refuse_unknown
from rl_manip.launching.nodes import typed

NAMES = ("arm", "hardware", "policy", "robot_ip")


@pytest.fixture
def on_command_line(monkeypatch):
    """`ros2 launch rl_manip FILE …` as far as the check looks."""

    def set_argv(file: str) -> None:
        monkeypatch.setattr("sys.argv", ["ros2", "launch", "rl_manip", file])

    return set_argv


def test_the_nearest_name_is_said(on_command_line):
    on_command_line("deploy_real.launch.py")
    with pytest.raises(UnknownArgumentError) as refused:
        refuse_unknown(["arm:=ur5e", "hardwre:=sim"], NAMES, "/share/deploy_real.launch.py")
    assert str(refused.value) == (
        "deploy_real.launch.py has no argument 'hardwre': did you mean hardware? "
        "--show-args lists them all."
    )


def test_a_name_like_none_is_refused_without_a_guess(on_command_line):
    on_command_line("deploy_real.launch.py")
    with pytest.raises(UnknownArgumentError, match="has no argument 'xyzzy': --show-args"):
        refuse_unknown(["xyzzy:=1"], NAMES, "deploy_real.launch.py")


def test_what_is_known_passes(on_command_line):
    on_command_line("deploy_real.launch.py")
    refuse_unknown([f"{name}:=x" for name in NAMES], NAMES, "deploy_real.launch.py")


def test_a_launch_file_that_another_includes_leaves_its_arguments_alone(on_command_line):
    on_command_line("cell.launch.py")
    refuse_unknown(["lamp:=on"], NAMES, "deploy_real.launch.py")


def test_a_text_stays_a_text():
    parameters = typed({"tf_prefix": "12E5", "seed": 3, "record": True})
    assert parameters["tf_prefix"].value_type is str
    assert parameters["seed"] == 3
    assert parameters["record"] is True
