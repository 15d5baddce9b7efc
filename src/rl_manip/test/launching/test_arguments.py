"""An argument that a launch file does not have ends the launch, and names the nearest."""

from __future__ import annotations

import io
import logging
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import rclpy
from launch import LaunchContext
from rclpy.context import Context

from rl_manip.launching.arguments import UnknownArgumentError, given, refuse_unknown
from rl_manip.launching.nodes import parameter_file

LAUNCH = Path(__file__).resolve().parents[4] / "launch"
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


class NobodyReads(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_of_the_launch_may_leave(monkeypatch, capsys):
    monkeypatch.setattr(logging, "raiseExceptions", True)
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    given(LaunchContext(), [], "deploy_real.launch.py")
    line = logging.LogRecord("launch", logging.INFO, __file__, 1, "begun", None, None)
    logging.StreamHandler(NobodyReads()).handle(line)
    assert capsys.readouterr().err == ""


TEXTS = ("n", "off", "12E5", "007", "nan", "Infinity", "null", "~", "true", "0x1f", ".5", "", "-")
STRANGE = (
    "größe",
    "yes",
    "1e3",
    "0x10",
    "a b/",
    "~/x",
    "$HOME",
    "it's",
    'say "so"',
    "a: b",
    "# no",
    "- a",
    "{}",
    "[1]",
    "back\\slash",
    "$(x)",
)


def test_a_text_stays_a_text_on_its_way_to_a_node():
    texts = {f"text_{k}": text for k, text in enumerate((*TEXTS, *STRANGE))}
    texts.update(seed=3, record=True, hold=0.025)
    texts["guard.period"] = 1e-05
    context = Context()
    rclpy.init(args=["--ros-args", "--params-file", parameter_file(texts)], context=context)
    node = rclpy.create_node(
        "reader", context=context, automatically_declare_parameters_from_overrides=True
    )
    read = {name: node.get_parameter(name).value for name in texts}
    node.destroy_node()
    context.try_shutdown()
    assert read == texts
    assert {name: type(value) for name, value in read.items()} == {
        name: type(value) for name, value in texts.items()
    }


def test_no_file_of_parameters_outlives_the_launch():
    code = (
        "from rl_manip.launching.nodes import parameter_file; "
        "path = parameter_file({'seed': 3}); print(open(path).read(), path, sep='\\n')"
    )
    said = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    content, path = said.stdout.splitlines()
    assert "seed" in content
    assert not Path(path).parent.exists()


@pytest.mark.parametrize("file", sorted(LAUNCH.glob("*.launch.py")), ids=lambda file: file.name)
@pytest.mark.parametrize(
    ("words", "domain", "said"),
    [
        (["nonsense:=1"], "7", "has no argument 'nonsense'"),
        ([], "300", "ROS_DOMAIN_ID is '300': give a whole number from 0 to 232"),
    ],
)
def test_every_launch_file_looks_at_the_command_line_first(file, words, domain, said, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", str(file), *words])
    monkeypatch.setenv("ROS_DOMAIN_ID", domain)
    description = runpy.run_path(str(file))["generate_launch_description"]()
    context = LaunchContext(argv=words)
    *declarations, start = description.entities
    for declaration in declarations:
        declaration.visit(context)
    with pytest.raises(ValueError, match=said):
        start.visit(context)
