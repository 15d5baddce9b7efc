"""A reporter that remembers what it was told, and the smallest training run."""

from __future__ import annotations

from rl_manip_train.settings.train_cfg import PPOCfg, TrainCfg


class Recorder:
    """See ``progress.Reporter``."""

    def __init__(self, on_progress=lambda env_steps: None):
        self.run, self.steps, self.sentences, self.answers, self.summary = {}, [], [], [], {}
        self.metrics = []
        self._on_progress = on_progress

    def started(self, run):
        self.run = run

    def progressed(self, env_steps, metrics):
        self.steps.append(env_steps)
        self.metrics.append(metrics)
        self._on_progress(env_steps)

    def said(self, sentence):
        self.sentences.append(sentence)

    def obeyed(self, order, outcome):
        self.answers.append((order, outcome))

    def finished(self, summary):
        self.summary = summary


SMALL_PPO = PPOCfg(horizon=8, hidden=(16,), minibatches=2, epochs=2)


def tiny(run_dir, **changed):
    """32 arms, 256 steps an iteration; four iterations, an evaluation every two."""
    settings = {
        "num_envs": 32,
        "max_env_steps": 1024,
        "eval_interval": 512,
        "eval_episodes": 8,
        "final_episodes": 8,
        "checkpoint_interval": 512,
        "num_threads": 1,
        "ppo": SMALL_PPO,
    }
    return TrainCfg(run_dir=run_dir, **{**settings, **changed})
