"""A training run from its configuration to policy.onnx."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional

import torch

from rl_manip_description import Arm, load_arm
from rl_manip_sim.backends import resolve_backend
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.algorithms.learners import make_learner
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.machine.tensor_device import use_device_of
from rl_manip_train.pictures.evaluation_video import EvaluationVideo
from rl_manip_train.policy.export import export_policy, policy_metadata
from rl_manip_train.policy.input_range import InputRange
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.run.assessment import Assessment
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.checkpoint import load_checkpoint, save_checkpoint
from rl_manip_train.run.files.incidents import Incidents
from rl_manip_train.run.files.run_directory import RunDirectory, RunDirectoryError
from rl_manip_train.run.files.run_state import noted
from rl_manip_train.run.monitoring.displays import open_displays, wandb_package
from rl_manip_train.run.monitoring.progress import Reporter
from rl_manip_train.run.monitoring.run_log import RunLog
from rl_manip_train.run.training_environment import only_simulator, training_environment
from rl_manip_train.run.training_state import TrainingState
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import gripper_for


def train(
    cfg: TrainCfg,
    reporter: Reporter,
    control: Control,
    command: str = "",
    team: Team = ALONE,
) -> Dict[str, Any]:
    """Train until the target holds, the budget is spent, or ``control`` says stop.

    Args:
      cfg: what to train.
      reporter: receives the run's events.
      control: gives orders from outside.
      command: command line that trains it again, for the policy's record.
      team: processes that train together; each calls this with the same settings.

    Returns:
      The run's summary, as training.json holds it; an empty one where the process does not lead.

    Raises:
      ValueError: a setting that cannot be used (unknown arm, task, backend, randomisation,
        checkpoint, a folder that already holds a run); nothing has been written then.
    """
    # the others wait until the leader has found that all can be used
    directory = None if team.leads else team.told()
    training = _Training(cfg, reporter, control, command, team, directory)
    if not team.leads:
        return training.run()
    team.told(training.directory)
    with noted(training.directory.path):
        return training.run()


class _Training:
    """One run; ``run`` reads top to bottom."""

    def __init__(
        self,
        cfg: TrainCfg,
        reporter: Reporter,
        control: Control,
        command: str,
        team: Team,
        directory: Optional[RunDirectory],
    ) -> None:
        started = time.monotonic()
        self._cfg, self._reporter, self._control = cfg, reporter, control
        self._team = team
        self._arm: Arm = load_arm(cfg.arm, gripper_for(cfg.task, cfg.gripper))
        self._backend = resolve_backend(cfg.backend)
        use_device_of(self._backend)
        self._caveats: List[str] = []
        self._told_of_trouble = False
        resumed = self._resumed_state()
        randomization = load_randomization(cfg.randomization)
        self._environment = training_environment(cfg, self._arm, self._backend, randomization, team)
        self._judged_in = only_simulator(self._environment, self._backend)
        action_model = self._environment.task.action_model
        self._assessment = Assessment(
            cfg, self._arm, self._backend, randomization, action_model, team, self._judged_in
        )
        self._environment.randomization = self._assessment.ranges
        guard = FiniteGuard(self._record_incident)
        self._learner = make_learner(cfg, self._environment, guard, team)
        self._input_range = InputRange()
        self._state = TrainingState(
            cfg,
            team,
            self._backend,
            self._environment,
            self._learner,
            self._assessment,
            self._input_range,
            started,
            command,
        )
        if resumed is not None:
            self._caveats = self._state.load(resumed)
            if end := self._end():
                self._caveats.append(end)
        if cfg.wandb:
            wandb_package(cfg.wandb)  # that it is missing is said before anything is written
        filmed = team.leads and cfg.video_every > 0
        self._video = EvaluationVideo(cfg, self._arm, action_model) if filmed else None
        self.directory = directory or RunDirectory.open(cfg)
        self._incidents = Incidents(self.directory.path, team.rank)

    def _resumed_state(self) -> Optional[Dict[str, Any]]:
        if self._cfg.resume is None:
            return None
        if RunDirectory.is_without_checkpoint(self._cfg.resume):
            self._caveats.append(
                f"{self._cfg.resume} was stopped before its first checkpoint: it begins anew"
            )
            return None
        return load_checkpoint(RunDirectory.checkpoint_to_resume(self._cfg.resume))

    def _end(self) -> str:
        """What the run has come to, and what lets it go on from there; empty before its end."""
        cfg = self._cfg
        if self._assessment.target_holds:
            target = cfg.target_success
            return f"target_success, {target:g}, holds already: give a higher one to go on"
        if self._state.env_steps >= cfg.max_env_steps:
            return f"max_env_steps, {cfg.max_env_steps:,}, are made already: give more to go on"
        return ""

    def run(self) -> Dict[str, Any]:
        try:
            return self._lead() if self._team.leads else self._take_part()
        except OSError as error:
            raise RunDirectoryError(
                f"{self.directory.path} cannot be written ({error.strerror}); the checkpoints "
                f"that are there are whole: make room for more, then resume={self.directory.path}"
            ) from error

    def _take_part(self) -> Dict[str, Any]:
        """What a process does that does not lead."""
        while not self._is_over():
            self._iterate()
            self._checkpoint_if_due()
        self._save_checkpoint()
        return {}

    def _lead(self) -> Dict[str, Any]:
        cfg, state = self._cfg, self._state
        displays = open_displays(cfg, self.directory.path, state.env_steps)
        log = RunLog(self.directory.path, state.env_steps, displays, self._video)
        self._reporter.started(
            {
                "run_dir": str(self.directory.path),
                "arm": cfg.arm,
                "task": cfg.task,
                "backend": self._backend,
                "max_env_steps": cfg.max_env_steps,
                "target_success": cfg.target_success,
            }
        )
        for caveat in self._caveats:
            self._reporter.said(caveat)
        while not self._is_over():
            metrics = self._iterate()
            log.write(state.env_steps, metrics)
            if "eval/success_rate" in metrics:
                log.show_policy(state.env_steps, self._learner.policy, self._environment.observe())
            self._reporter.progressed(state.env_steps, metrics)
            # once it is logged: a run killed in between would miss a line for ever
            self._checkpoint_if_due()
        self._save_checkpoint()
        summary = self._finish()
        log.close()
        self._reporter.finished(summary)
        return summary

    def _is_over(self) -> bool:
        """Whether the budget is spent, the target held, or the leader ordered to stop."""
        if self._end():
            return True
        if self._team.leads:
            stopped = self._control.stopped(self._ordered_checkpoint, self._reporter.obeyed)
            return self._team.told("stop" if stopped else "go on") == "stop"
        order = self._team.told()
        while order == "checkpoint":
            self._save_checkpoint()
            order = self._team.told()
        return order == "stop"

    def _ordered_checkpoint(self) -> Optional[Path]:
        self._team.told("checkpoint")
        return self._save_checkpoint()

    def _iterate(self) -> Dict[str, float]:
        """Collect, update, and now and then evaluate; returns the metrics."""
        state, begin = self._state, time.monotonic()
        metrics = self._learner.collect()
        self._input_range.update(self._environment.raw_inputs())
        self._tell_of_trouble()
        collected = time.monotonic()
        metrics.update(self._learner.update())
        metrics = self._team.mean_metrics(metrics)
        updated = time.monotonic()
        state.advance()
        metrics["charts/env_steps_per_s"] = self._learner.steps_per_iteration / (updated - begin)
        metrics["charts/collect_s"] = collected - begin
        metrics["charts/diverged"] = sum(
            self._team.gathered(float(self._environment.divergence.total))
        )
        metrics["charts/update_s"] = updated - collected
        if state.passed(self._cfg.eval_interval):
            metrics.update(
                self._assessment.judge(self._learner.policy, state.iteration, state.origin())
            )
            self._environment.randomization = self._assessment.ranges
            if self._judged_in is not None and self._team.leads:
                self._environment.begin_anew(staggered=True)
                self._learner.environment_restarted()
            metrics["charts/eval_s"] = time.monotonic() - updated
        metrics["charts/wall_s"] = state.wall_s()
        return metrics

    def _finish(self) -> Dict[str, Any]:
        """Judge the best policy over fresh episodes, export it and write the summary."""
        training_wall_s = self._state.wall_s()
        record = self._state.record(origin=self._assessment.best_origin)
        result = self._assessment.conclude(self._learner.policy)
        task = self._environment.task
        model = PolicyModel(task, self._learner.policy)
        metadata = policy_metadata(
            task,
            self._arm,
            self._input_range.specs(task.input_specs),
            self._assessment.randomization,
            replace(record, success_rate=result.success_rate),
            model.memory,
        )
        policy = self.directory.path / "policy.onnx"
        export_policy(model, metadata, policy)
        summary = {
            "arm": self._cfg.arm,
            "task": self._cfg.task,
            **result.to_dict(),
            "env_steps": self._state.env_steps,
            "env_steps_per_s": self._state.env_steps / training_wall_s,
            "wall_s": training_wall_s,
            "policy": str(policy),
        }
        self.directory.write_summary(summary)
        return summary

    def _checkpoint_if_due(self) -> None:
        if self._state.passed(self._cfg.checkpoint_interval):
            self._save_checkpoint()

    def _save_checkpoint(self) -> Optional[Path]:
        """The leader writes one file for all, and returns its path."""
        state = self._state.collected()
        if state is None:
            return None
        return save_checkpoint(self.directory.checkpoints, self._state.iteration, state)

    def _tell_of_trouble(self) -> None:
        """Say once in a run what the simulator had no room for."""
        ask = getattr(self._environment.sim, "trouble", None)
        if ask is None or self._told_of_trouble:
            return
        sentence = ask()
        if sentence:
            self._told_of_trouble = True
            self._reporter.said(sentence)

    def _record_incident(self, what: str, tensors: Dict[str, torch.Tensor]) -> None:
        sentence = self._incidents.record(what, self._state.env_steps, tensors)
        if sentence:
            self._reporter.said(sentence)
