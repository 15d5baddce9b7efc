"""Specs and networks that do not fit: one sentence that says what to do, and nothing made."""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from exporters import (
    RslRlInside,
    RslRlRecurrent,
    SeveralOutputs,
    mlp,
    onnx_file,
    torchscript_file,
)

from rl_manip_description import load_arm
from rl_manip_description.registry import RegistryError
from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError
from rl_manip_train.policy.foreign.policy_import import import_network
from rl_manip_train.policy.foreign.spec import read_spec as reading
from rl_manip_train.policy.foreign.spec.spec_values import SpecError

ARMS = functools.lru_cache(load_arm)
POLICY = Path(__file__).resolve().parents[5] / "policies" / "ur5e_reach" / "policy.onnx"
SPEC = """
arm: ur5e
control_rate: 25
observation: [joint_position, joint_velocity, goal_position]
action: {kind: joint_velocity, clip: 1.0, scale: 1.5}
"""


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Files by what is wrong with them; ``good`` is one that fits ``SPEC``."""
    folder = tmp_path_factory.mktemp("networks")

    def made(name, module, width=15, outputs=("actions",), inputs=("obs",), **options):
        return onnx_file(module, folder / f"{name}.onnx", width, inputs, outputs, **options)

    good = made("good", mlp(15, 6, 0))
    made("seven", mlp(15, 7, 0))
    made("wide", mlp(21, 6, 0), 21)
    made("several", SeveralOutputs(mlp(15, 6, 0)), outputs=("mu", "log_std", "value"))
    made("dynamic", torch.nn.Tanh(), 6, dynamic_axes={"obs": {0: "N", 1: "d"}})
    made("gru", RslRlRecurrent(15, 6, 0), inputs=("obs", "h_in"), outputs=("actions", "h_out"),
         states=[(1, 1, 16)])  # fmt: skip
    batch = onnx.load(good)
    batch.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4096
    onnx.save(batch, folder / "batch.onnx")
    double = torch.nn.Linear(15, 6).double()
    torch.onnx.export(
        double, (torch.zeros(1, 15).double(),), str(folder / "double.onnx"), input_names=["obs"],
        output_names=["actions"], dynamo=False,
    )  # fmt: skip
    broken = mlp(15, 6, 0)
    broken[0].bias.data[3] = float("nan")
    made("nan", broken)
    newer = onnx.load(good)
    newer.ir_version = 99
    onnx.save(newer, folder / "ir.onnx")
    newer.ir_version, newer.opset_import[0].version = 10, 99
    onnx.save(newer, folder / "opset.onnx")
    shutil.copy(POLICY, folder / "ours.onnx")
    (folder / "text.onnx").write_text("no network")
    os.mkfifo(folder / "pipe.onnx")
    torchscript_file(RslRlInside(15, 6, 0), folder / "inside.pt")
    torchscript_file(mlp(21, 6, 0), folder / "wide.pt")
    torch.save(mlp(15, 6, 0).state_dict(), folder / "weights.pt")
    return folder


@pytest.fixture(autouse=True)
def arms_are_read_once(monkeypatch):
    monkeypatch.setattr(reading, "load_arm", ARMS)


def refusal(folder, network, spec, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(spec)
    with pytest.raises((SpecError, ForeignNetworkError, RegistryError)) as error:
        import_network(folder / network, path, "a command", "abc")
    assert list(tmp_path.iterdir()) == [path]
    return str(error.value)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("none.onnx", "none.onnx cannot be read (No such file or directory)"),
        ("pipe.onnx", "pipe.onnx is no file; give the file that was exported"),
        ("text.onnx", "is no complete ONNX file"),
        ("ours.onnx", "is a policy file of this workspace already"),
        ("weights.pt", "holds weights or something else, and no network; export it with"),
        ("inside.pt", "keeps 'hidden_state' inside from call to call"),
        ("several.onnx", "has the outputs mu, log_std, value; name under network.action which"),
        ("gru.onnx", "has the inputs obs, h_in; name under network.observation which"),
        ("seven.onnx", "answers actions of the shape [1, 7], and joint_velocity of ur5e is [1, 6]"),
        ("batch.onnx", "takes observations of the shape [4096, 15], expected one row [1, 15]"),
        ("double.onnx", "has the input 'obs' of tensor(double), expected float32"),
        ("nan.onnx", "gives no finite figures for {'joint_position'"),
        ("ir.onnx", "Export it again for an older opset and IR version"),
        ("opset.onnx", "Export it again for an older opset and IR version"),
        ("dynamic.onnx", "answers actions of the shape [1, 15], and joint_velocity"),
    ],
)
def test_a_network_that_cannot_be_used_says_why(networks, tmp_path, network, said):
    text = refusal(networks, network, SPEC, tmp_path)
    assert said in text
    assert "\n" not in text


@pytest.mark.parametrize("network", ["wide.onnx", "wide.pt"])
def test_sizes_that_do_not_fit_stand_in_a_table(networks, tmp_path, network):
    sentence, *table = refusal(networks, network, SPEC, tmp_path).split("\n")
    assert sentence.startswith("the spec's observation has 15 numbers and the network takes 21;")
    assert [line.split() for line in table] == [
        ["slice", "from", "to", "size"],
        ["joint_position", "0", "5", "6"],
        ["joint_velocity", "6", "11", "6"],
        ["goal_position", "12", "14", "3"],
        ["sum", "of", "the", "spec", "15"],
        ["the", "network", "takes", "21"],
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "joint_velocity, goal",
            "joint_velocitys, goal",
            "did you mean 'joint_velocity'? known are joint_p",
        ),
        (
            "joint_velocity, goal",
            "{name: joint_velocity, scal: 2}, goal",
            "unknown key 'scal'; did you mean",
        ),
        (
            "joint_velocity, goal",
            "{name: joint_velocity, unit: rpm}, goal",
            "known are rad/s, deg/s",
        ),
        (
            "joint_velocity, goal",
            "{name: joint_velocity, scale: [1, 2]}, goal",
            "or a list of 6 or one for",
        ),
        (
            "joint_velocity, goal",
            "{name: joint_velocity, joints: [elbow]}, goal",
            "names 'elbow', which is no joint here; did you mean 'elbow_joint'? known are should",
        ),
        (
            "joint_velocity, goal",
            "{name: joint_velocity, frame: tool}, goal",
            "are in none; remove it",
        ),
        ("goal_position", "{name: goal_position, frame: table}", "known are base, tool"),
        ("goal_position", "goal_orientation", "lacks 'form'; add it"),
        ("goal_position", "{name: goal_orientation, form: matrix}", "have no orientation; give"),
        ("control_rate: 25", "control_rate: 5", "asks the network every 0.2 s"),
        ("control_rate: 25", "", "needs either control_rate [Hz] or control_dt [s]"),
        ("arm: ur5e", "arm: ur5", "unknown arm 'ur5'"),
        ("arm: ur5e", "arm: ur5e\ntask: reech", "reech"),
        (
            "arm: ur5e",
            "arm: ur5e\ntask: pick_place",
            "whose arm carries a gripper; import policies",
        ),
        ("arm: ur5e", "arm: ur5e\njoints: [elbow]", "names 'elbow', which is no joint here; did"),
        ("arm: ur5e", "arm: ur5e\njoints: [elbow_joint]", "lacks the joint 'shoulder_pan_joint'"),
        ("arm: ur5e", "arm: ur5e\nvelocity_limit: 3.0", "expected more than 0 and at most 1.5"),
        ("arm: ur5e", "arm: ur5e\ntool: {position: [0, 0, 0.1]}", "give a task such as reach_pose"),
        ("arm: ur5e", "arm: ur5e\ntool: {quaternion_xyzw: [0, 0, 0, 2]}", "has the length 2"),
        ("arm: ur5e", "arm: ur5e\nnetwork: {action: mu}", "has no output 'mu', which network.act"),
        ("arm: ur5e", "arm: ur5e\nnormalizer: {mean: [0, 1], std: [1, 1]}", "mean has 2 numbers"),
        ("arm: ur5e", "arm: ur5e\nnormalizer: {file: a.npz, mean: m, std: s}", "which is no file"),
        ("arm: ur5e", "arm: ur5e\nnormalizer: {mean: [0]}", "needs either std or variance"),
        ("arm: ur5e", "arm: ur5e\ndefault_position: {elbow_joint: 1}", "lacks the joint 'should"),
        ("clip: 1.0", "clip: [1, -1]", "expected the lower number first"),
        ("clip: 1.0", "clip: .nan", "expected 2 finite numbers"),
        ("kind: joint_velocity", "kind: joint_torque", "did you mean 'joint_velocity'?"),
        ("kind: joint_velocity", "kind: joint_velocity, width: 3", "says how the tool moves"),
        ("observation: [", "observations: [", "has the unknown key 'observations'; did you mean"),
    ],
)
def test_a_spec_that_cannot_be_used_says_what_to_write(networks, tmp_path, old, new, said):
    assert old in SPEC
    text = refusal(networks, "good.onnx", SPEC.replace(old, new), tmp_path)
    assert said in text
    assert "\n" not in text


def test_a_normaliser_names_what_its_file_has(networks, tmp_path):
    np.savez(networks / "stats.npz", mean=np.zeros(15), var=np.ones(15))
    spec = SPEC + f"normalizer: {{file: {networks / 'stats.npz'}, mean: men, variance: var}}"
    assert "has no 'men'; did you mean 'mean'? known are mean, var" in refusal(
        networks, "good.onnx", spec, tmp_path
    )
