"""`ros2 run rl_manip_gap from_csv TABLE -o BAG`: a bag from a log that was no bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro
from typing_extensions import Annotated

from rl_manip_description import load_arm
from rl_manip_gap.commands import run_command
from rl_manip_gap.recording.tables.from_csv import ColumnMap, Units, bag_from_csv


@dataclass(frozen=True)
class FromCsvArguments:
    """Turns a table of logged joint signals into an MCAP bag."""

    table: Annotated[Path, tyro.conf.Positional]
    """Text file."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Bag folder to make."""
    columns: Annotated[ColumnMap, tyro.conf.arg(name="")] = ColumnMap()
    units: Annotated[Units, tyro.conf.arg(name="")] = Units()
    arm: str = "ur5e"
    """Arm that was logged."""


def main() -> None:
    run_command("from_csv", FromCsvArguments, _convert)


def _convert(arguments: FromCsvArguments) -> None:
    done = bag_from_csv(
        arguments.table,
        arguments.out,
        load_arm(arguments.arm),
        arguments.columns,
        arguments.units,
    )
    print("\n".join(done.notes))
    print(f"{done.usable} of {done.rows} rows written to {arguments.out}")


if __name__ == "__main__":
    main()
