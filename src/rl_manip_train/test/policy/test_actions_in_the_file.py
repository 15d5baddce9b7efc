"""Each kind of action in the policy file: it commands what training did, within bounds."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.learners import blank_policy
from rl_manip_train.policy.export import export_policy, policy_metadata
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.policy.policy_card import policy_card
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.tasks import task_class
from rl_manip_train.tasks.chosen_action import with_action

RECORD = TrainingRecord("ppo", "mujoco", 1000, 3, "abc", 0.5, 1 / 3, "ros2 run x")
STEPS = 300
CHOSEN = ("joint_velocity", "joint_position_delta", "tool_twist")


def exported(name, arm, kind, algo, path):
    """A policy that acts strongly, in torch and as a file."""
    torch.manual_seed(0)
    task = with_action(task_class(name)(arm, 1, np.random.default_rng(0)), arm, kind)
    policy = blank_policy(algo, task.observation_model.width, task.action_width, (32, 32))
    with torch.no_grad():  # far from rest, so that bounds matter
        [*policy.parameters()][-2].mul_(100.0)
    model = PolicyModel(task, policy)
    metadata = policy_metadata(task, arm, task.input_specs, PRESETS["default"], RECORD)
    export_policy(model, metadata, path)
    return model, load_onnx_policy(path)


def raw_inputs(policy, arm):
    """Random states, beyond joint limits too, the first ones with the arm stretched out."""
    rng = np.random.default_rng(1)
    values = {
        "joint_position": rng.uniform(-6.5, 6.5, (STEPS, arm.num_joints)),
        "joint_velocity": rng.normal(0.0, 1.0, (STEPS, arm.num_joints)),
        "goal_position": arm.workspace.sample(STEPS, rng),
        "gripper_opening": rng.uniform(0.0, 0.085, (STEPS, 1)),
        "object_pose": np.concatenate(
            (arm.workspace.sample(STEPS, rng), np.tile([0.0, 0.0, 0.6, 0.8], (STEPS, 1))), axis=1
        ),
    }
    values["joint_position"][:10] = 0.0
    return [values[one.name].astype(np.float32) for one in policy.metadata.inputs]


@pytest.mark.parametrize("kind", CHOSEN)
@pytest.mark.parametrize(
    ("name", "arm_name", "algo"),
    [("reach", "ur5e", "ppo"), ("reach", "xarm7", "sac"), ("pick_place", "ur5e", "ppo")],
)
def test_torch_and_onnx_agree_and_no_joint_exceeds_its_limit(name, arm_name, algo, kind, tmp_path):
    gripper = "robotiq_2f85" if name == "pick_place" else None
    arm = load_arm(arm_name, gripper)
    model, policy = exported(name, arm, kind, algo, tmp_path / "policy.onnx")
    inputs = raw_inputs(policy, arm)
    found = policy.commands(*inputs)
    for value, expected in zip(found, model(*map(torch.from_numpy, inputs))):
        np.testing.assert_allclose(value, expected, atol=1e-3)
    limit = np.array(policy.metadata.velocity_limit)
    share = np.abs(found[0]) / limit
    assert share.max() <= 1.0 + 1e-6
    # the comparison says something: commands vary, and come near the bounds
    assert found[0].std() > 0.1
    assert share.max() > 0.9
    if gripper is not None:
        assert 0.0 <= found[1].min() < found[1].max() <= np.float32(arm.gripper.max_opening)


@pytest.mark.parametrize("kind", CHOSEN)
def test_file_and_card_say_the_kind_and_inputs_and_outputs_stay(kind, tmp_path):
    _, policy = exported("reach", load_arm("ur5e"), kind, "ppo", tmp_path / "policy.onnx")
    metadata = policy.metadata
    assert (metadata.action, metadata.schema_version) == (kind, 1)
    assert metadata.all_outputs == {"joint_velocity_command": (1, 6)}
    assert [*metadata.all_inputs] == ["joint_position", "joint_velocity", "goal_position"]
    assert f"`{kind}`, " in policy_card(metadata, ())
    # a file of before does not say it, and its card says nothing of it either
    values = json.loads(metadata.to_json())
    del values["action"]
    former = PolicyMetadata.from_json(json.dumps(values))
    assert former.action is None
    assert "Actions of its network" not in policy_card(former, ())


def test_a_file_of_before_runs_as_ever(tmp_path):
    path = tmp_path / "policy.onnx"
    _, policy = exported("reach", load_arm("ur5e"), "auto", "ppo", path)
    graph = onnx.load(path)
    values = json.loads(graph.metadata_props[0].value)
    assert values.pop("action") == "joint_velocity"
    graph.metadata_props[0].value = json.dumps(values)
    onnx.save(graph, path)
    inputs = raw_inputs(policy, load_arm("ur5e"))
    np.testing.assert_array_equal(
        load_onnx_policy(path).commands(*inputs)[0], policy.commands(*inputs)[0]
    )
