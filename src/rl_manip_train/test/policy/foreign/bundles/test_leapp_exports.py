"""Bundles that leapp itself exports do here what leapp's own runtime does with them.

Each test but the last needs leapp, which the workspace's environment does not have;
tests/benchmarks/peers says how to get it: with ``PYTHONPATH=.cache/bench_packages`` they run.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from bundle_loops import xyzw
from exporters import mlp
from imitated_reach import LIMIT, imitated_reach, observation_of
from leapp_bundles import ISAAC_POSE, UR, IsaacReach, Model, tensor, write_bundle
from paired_goals import compare
from peer_loops import Loop
from same_commands import commands_of
from scipy.spatial.transform import Rotation

from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.policy.foreign.policy_import import import_network

SKIPPED = "leapp is not installed: it is optional, see tests/benchmarks/peers"
EXACT = 1.5e-5
REACH_IN = 0.2
CONSTANT = "observation: {ee_pose: [goal_position, {name: constant, values: [0, 0, 0, 1]}]}"


@pytest.fixture
def exports():
    """leapp's exporter and its runtime."""
    pytest.importorskip("leapp.inference_manager", reason=SKIPPED)
    import leapp_exports

    return leapp_exports


@pytest.fixture(scope="module")
def taught(arm):
    """The network when it is asked for: a test that is skipped waits for none."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one only waits, at networks of this size
    yield functools.lru_cache(lambda: Imitated(arm, *imitated_reach(arm)))
    torch.set_num_threads(threads)


class LeappLoop(Loop):
    """leapp's runtime around a bundle, given raw quantities by hand."""

    def __init__(self, arm, folder, targets):
        from leapp import InferenceManager

        self.runtime, self.targets = InferenceManager(str(folder / f"{folder.name}.yaml")), targets
        super().__init__(arm, None)

    def reset(self):
        self.runtime.reset()

    def step(self, position, velocity, goal, turn):
        order = [self.arm.joint_names.index(name) for name in UR]
        tool, rotation = self.tool(position)
        raw = {
            "robot_joint_pos": [position[order]],
            "robot_joint_vel": [velocity[order]],
            "ee_pose": [[*goal, *xyzw(Rotation.from_quat(turn))]],
            "robot_body_pose_w": [[[*tool, *xyzw(rotation, 1)]]],
            "robot_body_pos_w": [[tool]],
        }
        given = {
            name: torch.tensor(np.array(raw[name.split("/")[1]]), dtype=torch.float32)
            for name in self.runtime.inputs
        }
        said = self.runtime.run_policy(given)
        (action,) = [value for name, value in said.items() if name.endswith("/arm_action")]
        wanted = np.zeros(6)
        wanted[order] = action[0].detach().numpy()
        wanted = (wanted - position) / REACH_IN if self.targets else wanted
        return np.clip(wanted, -LIMIT, LIMIT)


def assert_alike(arm, folder, spec, tmp_path, targets):
    (tmp_path / "spec.yaml").write_text(spec)
    policy = import_network(folder, tmp_path / "spec.yaml", "", "").policy
    commands, expected = commands_of(arm, policy, LeappLoop(arm, folder, targets))
    np.testing.assert_allclose(commands, expected, rtol=0.0, atol=EXACT)
    assert np.std(commands, axis=0).min() > 0.01
    print(
        f"\ncommands of {len(commands)} steps {np.abs(commands - expected).max():.2g} rad/s apart"
    )


@pytest.mark.parametrize("method", ["onnx-dynamo", "onnx-torchscript", "jit-trace", "jit-script"])
def test_isaac_labs_reach_as_leapp_exports_it(exports, arm, tmp_path, method):
    module = IsaacReach([0.1, -1.5, 1.6, 0.1, -1.6, -1.5], 6).requires_grad_(False)
    folder = exports.isaac_reach(tmp_path, module, UR, method)
    spec = f"arm: ur5e\ntask: reach_pose\naction: {{reach_in: {REACH_IN}}}\n"
    assert_alike(arm, folder, spec, tmp_path, targets=True)


@pytest.mark.parametrize("method", ["onnx-dynamo", "onnx-torchscript"])
def test_a_history_begins_with_the_bundles_initial_values(exports, arm, tmp_path, method):
    module = mlp(38, 6, 12, torch.nn.Tanh).requires_grad_(False)
    start = torch.randn(3, 1, 6, generator=torch.Generator().manual_seed(3))
    folder = exports.history(tmp_path, module, UR, method, start)
    spec = "arm: ur5e\ntask: reach_pose\nobservation: {robot_body_pose_w: {positive: y}}\n"
    assert_alike(arm, folder, spec, tmp_path, targets=False)


class Imitated(torch.nn.Module):
    """A network that was taught to reach, of raw quantities; joints in the arm's order."""

    def __init__(self, arm, network, mean, variance):
        super().__init__()
        self.network = network.requires_grad_(False)
        home = torch.tensor(np.array(arm.home), dtype=torch.float32)
        for name, value in {"home": home, "mean": mean, "std": variance.sqrt()}.items():
            self.register_buffer(name, value[None])

    def act(self, observation):
        """Joint velocities (N, 6) [rad/s] of observations (N, 15)."""
        said = self.network((observation - self.mean) / self.std)
        return LIMIT * torch.clamp(said, -1.0, 1.0)

    def forward(self, position, velocity, command, tool):
        to_goal = command[:, :3] - tool[:, 0]
        return self.act(torch.cat((position - self.home, velocity, to_goal), dim=1))


def import_imitated(folder, tmp_path):
    (tmp_path / "spec.yaml").write_text(f"arm: ur5e\n{CONSTANT}\n")
    return import_network(folder, tmp_path / "spec.yaml", "", "").policy


def test_what_leapp_exported_meets_its_goals_like_in_leapps_runtime(exports, arm, taught, tmp_path):
    from leapp import InferenceManager

    folder = exports.imitated(tmp_path, taught(), list(arm.joint_names))
    policy = import_imitated(folder, tmp_path)
    runtime = InferenceManager(str(folder / f"{folder.name}.yaml"))
    kinematics = ToolJacobian(arm.chain)

    def bare(environment):
        position, velocity, goal = environment.raw_inputs()
        tools = kinematics(position).position
        rows = []
        for row in range(len(position)):
            command = torch.cat((goal[row], torch.tensor([0.0, 0.0, 0.0, 1.0])))
            values = (position[row], velocity[row], command, tools[row][None])
            names = ("robot_joint_pos", "robot_joint_vel", "ee_pose", "robot_body_pos_w")
            given = {f"{exports.TASK}/{n}": value[None] for n, value in zip(names, values)}
            rows.append(*runtime.run_policy(given).values())
        return (torch.cat(rows).clone(),)

    compare(arm, bare, policy)


def test_a_bundle_that_was_taught_meets_its_goals_like_its_own_loop(arm, taught, tmp_path):
    joints = [list(arm.joint_names)]
    module = taught()
    model = Model(
        module,
        [
            tensor("robot_joint_pos", (1, 6), "state/joint/position", joints),
            tensor("robot_joint_vel", (1, 6), "state/joint/velocity", joints),
            tensor("ee_pose", (1, 7), "command/body/pose", [ISAAC_POSE], "command:ee_pose"),
            tensor("tool", (1, 1, 3), "state/body/position", [["tool0"], ["x", "y", "z"]]),
        ],
        [tensor("arm_action", (1, 6), "target/joint/velocity", joints)],
    )
    folder = write_bundle(tmp_path / "bundle", {"reach": model}, frequency=25.0)
    policy = import_imitated(folder, tmp_path)
    kinematics = ToolJacobian(arm.chain)

    def bare(environment):
        position, velocity, goal = environment.raw_inputs()
        to_goal = goal - kinematics(position).position
        return (module.act(observation_of(arm, position, velocity, to_goal)),)

    compare(arm, bare, policy)
