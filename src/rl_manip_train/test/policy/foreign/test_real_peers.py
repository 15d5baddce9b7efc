"""Networks that the peers themselves export do their task here as in a loop of the peer's own.

Each test needs its peer, which the workspace's environment does not have; tests/benchmarks/peers
says how to get them: with ``PYTHONPATH=.cache/bench_packages`` they run.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from imitated_reach import ACTIONS, HIDDEN, LIMIT, WIDTH, imitated_reach, observation_of

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.policy.foreign.policy_import import import_network
from rl_manip_train.tasks.reach import ReachTask

GOALS, STEPS = 50, 500
SPEC = """
arm: ur5e
source: {peer}
control_rate: 25
observation: [joint_position_relative, joint_velocity, goal_position_relative]
action: {{kind: joint_velocity, clip: 1.0, scale: 1.5}}
"""
SKIPPED = "not installed: the benchmarks' peers are optional, see tests/benchmarks/peers"


@pytest.fixture(scope="module")
def teach(arm):
    """Gives the network when it is asked for: a test that is skipped waits for none."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one only waits, at networks of this size
    yield functools.lru_cache(lambda: imitated_reach(arm))
    torch.set_num_threads(threads)


def test_rsl_rl(arm, teach, tmp_path):
    pytest.importorskip("rsl_rl", reason=f"rsl-rl-lib is {SKIPPED}")
    from rsl_rl.models import MLPModel
    from rsl_rl.runners import OnPolicyRunner
    from tensordict import TensorDict

    network, mean, variance = teach()
    empty = TensorDict({"policy": torch.zeros(1, WIDTH)}, batch_size=[1])
    model = MLPModel(
        empty,
        {"actor": ["policy"]},
        "actor",
        ACTIONS,
        HIDDEN,
        "elu",
        obs_normalization=True,
        distribution_cfg={"class_name": "GaussianDistribution", "init_std": 1.0},
    )
    _take_weights(model.mlp, network)
    model.obs_normalizer._mean[:], model.obs_normalizer._var[:] = mean, variance
    model.obs_normalizer._std[:] = variance.sqrt()
    runner = OnPolicyRunner.__new__(OnPolicyRunner)
    runner.alg = type("Trained", (), {"get_policy": lambda self: model})()
    runner.export_policy_to_onnx(str(tmp_path))
    model.eval()

    def act(observation):
        return model(TensorDict({"policy": observation}, batch_size=[len(observation)]))

    compare(arm, act, tmp_path / "policy.onnx", SPEC.format(peer="rsl_rl"), tmp_path)


def test_rsl_rls_torchscript_and_recurrent_networks(tmp_path):
    pytest.importorskip("rsl_rl", reason=f"rsl-rl-lib is {SKIPPED}")
    from rsl_rl.models import MLPModel, RNNModel
    from rsl_rl.runners import OnPolicyRunner
    from tensordict import TensorDict

    from rl_manip_train.policy.foreign.network_file import ForeignNetworkError

    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.format(peer="rsl_rl"))
    empty = TensorDict({"policy": torch.zeros(1, WIDTH)}, batch_size=[1])
    runner = OnPolicyRunner.__new__(OnPolicyRunner)
    for kind, options in ((MLPModel, {}), (RNNModel, {"rnn_type": "gru", "rnn_hidden_dim": 8})):
        model = kind(empty, {"actor": ["policy"]}, "actor", ACTIONS, HIDDEN, "elu", **options)
        runner.alg = type("Trained", (), {"get_policy": lambda self, model=model: model})()
        runner.export_policy_to_jit(str(tmp_path))
        if kind is MLPModel:
            import_network(tmp_path / "policy.pt", spec, "", "")
            continue
        with pytest.raises(ForeignNetworkError, match="keeps 'hidden_state' inside"):
            import_network(tmp_path / "policy.pt", spec, "", "")
        runner.export_policy_to_onnx(str(tmp_path))
        spec.write_text(spec.read_text() + "network: {states: {h_in: h_out}}\n")
        made = import_network(tmp_path / "policy.onnx", spec, "", "")
        assert made.metadata.memory.shape == (1, 8)


def test_stable_baselines3(arm, teach, tmp_path):
    pytest.importorskip("stable_baselines3", reason=f"stable-baselines3 is {SKIPPED}")
    from gymnasium import Env, spaces
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    class Empty(Env):
        observation_space = spaces.Box(-np.inf, np.inf, (WIDTH,), np.float32)
        action_space = spaces.Box(-1.0, 1.0, (ACTIONS,), np.float32)

    class Onnxable(torch.nn.Module):
        """As the documentation of Stable-Baselines3 exports a policy of PPO."""

        def __init__(self, policy):
            super().__init__()
            self.policy = policy

        def forward(self, observation):
            return self.policy(observation, deterministic=True)

    network, mean, variance = teach()
    environment = VecNormalize(DummyVecEnv([Empty]), training=False)
    environment.obs_rms.mean, environment.obs_rms.var = mean.numpy(), variance.numpy()
    layers = {"pi": list(HIDDEN), "vf": list(HIDDEN)}
    model = PPO(
        "MlpPolicy",
        environment,
        policy_kwargs={"net_arch": layers, "activation_fn": torch.nn.ELU},
        device="cpu",
    )
    policy = model.policy
    heads = torch.nn.Sequential(*policy.mlp_extractor.policy_net, policy.action_net)
    _take_weights(heads, network)
    rms = environment.obs_rms
    np.savez(tmp_path / "vec_normalize.npz", mean=rms.mean, var=rms.var)
    torch.onnx.export(
        Onnxable(policy),
        (torch.zeros(1, WIDTH),),
        str(tmp_path / "ppo.onnx"),
        opset_version=17,
        input_names=["input"],
        output_names=["actions", "values", "log_prob"],
        dynamo=False,
    )
    spec = SPEC.format(peer="stable-baselines3") + (
        "network: {action: actions}\n"
        "normalizer: {file: vec_normalize.npz, mean: mean, variance: var, variance_epsilon: 1e-8,"
        " clip: 10}\n"
    )

    def act(observation):
        seen = environment.normalize_obs(observation.numpy())
        return torch.as_tensor(model.predict(seen, deterministic=True)[0])

    compare(arm, act, tmp_path / "ppo.onnx", spec, tmp_path)


def test_skrl(arm, teach, tmp_path):
    pytest.importorskip("skrl", reason=f"skrl is {SKIPPED}")
    from gymnasium import spaces
    from skrl.agents.torch.ppo import PPO
    from skrl.models.torch import GaussianMixin, Model
    from skrl.resources.preprocessors.torch import RunningStandardScaler

    network, mean, variance = teach()

    class Actor(GaussianMixin, Model):
        def __init__(self, **spaces_of):
            Model.__init__(self, **spaces_of, device="cpu")
            GaussianMixin.__init__(self)
            self.net = network
            self.log_std = torch.nn.Parameter(torch.zeros(ACTIONS))

        def compute(self, inputs, role=""):
            return self.net(inputs["observations"]), {"log_std": self.log_std}

    spaces_of = {
        "observation_space": spaces.Box(-np.inf, np.inf, (WIDTH,), np.float32),
        "action_space": spaces.Box(-1.0, 1.0, (ACTIONS,), np.float32),
    }
    agent = PPO(
        models={"policy": Actor(**spaces_of)},
        **spaces_of,
        device="cpu",
        cfg={
            "observation_preprocessor": RunningStandardScaler,
            "observation_preprocessor_kwargs": {"size": WIDTH, "device": "cpu"},
        },
    )
    scaler = agent._observation_preprocessor
    scaler.running_mean, scaler.running_variance = mean.double(), variance.double()
    agent.save(str(tmp_path / "best_agent.pt"))
    torch.jit.trace(agent.policy.net, torch.zeros(1, WIDTH)).save(str(tmp_path / "net.pt"))
    spec = SPEC.format(peer="skrl") + (
        "normalizer: {file: best_agent.pt, mean: observation_preprocessor.running_mean, variance: "
        "observation_preprocessor.running_variance, epsilon: 1e-8, clip: 5}\n"
    )

    def act(observation):
        return agent.policy.act({"observations": scaler(observation)}, role="policy")[1][
            "mean_actions"
        ]

    compare(arm, act, tmp_path / "net.pt", spec, tmp_path)


def _take_weights(network, weights):
    """The same layers, in whatever container."""
    theirs, ours = (
        [layer for layer in one.modules() if isinstance(layer, torch.nn.Linear)]
        for one in (network, weights)
    )
    assert len(theirs) == len(ours)
    for layer, taught in zip(theirs, ours):
        layer.load_state_dict(taught.state_dict())


@torch.no_grad()
def compare(arm, act, path, spec, folder):
    """The peer's loop against the policy file: the same goals in pairs, then the same states."""
    (folder / "spec.yaml").write_text(spec)
    policy = import_network(path, folder / "spec.yaml", "", "").policy
    kinematics = ToolJacobian(arm.chain)

    def bare(environment):
        position, velocity, goal = environment.raw_inputs()
        to_goal = goal - kinematics(position).position
        action = act(observation_of(arm, position, velocity, to_goal)).clamp(-1.0, 1.0)
        return (LIMIT * action,)

    ends = []
    for drive in (bare, policy.act):
        environment = _environment(arm, GOALS)
        for _ in range(environment.episode_steps):
            step = environment.drive(drive(environment))
        ends.append((step.success.numpy(), step.goal_distance.numpy()))
    (bare_met, bare_left), (met, left) = ends
    print(
        f"\nmet {bare_met.sum()} and {met.sum()} of {GOALS}, {(bare_met == met).sum()} pairs "
        f"alike; left {1e3 * bare_left.mean():.2f} and {1e3 * left.mean():.2f} mm, in pairs at "
        f"most {1e3 * np.abs(bare_left - left).max():.4f} mm apart"
    )
    assert met.mean() >= 0.8
    assert (bare_met == met).all()
    environment, apart = _environment(arm, 1), 0.0
    for _ in range(STEPS):
        (commands,), (expected,) = policy.act(environment), bare(environment)
        apart = max(apart, float((commands - expected).abs().max()))
        environment.drive((expected,))
    print(f"commands of {STEPS} steps are {apart:.2g} rad/s apart at most")
    assert apart <= 1e-5


def _environment(arm, count):
    task = ReachTask(arm, count, np.random.default_rng(3))
    return Environment(task, arm, "mujoco", count, 0.0, PRESETS["none"], 3, num_threads=1)
