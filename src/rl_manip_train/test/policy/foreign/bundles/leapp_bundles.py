"""LEAPP bundles written by hand: a YAML file, models of torch's exporters, initial values.

What they hold follows leapp 0.7.2 and what Isaac Lab's exporter makes of its reach tasks: inputs
are raw quantities, the observation is made of them inside, the last action is a feedback.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass

import numpy as np
import torch
import yaml
from exporters import mlp
from torch import nn

POSE = ["x", "y", "z", "qx", "qy", "qz", "qw"]
ISAAC_POSE = ["x", "y", "z", "qw", "qx", "qy", "qz"]
"""As Isaac Lab 3 names a pose command, whose values are in the order of ``POSE``."""
UR = ["shoulder_pan_joint", "shoulder_lift_joint", "elbow_joint",
      "wrist_3_joint", "wrist_1_joint", "wrist_2_joint"]  # fmt: skip
"""An order of its own."""
PANDA = [f"panda_joint{number}" for number in range(1, 8)]
FINGERS = ["panda_finger_joint1", "panda_finger_joint2"]
BUNDLES = ("LEAPP", "LEAPP, Franka")
"""Documented specs that are of bundles."""


@dataclass
class Model:
    """One model of a bundle."""

    module: nn.Module
    inputs: list
    outputs: list
    backend: str = "onnx"


def tensor(name, shape, kind=None, names=None, connection=None):
    """An input or output as a bundle describes it."""
    found = {"name": name, "dtype": "float32", "shape": list(shape), "type": "tensor"}
    for key, value in (
        ("kind", kind),
        ("element_names", names),
        ("isaaclab_connection", connection),
    ):
        found.update({} if value is None else {key: value})
    return found


def write_bundle(folder, models, feedback=None, flow=None, initial=None, frequency=30.0):
    """The folder, with files in it.

    Args:
        folder: to be made.
        models: {name: Model}, in the order in which they run.
        feedback, flow: {"model/output": ["model/input"]}.
        initial: {"model/input": array}.
        frequency: [Hz].
    """
    folder.mkdir()
    described = {}
    for name, model in models.items():
        file = folder / f"{name}.{'onnx' if model.backend == 'onnx' else 'pt'}"
        _write_model(model, file)
        described[name] = {
            "inputs": model.inputs,
            "outputs": model.outputs,
            "parameters": {
                "model_path": file.name,
                "backend": model.backend,
                "md5sum": hashlib.md5(file.read_bytes()).hexdigest(),
                "sha256sum": hashlib.sha256(file.read_bytes()).hexdigest(),
            },
        }
    pipeline = {"data_flow": flow or {}, "feedback_flow": feedback or {}}
    if frequency:
        pipeline["configs"] = {"frequency": frequency}
    if initial:
        pipeline["initial_values"] = "reach_initial_values.safetensors"
        write_safetensors(folder / "reach_initial_values.safetensors", initial)
    values = {"models": described, "pipeline": pipeline, "system information": {"leapp": "0.7.2"}}
    (folder / "reach.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    return folder


def _write_model(model, file):
    given = tuple(torch.zeros(one["shape"]) for one in model.inputs)
    module = model.module.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model.backend != "onnx":
            torch.jit.trace(module, given, check_trace=False).save(str(file))
            return
        torch.onnx.export(
            module, given, str(file), opset_version=17, dynamo=False,
            input_names=[one["name"] for one in model.inputs],
            output_names=[one["name"] for one in model.outputs],
        )  # fmt: skip


def write_safetensors(path, arrays):
    """Eight bytes of length, a JSON header, the numbers."""
    header, numbers = {}, b""
    for name, array in arrays.items():
        raw = np.asarray(array, "<f4").tobytes()
        ends = [len(numbers), len(numbers) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(np.shape(array)), "data_offsets": ends}
        numbers += raw
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + numbers)


class IsaacReach(nn.Module):
    """Isaac Lab's reach: relative positions, velocities, pose command, last action, targets.

    Args:
        default: default joint positions (n,) [rad].
        actions: joints that move, the first of them.
    """

    def __init__(self, default, actions):
        super().__init__()
        self.actions = actions
        self.register_buffer("default", torch.tensor(default, dtype=torch.float32)[None])
        self.register_buffer("gain", torch.full((1, actions), 800.0))
        self.mlp = mlp(2 * len(default) + 7 + actions, actions, 11)

    def forward(self, robot_joint_pos, robot_joint_vel, ee_pose, last_action):
        seen = (robot_joint_pos - self.default, robot_joint_vel, ee_pose, last_action)
        action = self.mlp(torch.cat(seen, dim=1))
        target = self.default[:, : self.actions] + 0.5 * action
        return target, action, self.gain * 1.0


def isaac_reach(default, joints, moved, backend="onnx"):
    """One model of Isaac Lab's reach, its feedback, and its initial values."""
    n, a = len(joints), len(moved)
    # leapp calls input and output of a state alike, but in ONNX
    before, after = (
        ("last_action_in", "last_action_out") if backend == "onnx" else ["last_action"] * 2
    )
    state = "state:robot:joint_"
    model = Model(
        IsaacReach(default, a),
        [
            tensor("robot_joint_pos", (1, n), "state/joint/position", [joints], f"{state}pos"),
            tensor("robot_joint_vel", (1, n), "state/joint/velocity", [joints], f"{state}vel"),
            tensor("ee_pose", (1, 7), "command/body/pose", [ISAAC_POSE], "command:ee_pose"),
            tensor(before, (1, a)),
        ],
        [
            tensor("arm_action", (1, a), "target/joint/position", [moved]),
            tensor(after, (1, a)),
            tensor("arm_action_kp_gains", (1, a), "kp", [moved]),
        ],
        backend,
    )
    return {
        "models": {"Isaac-Reach": model},
        "feedback": {f"Isaac-Reach/{after}": [f"Isaac-Reach/{before}"]},
        "initial": {f"Isaac-Reach/{before}": np.zeros((1, a))},
    }


class Observer(nn.Module):
    """Three steps of positions, velocities, the tool, the goal, and what was said before."""

    def forward(self, joint_pos, joint_vel, tool, goal, buffer, before):
        buffer = torch.cat((buffer[1:], joint_pos[None]), dim=0)
        steps = buffer.permute(1, 0, 2).reshape(1, -1)
        seen = (steps, joint_vel, tool.reshape(1, 7), goal, before)
        return torch.cat(seen, dim=1), buffer


class Actor(nn.Module):
    """Joint velocities of an observation (1, 44)."""

    def __init__(self):
        super().__init__()
        self.mlp = mlp(44, 6, 12, nn.Tanh)

    def forward(self, observation):
        return 1.2 * self.mlp(observation)


BUFFER = np.random.default_rng(8).normal(0.0, 0.5, (3, 1, 6)).astype(np.float32)
"""What the history of ``two_models`` begins with, as a traced rollout leaves it."""


def two_models():
    """An observer and an actor in a row; the action is a feedback to the observer."""
    joints = ["wrist_1_joint", "wrist_2_joint", "wrist_3_joint", *UR[:3]]
    observer = Model(
        Observer(),
        [
            tensor("joint_pos", (1, 6), "state/joint/position", joints),
            tensor("joint_vel", (1, 6), "state/joint/velocity", [UR]),
            tensor("tool", (1, 1, 7), "state/body/pose", [["tool0"], POSE]),
            tensor("goal", (1, 7), "command/body/pose", [ISAAC_POSE]),
            tensor("buffer_in", BUFFER.shape),
            tensor("before", (1, 6)),
        ],
        [tensor("observation", (1, 44)), tensor("buffer_out", BUFFER.shape)],
    )
    actor = Model(
        Actor(),
        [tensor("observation", (1, 44))],
        [tensor("velocity", (1, 6), "target/joint/velocity", [UR])],
    )
    return {
        "models": {"observer": observer, "actor": actor},
        "flow": {"observer/observation": ["actor/observation"]},
        "feedback": {
            "observer/buffer_out": ["observer/buffer_in"],
            "actor/velocity": ["observer/before"],
        },
        "initial": {"observer/buffer_in": BUFFER, "observer/before": np.zeros((1, 6))},
        "frequency": 50.0,
    }
