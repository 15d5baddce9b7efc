"""The ONNX file computes what the torch policy computes, and says what it is."""

from __future__ import annotations

import copy

import numpy as np
import onnx
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.networks.memory_actor import MemoryKind
from rl_manip_train.policy.export import export_policy, policy_metadata
from rl_manip_train.policy.onnx_policy import PolicyFileError, load_onnx_policy
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.tasks.reach import ReachCfg, ReachTask

RECORD = TrainingRecord("ppo", "mujoco", 1000, 3, "abc", 0.5, 1 / 3, "ros2 run x")


@pytest.fixture(scope="module")
def exported(arm, tmp_path_factory):
    """A policy that acts strongly, in torch and as a file."""
    torch.manual_seed(0)
    task = ReachTask(arm, 1, np.random.default_rng(0))
    actor_critic = ActorCritic(task.observation_model.width, 6, (64, 64), initial_std=0.5)
    actor_critic.observation_normalizer.update(torch.randn(500, 19) * 0.7 + 0.3)
    with torch.no_grad():
        actor_critic.actor[-1].weight.mul_(100.0)  # far from rest, so that clipping matters too
    model = PolicyModel(task, actor_critic.policy)
    path = tmp_path_factory.mktemp("export") / "policy.onnx"
    metadata = policy_metadata(task, arm, task.input_specs, PRESETS["default"], RECORD)
    export_policy(model, metadata, path)
    return model, metadata, path


def raw_states(arm, count):
    rng = np.random.default_rng(1)
    return (
        rng.uniform(arm.limits.position_lower, arm.limits.position_upper, (count, 6)),
        rng.normal(0.0, 1.0, (count, 6)),
        arm.workspace.sample(count, rng),
    )


def test_torch_and_onnx_agree_on_raw_states(arm, exported):
    model, _, path = exported
    states = [state.astype(np.float32) for state in raw_states(arm, 500)]
    (expected,) = (output.numpy() for output in model(*map(torch.from_numpy, states)))
    np.testing.assert_allclose(load_onnx_policy(path).commands(*states)[0], expected, atol=1e-5)
    # the comparison says something: commands vary, and some are clipped to 1.5 rad/s
    assert expected.std() > 0.3
    assert np.abs(expected).max() == 1.5


@pytest.mark.parametrize("kind", [MemoryKind(gru_width=32), MemoryKind(history=5)])
def test_a_policy_that_remembers_agrees_over_500_steps_with_resets_in_between(arm, kind, tmp_path):
    torch.manual_seed(0)
    task = ReachTask(arm, 1, np.random.default_rng(0))
    actor_critic = ActorCritic(task.observation_model.width, 6, (64, 64), 0.5, kind)
    actor_critic.observation_normalizer.update(torch.randn(500, 19) * 0.7 + 0.3)
    with torch.no_grad():
        actor_critic.actor.head[-1].weight.mul_(30.0)
    model, path = PolicyModel(task, actor_critic.policy), tmp_path / "policy.onnx"
    metadata = policy_metadata(
        task, arm, task.input_specs, PRESETS["default"], RECORD, model.memory
    )
    export_policy(model, metadata, path)
    policy = load_onnx_policy(path)
    assert policy.metadata == metadata
    assert (metadata.schema_version, metadata.memory.shape) == (2, (1, kind.width(19, 6)))
    states = [state.astype(np.float32) for state in raw_states(arm, 500)]
    mine = its = np.zeros(metadata.memory.shape, np.float32)
    commands, forgetful = [], []
    for step in range(500):
        if step % 90 == 0:  # a new goal
            mine = its = np.zeros_like(mine)
        rows = [state[step : step + 1] for state in states]
        (expected, mine) = (part.numpy() for part in model(*map(torch.from_numpy, (*rows, mine))))
        (command, its) = policy.commands(*rows, its)
        np.testing.assert_allclose(command, expected, atol=1e-5)
        np.testing.assert_allclose(its, mine, atol=1e-5)
        commands.append(command)
        forgetful.append(policy.commands(*rows, np.zeros_like(its))[0])
    # the comparison says something: commands vary, and depend on what is remembered
    assert np.std(commands) > 0.1
    assert np.abs(np.array(commands) - np.array(forgetful)).max() > 0.1


def test_commands_are_bounded_whatever_comes_in(exported):
    _, _, path = exported
    wild = [np.full((1, size), 1e4, np.float32) for size in (6, 6, 3)]
    (command,) = load_onnx_policy(path).commands(*wild)
    assert np.isfinite(command).all()
    assert np.abs(command).max() <= 1.5


def test_metadata_survives_the_file(arm, exported):
    _, metadata, path = exported
    found = load_onnx_policy(path).metadata
    assert found == metadata
    assert found.training == RECORD
    assert found.randomization == PRESETS["default"].to_dict()
    assert (found.arm, found.task) == ("ur5e", "reach")
    assert (found.control_dt, found.episode_s) == (0.04, 4.0)
    assert found.joint_names == arm.joint_names
    assert found.velocity_limit == (1.5,) * 6
    found.check_arm(arm)


def test_file_is_valid_onnx_with_a_fixed_batch_of_one(exported):
    _, _, path = exported
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)

    def shapes(values):
        return {
            value.name: [axis.dim_value for axis in value.type.tensor_type.shape.dim]
            for value in values
        }

    assert shapes(proto.graph.input) == {
        "joint_position": [1, 6],
        "joint_velocity": [1, 6],
        "goal_position": [1, 3],
    }
    assert shapes(proto.graph.output) == {"joint_velocity_command": [1, 6]}


def test_the_exported_policy_is_frozen(arm):
    task = ReachTask(arm, 1, np.random.default_rng(0))
    actor_critic = ActorCritic(task.observation_model.width, 6, (8,), initial_std=0.5)
    model = PolicyModel(task, actor_critic.policy)
    states = [torch.from_numpy(state).float() for state in raw_states(arm, 5)]
    before = model(*states)
    actor_critic.observation_normalizer.update(torch.randn(50, 19))
    with torch.no_grad():
        actor_critic.actor[-1].weight.add_(1.0)
    assert torch.equal(model(*states)[0], before[0])


def test_a_failed_export_leaves_the_file_that_was_there(arm, exported):
    model, metadata, path = exported
    before = path.read_bytes()
    with pytest.raises(Exception, match=".*"):
        export_policy(torch.nn.Identity(), metadata, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["policy.onnx"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused_in_one_sentence(exported, tmp_path, share):
    content = exported[2].read_bytes()
    path = tmp_path / "torn.onnx"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(PolicyFileError) as error:
        load_onnx_policy(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def with_metadata(source, path, change):
    """A copy of the policy file whose metadata text went through ``change``."""
    proto = onnx.load(source)
    text = proto.metadata_props[0].value
    del proto.metadata_props[:]
    changed = change(text)
    if changed is not None:
        entry = proto.metadata_props.add()
        entry.key, entry.value = "rl_manip", changed
    onnx.save(proto, path)
    return path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: None, "has no 'rl_manip' metadata"),
        (lambda text: "{", "metadata"),
        (lambda text: text.replace("goal_position", "target"), "says inputs"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 9'), "reads 1"),
    ],
)
def test_foreign_metadata_is_refused(exported, tmp_path, change, named):
    path = with_metadata(exported[2], tmp_path / "foreign.onnx", change)
    with pytest.raises(PolicyFileError, match=named):
        load_onnx_policy(path)


def test_a_policy_that_is_not_finite_is_not_judged(exported, tmp_path):
    model = onnx.load(exported[2])
    for weights in model.graph.initializer:
        if len(weights.dims) == 2:
            spoilt = np.full(tuple(weights.dims), np.nan, dtype=np.float32)
            weights.CopyFrom(onnx.numpy_helper.from_array(spoilt, weights.name))
    onnx.save_model(model, str(tmp_path / "nan.onnx"))
    policy = load_onnx_policy(tmp_path / "nan.onnx")
    inputs = [np.zeros(shape, dtype=np.float32) for shape in policy.metadata.all_inputs.values()]
    with pytest.raises(PolicyFileError, match="joint_velocity_command is not finite; train it"):
        policy.commands(*inputs)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(PolicyFileError, match="cannot be read.*give the path of a policy.onnx"):
        load_onnx_policy(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    ("cfg", "named"),
    [
        (ReachCfg(control_dt=0.05), "acts every 0.04 s, but reach runs at 0.05 s"),
        (ReachCfg(velocity_limit=1.0), "up to 1.5 rad/s, but reach allows 1 rad/s"),
    ],
)
def test_a_policy_of_another_rate_or_speed_is_refused(arm, exported, cfg, named):
    task = ReachTask(arm, 1, np.random.default_rng(0), cfg)
    with pytest.raises(PolicyFileError, match=named):
        load_onnx_policy(exported[2]).check_task(task)


def test_a_policy_for_another_number_of_joints_is_refused(arm, exported):
    task = copy.copy(ReachTask(arm, 1, np.random.default_rng(0)))
    task.input_specs = task.input_specs[:2]
    with pytest.raises(PolicyFileError, match="goal_position .* but reach gives"):
        load_onnx_policy(exported[2]).check_task(task)


def test_metadata_of_every_arm_is_complete():
    for name in ("ur3e", "ur10e", "ur16e"):
        arm = load_arm(name)
        task = ReachTask(arm, 1, np.random.default_rng(0))
        metadata = policy_metadata(task, arm, task.input_specs, PRESETS["none"], RECORD)
        assert PolicyMetadata.from_json(metadata.to_json()) == metadata
        metadata.check_arm(arm)
