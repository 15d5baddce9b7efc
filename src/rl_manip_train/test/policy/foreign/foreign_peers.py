"""The peers' own classes, normalisers and exporters around a network that was taught to reach."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from imitated_reach import ACTIONS, HIDDEN, WIDTH
from torch import Tensor

SPEC = """
arm: ur5e
source: {peer}
control_rate: 25
observation: [joint_position_relative, joint_velocity, goal_position_relative]
action: {{kind: joint_velocity, clip: 1.0, scale: 1.5}}
"""


@dataclass(frozen=True)
class Peer:
    """A network as a peer has it."""

    act: Callable[[Tensor], Tensor]
    """What the peer itself makes of observations (N, 15): actions (N, 6)."""
    file: Path
    """What its exporter wrote."""
    spec: str
    """What `import_policy` is told of it."""


def rsl_rl(network: torch.nn.Module, mean: Tensor, variance: Tensor, folder: Path) -> Peer:
    """As rsl-rl-lib exports a policy: its normaliser is inside."""
    from rsl_rl.models import MLPModel
    from rsl_rl.runners import OnPolicyRunner
    from tensordict import TensorDict

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
    runner.export_policy_to_onnx(str(folder))
    model.eval()

    def act(observation: Tensor) -> Tensor:
        return model(TensorDict({"policy": observation}, batch_size=[len(observation)]))

    return Peer(act, folder / "policy.onnx", SPEC.format(peer="rsl_rl"))


def stable_baselines3(
    network: torch.nn.Module, mean: Tensor, variance: Tensor, folder: Path
) -> Peer:
    """As the documentation of Stable-Baselines3 exports a policy of PPO under VecNormalize."""
    from gymnasium import Env, spaces
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    class Empty(Env):
        observation_space = spaces.Box(-np.inf, np.inf, (WIDTH,), np.float32)
        action_space = spaces.Box(-1.0, 1.0, (ACTIONS,), np.float32)

    class Onnxable(torch.nn.Module):
        def __init__(self, policy):
            super().__init__()
            self.policy = policy

        def forward(self, observation):
            return self.policy(observation, deterministic=True)

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
    np.savez(folder / "vec_normalize.npz", mean=rms.mean, var=rms.var)
    torch.onnx.export(
        Onnxable(policy),
        (torch.zeros(1, WIDTH),),
        str(folder / "ppo.onnx"),
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

    def act(observation: Tensor) -> Tensor:
        seen = environment.normalize_obs(observation.numpy())
        return torch.as_tensor(model.predict(seen, deterministic=True)[0])

    return Peer(act, folder / "ppo.onnx", spec)


def skrl(network: torch.nn.Module, mean: Tensor, variance: Tensor, folder: Path) -> Peer:
    """A traced network of skrl's PPO; its preprocessor is in the checkpoint."""
    from gymnasium import spaces
    from skrl.agents.torch.ppo import PPO
    from skrl.models.torch import GaussianMixin, Model
    from skrl.resources.preprocessors.torch import RunningStandardScaler

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
    agent.save(str(folder / "best_agent.pt"))
    torch.jit.trace(agent.policy.net, torch.zeros(1, WIDTH)).save(str(folder / "net.pt"))
    spec = SPEC.format(peer="skrl") + (
        "normalizer: {file: best_agent.pt, mean: observation_preprocessor.running_mean, variance: "
        "observation_preprocessor.running_variance, epsilon: 1e-8, clip: 5}\n"
    )

    def act(observation: Tensor) -> Tensor:
        answer = agent.policy.act({"observations": scaler(observation)}, role="policy")
        return answer[1]["mean_actions"]

    return Peer(act, folder / "net.pt", spec)


PEERS = {"rsl_rl": rsl_rl, "stable_baselines3": stable_baselines3, "skrl": skrl}
"""By the name of the package that each imports."""


def _take_weights(network: torch.nn.Module, weights: torch.nn.Module) -> None:
    """The same layers, in whatever container."""
    theirs, ours = (
        [layer for layer in one.modules() if isinstance(layer, torch.nn.Linear)]
        for one in (network, weights)
    )
    assert len(theirs) == len(ours)
    for layer, taught in zip(theirs, ours):
        layer.load_state_dict(taught.state_dict())
