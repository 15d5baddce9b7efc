"""What a checkpoint holds of a training: collected from all that take part, and put back."""

from __future__ import annotations

import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.signals.stateful import StateError
from rl_manip_train.algorithms.learner import Learner
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import Team
from rl_manip_train.policy.input_range import InputRange
from rl_manip_train.run.assessment import Assessment
from rl_manip_train.run.files.run_directory import RunDirectoryError
from rl_manip_train.run.resumed_settings import settings_to_keep, what_differs
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks.chosen_action import own_action
from rl_manip_train.tasks.task import action_kind


class TrainingState:
    """How far a training has come, and the parts that it goes on with from there.

    Args:
      cfg: what is trained.
      team: processes that train together.
      backend: name of the simulator's, for messages.
      environment, learner, assessment, input_range: parts that have a state of their own.
      started: when the training began, by ``time.monotonic`` [s].
      command: command line that trains it again.
    """

    def __init__(
        self,
        cfg: TrainCfg,
        team: Team,
        backend: str,
        environment: Environment,
        learner: Learner,
        assessment: Assessment,
        input_range: InputRange,
        started: float,
        command: str,
    ) -> None:
        self._cfg, self._team, self._backend = cfg, team, backend
        self._environment, self._learner = environment, learner
        self._assessment, self._input_range = assessment, input_range
        self._started, self._wall_before, self._command = started, 0.0, command
        self.env_steps = 0  # control steps of all arms together
        self.iteration = 0

    def advance(self) -> None:
        """Count the iteration just made."""
        self.env_steps += self._learner.steps_per_iteration
        self.iteration += 1

    def passed(self, interval: int) -> bool:
        """Whether the iteration just made came to, or past, a multiple of ``interval`` steps."""
        before = self.env_steps - self._learner.steps_per_iteration
        return before // interval != self.env_steps // interval

    def wall_s(self) -> float:
        """Time spent on the training, before it was resumed as well [s]."""
        return self._wall_before + time.monotonic() - self._started

    def origin(self) -> Tuple[str, int]:
        """What the policy has learned by, and in how many control steps, as things stand now."""
        phase = getattr(self._learner, "phase", "{algo}")
        return phase.format(algo=self._cfg.algo), self.env_steps

    def record(
        self,
        success_rate: Optional[float] = None,
        origin: Optional[Tuple[str, int]] = None,
    ) -> TrainingRecord:
        """What a policy's file says of how it came to be.

        Args:
          success_rate: of these very weights; None where nobody judged them.
          origin: as ``origin()`` was when the weights were so; None for what it is now.
        """
        algorithm, env_steps = origin or self.origin()
        return TrainingRecord(
            algorithm=algorithm,
            backend=self._backend,
            env_steps=env_steps,
            seed=self._cfg.seed,
            git_revision=git_revision(),
            success_rate=success_rate,
            wall_s=round(self.wall_s(), 1),
            command=self._command,
        )

    def collected(self) -> Optional[Dict[str, Any]]:
        """The state of all processes, which all must ask for; None where this one does not lead."""
        mine = {
            "learner": self._learner.state_dict(),
            "input_range": self._input_range.state_dict(),
            "environment": self._environment_state(),
        }
        collected = self._team.collected(mine)
        if collected is None:
            return None
        cfg = self._cfg
        return {
            **collected[0],
            "others": collected[1:],
            "algo": cfg.algo,
            "policy": self._learner.policy.state_dict(),
            "arm": cfg.arm,
            "gripper": cfg.gripper,
            "task": cfg.task,
            "action": action_kind(self._environment.task),
            "settings": settings_to_keep(cfg),
            "hidden": list(cfg.algorithm.hidden),
            "memory": list(getattr(self._learner.policy, "memory_kind", ())),
            "randomization": self._assessment.randomization.to_dict(),
            "record": asdict(self.record()),
            "env_steps": self.env_steps,
            "iteration": self.iteration,
            "wall_s": self.wall_s(),
            **self._assessment.state_dict(),
        }

    def _environment_state(self) -> Optional[Dict[str, Any]]:
        try:
            return self._environment.state_dict()
        except StateError:  # a backend that cannot tell its state
            return None

    def load(self, state: Dict[str, Any]) -> List[str]:
        """Put a state back; returns sentences of what is to be said of it.

        Raises:
          RunDirectoryError: it is another training's: task, arm, algorithm, action kind, number of
            processes, sizes of the networks, or revision of rl_manip.
        """
        state = self._share(state)
        differs = what_differs(state.get("settings", {}), self._cfg)
        caveats = [differs] if differs else []
        goes_on = True
        try:
            if state["environment"] is None:
                raise StateError(f"the backend {self._backend} does not tell its state")
            self._environment.load_state_dict(state["environment"])
        except StateError as error:
            caveats.append(f"the environments begin new episodes where the run goes on: {error}")
            goes_on = False
        self._load_learner(state)
        self._assessment.load_state_dict(state)
        self._environment.randomization = self._assessment.ranges
        if not goes_on:
            self._learner.environment_restarted()
        self._input_range.load_state_dict(state["input_range"])
        self.env_steps, self.iteration = state["env_steps"], state["iteration"]
        self._wall_before = state["wall_s"]
        return caveats

    def _share(self, state: Dict[str, Any]) -> Dict[str, Any]:
        """What is this process's of a checkpoint."""
        cfg = self._cfg
        if (state["arm"], state["task"], state["algo"]) != (cfg.arm, cfg.task, cfg.algo):
            raise RunDirectoryError(
                f"the checkpoint is of {state['task']} on {state['arm']} by {state['algo']}, "
                f"expected {cfg.task} on {cfg.arm} by {cfg.algo}; name its task, arm and algo to "
                "resume it"
            )
        task = self._environment.task
        action = state.get("action", own_action(task))  # older checkpoints: no other kinds then
        wanted = action_kind(task)
        if action != wanted:
            raise RunDirectoryError(
                f"the checkpoint's action is {action}, expected {wanted}; give action {action} to "
                "resume it"
            )
        processes = [state, *state.get("others", ())]
        if len(processes) != self._team.size:
            raise RunDirectoryError(
                f"the checkpoint is of {len(processes)} processes, expected {self._team.size}; "
                f"give nproc {len(processes)} to resume it"
            )
        return {**state, **processes[self._team.rank]}

    def _load_learner(self, state: Dict[str, Any]) -> None:
        cfg = self._cfg
        try:
            self._learner.load_state_dict(state["learner"])
        except RuntimeError as error:
            raise RunDirectoryError(
                f"the checkpoint's networks have other sizes ({state['hidden']} hidden units) than "
                f"{cfg.algo}.hidden asks for ({list(cfg.algorithm.hidden)}); give the same to "
                "resume it"
            ) from error
        except KeyError as error:
            raise RunDirectoryError(
                f"the checkpoint holds no {error}: revision {state['record']['git_revision']} of "
                "rl_manip wrote it; resume it with that one, or train anew"
            ) from error


def git_revision() -> str:
    """Commit of the checkout that this file belongs to, with -dirty, or ``unknown``."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        result = subprocess.run(
            command,
            cwd=Path(__file__).resolve().parent,
            capture_output=True,
            text=True,
            timeout=10.0,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return result.stdout.strip()
