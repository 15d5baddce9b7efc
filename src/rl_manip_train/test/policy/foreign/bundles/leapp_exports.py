"""Bundles of leapp's own exporter, annotated as Isaac Lab annotates its reach tasks."""

from __future__ import annotations

import leapp
import torch
from leapp import GraphConfigs, InputKindEnum, OutputKindEnum, TensorSemantics, annotate
from leapp_bundles import ISAAC_POSE, POSE

TASK = "Isaac-Reach"
STEPS = 3
"""Of the rollout that is traced, and that leapp holds its files against."""


def exported(folder, rollout, frequency):
    """The bundle of a rollout: a function of the step that calls annotate."""
    leapp.start(TASK, save_path=str(folder))
    try:
        with torch.no_grad():
            for step in range(STEPS):
                rollout(step)
    finally:
        leapp.stop()
    assert leapp.compile_graph(visualize=False, graph_configs=GraphConfigs(frequency=frequency))
    return folder / TASK


def given(name, value, kind, names, connection):
    """An input."""
    return annotate.input_tensors(
        TASK,
        TensorSemantics(
            name=name, ref=value, kind=kind, element_names=names,
            extra={"isaaclab_connection": connection},
        ),
    )  # fmt: skip


def joints_of(names, count=None):
    """Positions and velocities of joints, random."""
    count = len(names) if count is None else count
    position = given("robot_joint_pos", torch.randn(1, count), InputKindEnum.JOINT_POSITION,
                     names, "state:robot:joint_pos")  # fmt: skip
    velocity = given("robot_joint_vel", torch.randn(1, count), InputKindEnum.JOINT_VELOCITY,
                     names, "state:robot:joint_vel")  # fmt: skip
    return position, velocity


def pose_command():
    """As Isaac Lab 3 names its elements."""
    return given("ee_pose", torch.randn(1, 7), "command/body/pose", ISAAC_POSE, "command:ee_pose")


def isaac_reach(folder, module, names, method):
    """Isaac Lab's reach around ``leapp_bundles.IsaacReach``."""
    kept = {"action": torch.zeros(1, module.actions)}

    def rollout(step):
        position, velocity = joints_of(names)
        command = pose_command()
        last = annotate.state_tensors(TASK, {"last_action": kept["action"]})
        seen = (position - module.default, velocity, command, last)
        action = module.mlp(torch.cat(seen, dim=1))
        target = module.default[:, : module.actions] + 0.5 * action
        annotate.update_state(TASK, {"last_action": action})
        moved = names[: module.actions]
        annotate.output_tensors(
            TASK,
            [TensorSemantics(name="arm_action", ref=target, kind=OutputKindEnum.JOINT_POSITION,
                             element_names=moved)],
            static_outputs=[TensorSemantics(name="arm_action_kp_gains", ref=module.gain,
                                            kind=OutputKindEnum.KP, element_names=moved)],
            export_with=method,
        )  # fmt: skip
        kept["action"] = torch.zeros(1, module.actions)

    return exported(folder, rollout, 30.0)


def history(folder, module, names, method, start):
    """Three steps of positions, of which the first are ``start`` (3, 1, n); joint velocities."""
    kept = {"buffer": start.clone()}

    def rollout(step):
        position, velocity = joints_of(names)
        tool = given("robot_body_pose_w", torch.randn(1, 1, 7), InputKindEnum.BODY_POSE,
                     [["tool0"], POSE], "state:robot:body_pose_w")  # fmt: skip
        command = pose_command()
        before = annotate.state_tensors(TASK, {"h_policy_joint_pos": kept["buffer"]})
        buffer = torch.cat((before[1:], position[None]), dim=0)
        annotate.update_state(TASK, {"h_policy_joint_pos": buffer})
        steps = buffer.permute(1, 0, 2).reshape(1, -1)
        said = module(torch.cat((steps, velocity, tool.reshape(1, 7), command), dim=1))
        annotate.output_tensors(
            TASK,
            [TensorSemantics(name="arm_action", ref=said, kind=OutputKindEnum.JOINT_VELOCITY,
                             element_names=names)],
            export_with=method,
        )  # fmt: skip

    return exported(folder, rollout, 50.0)


def imitated(folder, module, names):
    """A network that was taught to reach: ``test_leapp_exports.Imitated``."""

    def rollout(step):
        position, velocity = joints_of(names)
        tool = given("robot_body_pos_w", torch.randn(1, 1, 3), InputKindEnum.BODY_POSITION,
                     [["tool0"], ["x", "y", "z"]], "state:robot:body_pos_w")  # fmt: skip
        said = module(position, velocity, pose_command(), tool)
        annotate.output_tensors(
            TASK,
            [TensorSemantics(name="arm_action", ref=said, kind=OutputKindEnum.JOINT_VELOCITY,
                             element_names=names)],
            export_with="onnx-dynamo",
        )  # fmt: skip

    return exported(folder, rollout, 25.0)
