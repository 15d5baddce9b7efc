"""``ros2 run rl_manip_train export``: make policy.onnx from a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro
from typing_extensions import Annotated

from rl_manip_train.commands import run_command
from rl_manip_train.policy.export import export_policy
from rl_manip_train.run.checkpoint_policy import checkpoint_policy


@dataclass(frozen=True)
class ExportCommand:
    """Export the policy of a checkpoint to one ONNX file."""

    run: tyro.conf.Positional[Path]
    """A run's folder, for its newest checkpoint, or one of its checkpoints."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("policy.onnx")
    """File to write."""


def main() -> None:
    """Entry point."""
    run_command("export", ExportCommand, run)


def run(command: ExportCommand) -> None:
    """Read the checkpoint and write the file."""
    model, metadata = checkpoint_policy(command.run)
    export_policy(model, metadata, command.output)
    record = metadata.training
    print(f"{command.output}: {metadata.task} on {metadata.arm} after {record.env_steps:,} steps")


if __name__ == "__main__":
    main()
