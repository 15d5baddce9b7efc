"""What ``evaluate`` finds out about a policy file, and how it is shown and written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence

from rich.console import Console
from rich.table import Table

from rl_manip_sim.backends import resolve_backend
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.machine.tensor_device import use_device_of
from rl_manip_train.policy.evaluation import Evaluation, evaluate
from rl_manip_train.policy.onnx_policy import OnnxPolicy


@dataclass(frozen=True)
class Trial:
    """One evaluation of a policy file."""

    randomization: str
    """Preset or file that physics and signals were drawn from."""
    backend: str
    """Simulator backend."""
    seed: int
    """Seed of every draw."""
    result: Evaluation
    """What came of it."""

    def to_dict(self) -> Dict[str, Any]:
        """The trial as JSON holds it."""
        return {
            "randomization": self.randomization,
            "backend": self.backend,
            "seed": self.seed,
            **self.result.to_dict(),
            "success_interval": list(self.result.success_interval),
        }

    def rows(self) -> List[str]:
        """The figures in words, in the order of ``FIGURES``."""
        result = self.result
        low, high = result.success_interval
        return [
            f"{result.episodes:,}",
            f"{100.0 * result.success_rate:.1f} %",
            f"{100.0 * low:.1f} to {100.0 * high:.1f} %",
            f"{100.0 * result.collision_rate:.1f} %",
            _unless_nan(result.mean_final_distance, 1000.0, "mm"),
            _unless_nan(result.mean_time_to_goal, 1.0, "s"),
        ]


FIGURES = (
    "Episodes",
    "Success",
    "95 % interval",
    "Collisions",
    "Final distance",
    "Time to goal",
)
"""Names of ``Trial.rows``."""


def evaluate_policy(
    policy: OnnxPolicy,
    randomization: str,
    backend: str,
    episodes: int,
    seed: int,
    physics_dt: float,
    num_threads: int = 0,
    object_shape: str = "",
    in_a_row: int = 1,
) -> Trial:
    """Run the policy file over fresh episodes of the task and arm that it names.

    Args:
      policy: the file.
      randomization: preset or YAML file.
      backend: simulator backend, or ``auto``.
      episodes, seed, physics_dt, num_threads: see ``evaluate``.
      object_shape: the only one that occurs; empty for all that the task knows.
      in_a_row: see ``evaluate``.

    Raises:
      ValueError: an arm, task, backend or randomisation that cannot be used, or a policy that does
        not fit its arm or task.
    """
    arm, task = policy.arm_and_task(seed)
    backend = resolve_backend(backend)
    use_device_of(backend)
    result = evaluate(
        policy.act,
        arm,
        task.name,
        backend,
        physics_dt,
        load_randomization(randomization),
        episodes,
        seed,
        num_threads,
        (object_shape,) if object_shape else (),
        control_dt=policy.metadata.control_dt,
        in_a_row=in_a_row,
    )
    ranges = f"{randomization}, {object_shape} only" if object_shape else randomization
    ranges += f", {in_a_row} goals in a row" if in_a_row > 1 else ""
    return Trial(ranges, backend, seed, result)


def run_trials(
    path: Path,
    policy: OnnxPolicy,
    randomizations: Sequence[str],
    backend: str,
    episodes: int,
    seed: int,
    physics_dt: float = 0.0,
    object_shapes: Sequence[str] = ("",),
    in_a_row: int = 1,
) -> List[Trial]:
    """A trial for each randomisation and shape, with their table in the terminal.

    Args:
      path: that the table is of.
      randomizations: presets or YAML files.
      policy, backend, episodes, seed, physics_dt: see ``evaluate_policy``.
      object_shapes: see there ``object_shape``.
      in_a_row: more than 1 adds a trial of the first randomisation, with so many goals one after
        the other.

    Raises:
      ValueError: see ``evaluate_policy``.
    """
    with Console(stderr=True).status(f"{episodes:,} episodes"):
        trials = [
            evaluate_policy(policy, name, backend, episodes, seed, physics_dt, object_shape=shape)
            for name in randomizations
            for shape in object_shapes
        ]
        if in_a_row > 1 and randomizations:
            first = randomizations[0]
            trials.append(
                evaluate_policy(
                    policy, first, backend, episodes, seed, physics_dt, in_a_row=in_a_row
                )
            )
    Console().print(trials_table(path, trials))
    return trials


def trials_table(policy: Path, trials: Sequence[Trial]) -> Table:
    """The trials side by side, for a terminal."""
    table = Table(title=str(policy))
    table.add_column("randomisation")
    for trial in trials:
        table.add_column(trial.randomization, justify="right")
    for name, *figures in zip(FIGURES, *(trial.rows() for trial in trials)):
        table.add_row(name.lower(), *figures)
    return table


def _unless_nan(value: float, scale: float, unit: str) -> str:
    return "none" if value != value else f"{scale * value:.2f} {unit}"
