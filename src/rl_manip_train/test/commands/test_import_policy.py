"""``import_policy`` as a person calls it: what it judges, writes, prints and refuses."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import pytest
import torch
from exporters import onnx_file

from rl_manip_train.policy.evaluation import Evaluation
from rl_manip_train.policy.onnx_policy import load_onnx_policy

SPEC = """
arm: ur5e
source: a network of three weights
control_rate: 50
observation: [{name: goal_position_relative, frame: tool, unit: cm}]
action: {kind: tool_twist, width: 3, frame: tool, unit: mm/s, scale: 1000.0, clip: 0.4}
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs the command on a network that goes straight for the goal, 4 [1/s] of what is left."""
    network = torch.nn.Linear(3, 3, bias=False)
    with torch.no_grad():
        network.weight.copy_(0.04 * torch.eye(3))
    onnx_file(network, tmp_path / "net.onnx", 3, ["obs"], ["actions"])
    threads = torch.get_num_threads()

    def run(spec, *arguments):
        (tmp_path / "spec.yaml").write_text(spec)
        words = ["import_policy", tmp_path / "net.onnx", "--spec", tmp_path / "spec.yaml"]
        monkeypatch.setattr(sys, "argv", [*map(str, words), *map(str, arguments)])
        try:
            importlib.import_module("rl_manip_train.commands.import_policy").main()
        except SystemExit as ended:
            return ended.code
        return 0

    yield run
    torch.set_num_threads(threads)


def test_a_network_becomes_a_policy_with_its_card(call, tmp_path, capsys):
    path = tmp_path / "policy.onnx"
    assert call(SPEC, "-o", path, "--episodes", 8, "--randomization", "none") == 0
    printed = capsys.readouterr().out
    assert "success" in printed
    assert "hardware:=sim" in printed
    assert "control_dt:=0.02" in printed
    policy = load_onnx_policy(path)
    metadata = policy.metadata
    assert (metadata.arm, metadata.task, metadata.control_dt) == ("ur5e", "reach", 0.02)
    assert metadata.imported.spec == SPEC
    assert metadata.action == "tool_twist"
    assert metadata.training.success_rate >= 0.9
    card = path.with_suffix(".md").read_text()
    assert "a network of three weights" in card
    assert metadata.imported.sha256 in card
    assert SPEC.strip() in card
    assert "`tool_twist`, see the spec below." in card
    assert "| none | 8 |" in card
    assert "| none, 10 goals in a row | 8 |" in card
    assert "trains it again" not in card


@pytest.mark.parametrize(("low", "advice"), [(None, "give joint_spread"), ((0.0,), "a smaller")])
def test_a_policy_that_gets_lost_goal_after_goal_is_told(capsys, low, advice):
    command = importlib.import_module("rl_manip_train.commands.import_policy")
    joints = SimpleNamespace(name="joint_position", low=low)
    imported = SimpleNamespace(metadata=SimpleNamespace(inputs=(joints,)))
    fresh, alike, lost = (Evaluation(200, rate, 0.0, 0.01, 1.0) for rate in (0.9, 0.85, 0.4))
    command.say_whether_it_gets_lost(fresh, alike, imported)
    assert capsys.readouterr().out == ""
    command.say_whether_it_gets_lost(fresh, lost, imported)
    said = capsys.readouterr().out
    assert "met 40.0 % of goals given one after the other, and 90.0 % from fresh start" in said
    assert advice in said


def test_a_policy_that_reaches_nothing_is_not_written(call, tmp_path, capsys):
    backwards = SPEC.replace("scale: 1000.0", "scale: -1000.0").replace("50", "25")
    path = tmp_path / "policy.onnx"
    words = ("-o", path, "--episodes", 2, "--randomization", "none")
    assert call(backwards, *words) == 2
    said = capsys.readouterr().err
    assert "the policy met 0.0 % of its goals, less than least_success 50 %" in said
    assert not path.exists()
    assert not path.with_suffix(".md").exists()
    assert call(backwards, *words, "--least-success", 0) == 0
    assert load_onnx_policy(path).metadata.training.success_rate == 0.0


def test_what_nobody_judged_says_so(call, tmp_path, capsys):
    path = tmp_path / "policy.onnx"
    assert call(SPEC, "-o", path, "--no-check") == 0
    assert load_onnx_policy(path).metadata.training.success_rate is None
    assert "without being run in simulation" in path.with_suffix(".md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "policy.pt"], "expected a name that ends in .onnx"),
        (["--least-success", "2"], "least_success is 2.0, expected 0 to 1"),
        (["--episodes", "0"], "episodes is 0"),
        (["--randomization", "wild"], "expected one of none, default"),
    ],
)
def test_options_that_make_no_sense_are_a_sentence(call, capsys, words, said):
    assert call(SPEC, *words) == 2
    assert said in capsys.readouterr().err


def test_a_spec_of_another_network_shows_its_sizes(call, tmp_path, capsys):
    spec = SPEC.replace("observation: [", "observation: [joint_position, ")
    assert call(spec, "-o", tmp_path / "policy.onnx") == 2
    said = capsys.readouterr().err
    assert "error: the spec's observation has 9 numbers and the network takes 3" in said
    assert "joint_position" in said
    assert not (tmp_path / "policy.onnx").exists()
