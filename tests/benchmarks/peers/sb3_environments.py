"""The workspace's environments as Stable-Baselines3 wants them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3.common.vec_env import VecEnv

from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.ppo_cfg import PPOCfg


def settings_as_ours(ours: PPOCfg, num_envs: int) -> dict[str, Any]:
    """Of its PPO; its step size stays as it begins, and its value loss lacks the half of ours."""
    return {
        "n_steps": ours.horizon,
        "batch_size": ours.horizon * num_envs // ours.minibatches,
        "n_epochs": ours.epochs,
        "learning_rate": ours.learning_rate,
        "gamma": ours.discount,
        "gae_lambda": ours.trace_decay,
        "clip_range": ours.clip,
        "ent_coef": ours.entropy_weight,
        "vf_coef": 0.5 * ours.value_weight,
        "max_grad_norm": ours.max_gradient_norm,
        "policy_kwargs": {
            "net_arch": list(ours.hidden),
            "activation_fn": torch.nn.ELU,
            "log_std_init": math.log(ours.initial_std),
        },
    }


class SB3Environments(VecEnv):
    """Features in, normalised actions out; truncation and last observations are passed on."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        width, actions = environment.task.observation_model.width, environment.task.action_width
        super().__init__(
            environment.num_envs,
            gymnasium.spaces.Box(-np.inf, np.inf, (width,), np.float32),
            gymnasium.spaces.Box(-1.0, 1.0, (actions,), np.float32),
        )
        self._returns = np.zeros(self.num_envs)
        self._lengths = np.zeros(self.num_envs, dtype=int)

    def reset(self) -> np.ndarray:
        """The present observation: episodes are under way already."""
        return self._environment.observe().numpy()

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions for ``step_wait``."""
        self._actions = torch.as_tensor(actions)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Act."""
        step = self._environment.step(self._actions)
        done = (step.terminated | step.truncated).numpy()
        reward = step.reward.numpy()
        self._returns += reward
        self._lengths += 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for index in np.nonzero(done)[0]:
            infos[index] = {
                "terminal_observation": step.final_observation[index].numpy(),
                "TimeLimit.truncated": bool(step.truncated[index]),
                "episode": {"r": self._returns[index], "l": self._lengths[index], "t": 0.0},
            }
        self._returns[done], self._lengths[done] = 0.0, 0
        return step.observation.numpy(), reward, done, infos

    def close(self) -> None:
        """Nothing to close."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The same of every environment."""
        return [getattr(self, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Nothing can be set."""
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list:
        """There is none."""
        raise AttributeError(method_name)

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> Sequence[bool]:
        """None is."""
        return [False] * self.num_envs
