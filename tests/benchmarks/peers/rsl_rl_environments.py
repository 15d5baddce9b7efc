"""The workspace's environments as rsl_rl wants them, and its settings for a reach task."""

from __future__ import annotations

import copy
from typing import Any

import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict

from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.ppo_cfg import PPOCfg

SETTINGS: dict[str, Any] = {
    "num_steps_per_env": 24,
    "save_interval": 1_000_000,
    "obs_groups": {"actor": ["policy"], "critic": ["policy"]},
    "actor": {
        "class_name": "MLPModel",
        "hidden_dims": [64, 64],
        "activation": "elu",
        "obs_normalization": True,
        "distribution_cfg": {"class_name": "GaussianDistribution", "init_std": 1.0},
    },
    "critic": {
        "class_name": "MLPModel",
        "hidden_dims": [64, 64],
        "activation": "elu",
        "obs_normalization": True,
    },
    "algorithm": {
        "class_name": "PPO",
        "value_loss_coef": 1.0,
        "use_clipped_value_loss": True,
        "clip_param": 0.2,
        "entropy_coef": 0.001,
        "num_learning_epochs": 8,
        "num_mini_batches": 4,
        "learning_rate": 1.0e-3,
        "schedule": "adaptive",
        "gamma": 0.99,
        "lam": 0.95,
        "desired_kl": 0.01,
        "max_grad_norm": 1.0,
    },
}
"""Those of Isaac Lab's reach task, with the observation normalised: its inputs are of one size, the
ones here are not."""


def settings_as_ours(ours: PPOCfg) -> dict[str, Any]:
    """``SETTINGS`` with ours in their place, as far as rsl_rl has them.

    It steers the step size up to 1e-2 instead of 5e-3, does not normalise values, and its value
    loss lacks the factor of one half.
    """
    settings = copy.deepcopy(SETTINGS)
    settings["num_steps_per_env"] = ours.horizon
    for network in ("actor", "critic"):
        settings[network]["hidden_dims"] = list(ours.hidden)
    settings["actor"]["distribution_cfg"]["init_std"] = ours.initial_std
    settings["algorithm"].update(
        value_loss_coef=0.5 * ours.value_weight,
        clip_param=ours.clip,
        entropy_coef=ours.entropy_weight,
        num_learning_epochs=ours.epochs,
        num_mini_batches=ours.minibatches,
        learning_rate=ours.learning_rate,
        gamma=ours.discount,
        lam=ours.trace_decay,
        desired_kl=ours.target_kl,
        max_grad_norm=ours.max_gradient_norm,
    )
    return settings


class RslRlEnvironments(VecEnv):
    """One group of observations, ``policy``; time limits are passed on."""

    cfg: dict = {}

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.num_envs, self.device = environment.num_envs, environment.device
        self.num_actions = environment.task.action_width
        self.max_episode_length = environment.episode_steps
        self.env_steps = 0  # of all environments together
        self._observation = environment.observe()

    def get_observations(self) -> TensorDict:
        """The present features."""
        return TensorDict({"policy": self._observation}, batch_size=[self.num_envs])

    def step(
        self, actions: torch.Tensor
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Act; see ``rsl_rl.env.VecEnv``."""
        step = self._environment.step(actions)
        self._observation = step.observation
        self.env_steps += self.num_envs
        done = (step.terminated | step.truncated).long()
        return self.get_observations(), step.reward, done, {"time_outs": step.truncated.float()}
