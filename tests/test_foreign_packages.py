"""Packages of somebody else, built by colcon and sourced: a task, and an arm without any Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

import pytest
from seven_joint_arm import write_seven_joint_arm

from rl_manip_description import known_arms
from rl_manip_description.contract.policy_contract import PolicyMetadata

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300  # for what a busy machine takes long to do [s]
ARM_SETUP = """\
from glob import glob
from setuptools import setup

setup(
    name="seven_robot",
    packages=[],
    version="0.1.0",
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/seven_robot"]),
        ("share/ament_index/resource_index/rl_manip.arms", ["resource/seven_robot"]),
        ("share/seven_robot", ["package.xml"]),
        ("share/seven_robot/arms", glob("arms/*")),
    ],
)
"""
ARM_PACKAGE = """\
<package format="3">
  <name>seven_robot</name>
  <version>0.1.0</version>
  <description>An arm with seven joints.</description>
  <maintainer email="somebody@example.org">Somebody</maintainer>
  <license>Apache-2.0</license>
  <export><build_type>ament_python</build_type></export>
</package>
"""


def run(command: List[str], environment: Dict[str, str], cwd: Path) -> str:
    """What a command that succeeds prints."""
    return ended(start(command, environment, cwd))


def start(command: List[str], environment: Dict[str, str], cwd: Path) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        env=environment,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen) -> str:
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    """A workspace of somebody else, built."""
    folder = tmp_path_factory.mktemp("theirs")
    source = folder / "src"
    shutil.copytree(ROOT / "examples" / "peg_task", source / "peg_task")
    robot = source / "seven_robot"
    write_seven_joint_arm(robot / "arms", "seven")
    (robot / "resource").mkdir()
    (robot / "resource" / "seven_robot").touch()
    (robot / "package.xml").write_text(ARM_PACKAGE)
    (robot / "setup.py").write_text(ARM_SETUP)
    run(["colcon", "build", "--base-paths", str(source)], dict(os.environ), folder)
    return folder


@pytest.fixture(scope="module")
def overlay(workspace) -> Dict[str, str]:
    """The environment once that workspace is sourced."""
    script = ". install/local_setup.sh && env -0"
    text = run(["sh", "-c", script], dict(os.environ), workspace)
    return dict(item.split("=", 1) for item in text.split("\0") if "=" in item)


@pytest.fixture(scope="module")
def answers(workspace, overlay) -> Dict[str, str]:
    """What commands print, side by side where one does not need what another has written.

    The training is of their task on their arm, through the launch file.
    """
    python = [sys.executable, "-m"]
    training = [
        *("ros2", "launch", str(ROOT / "launch" / "train.launch.py"), "task:=insert_peg"),
        *("arm:=seven", f"run_dir:={workspace / 'run'}", "num_envs:=16", "max_env_steps:=512"),
        *("eval_episodes:=4", "final_episodes:=4", "num_threads:=1"),
    ]
    first = {
        "launch": training,
        "own tests": [*python, "pytest", "-q", str(workspace / "src" / "peg_task" / "test")],
    }
    commands = "rl_manip_train.commands"
    policy, again = str(workspace / "run" / "policy.onnx"), str(workspace / "again.onnx")
    second = {
        "export": [*python, f"{commands}.export", str(workspace / "run"), "-o", again],
        "evaluate": [
            *(*python, f"{commands}.evaluate", policy, "--episodes", "4"),
            *("--json", str(workspace / "figures.json")),
        ],
        "help": [*python, f"{commands}.train", "--task", "insert_peg", "--help"],
        "arguments": [*training[:3], "--show-args"],
    }
    found = {}
    for batch in (first, second):
        processes = {name: start(command, overlay, workspace) for name, command in batch.items()}
        found.update({name: ended(process) for name, process in processes.items()})
    return found


def metadata_of(policy: Path) -> PolicyMetadata:
    import onnx

    (entry,) = onnx.load(str(policy)).metadata_props
    return PolicyMetadata.from_json(entry.value)


def test_their_task_trains_on_their_arm_and_is_exported(workspace, answers):
    summary = json.loads((workspace / "run" / "training.json").read_text())
    assert (summary["task"], summary["arm"]) == ("insert_peg", "seven")
    for name in ("run/policy.onnx", "again.onnx"):
        metadata = metadata_of(workspace / name)
        assert (metadata.task, metadata.arm) == ("insert_peg", "seven")
        assert len(metadata.joint_names) == 7
        assert metadata.success.distance_m == 0.005
        assert [spec.name for spec in metadata.inputs][-1] == "goal_orientation"
    # and with what the task says suits it
    assert "max_env_steps: 512" in (workspace / "run" / "config.yaml").read_text()
    assert "discount: 0.98" in (workspace / "run" / "config.yaml").read_text()


def test_its_policy_is_evaluated(workspace, answers):
    figures = json.loads((workspace / "figures.json").read_text())
    assert (figures["task"], figures["arm"]) == ("insert_peg", "seven")
    assert figures["trials"][0]["episodes"] == 4
    assert "insert_peg on seven after" in answers["export"]


def test_help_and_arguments_say_where_they_come_from(answers):
    for text in (answers["help"], answers["arguments"]):
        words = " ".join(text.split())
        assert "stack, insert (rl_manip_train); insert_peg (peg" in words
        assert f"{', '.join(known_arms())} (rl_manip_description); seven (seven_robot)" in words
    assert "(default: 1500000)" in answers["help"]  # the task's own


def test_its_own_tests_pass_in_the_overlay(answers):
    assert " passed" in answers["own tests"]


def test_the_example_is_no_part_of_this_workspace():
    listed = run(["colcon", "list", "--names-only"], dict(os.environ), ROOT).split()
    assert "rl_manip_train" in listed
    assert "peg_task" not in listed
