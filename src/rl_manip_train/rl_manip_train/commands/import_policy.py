"""``ros2 run rl_manip_train import_policy``: a policy file of a network trained elsewhere."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

import torch
import tyro
from typing_extensions import Annotated

from rl_manip_description.contract.whole_file import write_text
from rl_manip_train.commands import EPISODES, SEEDS, CommandError, check_bounds, run_command
from rl_manip_train.policy.evaluation import Evaluation
from rl_manip_train.policy.export import write_graph
from rl_manip_train.policy.foreign.policy_import import Imported, import_network
from rl_manip_train.policy.policy_card import policy_card
from rl_manip_train.policy.policy_evaluation import Trial, run_trials
from rl_manip_train.run.training_state import git_revision

GOALS_IN_A_ROW = 10
"""Goals of each arm in the last trial, one after the other, as a robot gets them."""


@dataclass(frozen=True)
class ImportPolicyCommand:
    """Make a policy file of a network that rsl_rl, Isaac Lab, mjlab, skrl, Stable-Baselines3,
    rl_games or somebody else exported.

    The spec, a YAML file, says what each slice of the network's observation is and what its action
    means; docs/import_a_policy.md has one for each of them. All of it becomes part of the file. The
    file is run in simulation before it is written."""

    network: tyro.conf.Positional[Path]
    """The network: .onnx, TorchScript (.pt), or a LEAPP bundle (its folder or its .yaml)."""
    spec: Path
    """YAML file that says what goes in and out of it."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("policy.onnx")
    """File to write; its card is written beside it, with .md at its end."""
    check: bool = True
    """Run it in simulation first. Without, the card says that nobody did."""
    least_success: float = 0.5
    """Success in the first trial below which nothing is written [1]: wrong specs reach nothing."""
    episodes: int = 200
    """Episodes of each trial, all side by side."""
    seed: int = 12345
    """Seed of start poses, goals, physics and noise."""
    randomization: Tuple[str, ...] = ("none", "default")
    """Presets (none, default, aggressive, chapter, slow_joints, contact) or YAML files of ranges;
    each is a trial of its own."""
    backend: str = "auto"
    """Simulator backend; auto takes the fastest that this machine has."""


def main() -> None:
    """Entry point."""
    run_command("import_policy", ImportPolicyCommand, run)


def run(command: ImportPolicyCommand) -> None:
    """Import, judge, write, and say how to go on."""
    torch.set_num_threads(1)
    check_bounds(command, episodes=EPISODES, seed=SEEDS)
    if command.output.suffix != ".onnx":
        raise CommandError(f"output is {command.output}, expected a name that ends in .onnx")
    if not 0.0 <= command.least_success <= 1.0:
        raise CommandError(f"least_success is {command.least_success}, expected 0 to 1")
    typed = shlex.join(["ros2", "run", "rl_manip_train", "import_policy", *sys.argv[1:]])
    imported = import_network(command.network, command.spec, typed, git_revision())
    for note in imported.notes:
        print(f"note: {note}")
    trials = judged(command, imported) if command.check else []
    graph, metadata = imported.judged(trials[0].result.success_rate if trials else None)
    card = command.output.with_suffix(".md")
    write_graph(graph, command.output)
    write_text(card, policy_card(metadata, trials))
    print(
        f"{command.output}: {metadata.task} on {metadata.arm} every {metadata.control_dt:g} s, "
        f"imported from {metadata.imported.source}; its card is {card}"
    )
    print(
        "try it on the simulated arm: ros2 launch rl_manip evaluate.launch.py "
        f"arm:={metadata.arm} hardware:=sim policy:={command.output} "
        f"control_dt:={metadata.control_dt:g}"
    )


def judged(command: ImportPolicyCommand, imported: Imported) -> List[Trial]:
    """What it does in simulation, printed.

    Raises:
      CommandError: it does less than it must.
    """
    trials = run_trials(
        command.network,
        imported.policy,
        command.randomization,
        command.backend,
        command.episodes,
        command.seed,
        in_a_row=GOALS_IN_A_ROW,
    )
    first: Optional[Trial] = trials[0] if trials else None
    if first is not None and first.result.success_rate < command.least_success:
        raise CommandError(
            f"the policy met {100.0 * first.result.success_rate:.1f} % of its goals, less than "
            f"least_success {100.0 * command.least_success:g} %, and nothing is written: check "
            "units, frames, the order of joints and what the action means in the spec, or give "
            "--least-success 0 to write it all the same"
        )
    if first is not None:
        say_whether_it_gets_lost(first.result, trials[-1].result, imported)
    return trials


def say_whether_it_gets_lost(fresh: Evaluation, in_a_row: Evaluation, imported: Imported) -> None:
    """Warn where goals one after the other are met less often than from fresh start poses."""
    if in_a_row.success_interval[1] >= fresh.success_interval[0]:
        return
    joints = next(one for one in imported.metadata.inputs if one.name == "joint_position")
    advice = "give joint_spread in the spec, how far training had the joints from default_position"
    if joints.low is not None:
        advice = "give a smaller joint_spread, or train it with goals one after the other"
    print(
        f"note: it met {100.0 * in_a_row.success_rate:.1f} % of goals given one after the other, "
        f"and {100.0 * fresh.success_rate:.1f} % from fresh start poses: where it fails, it leaves "
        f"the arm in poses that it does not know; {advice}"
    )


if __name__ == "__main__":
    main()
