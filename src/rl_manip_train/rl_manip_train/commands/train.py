"""``ros2 run rl_manip_train train``: train a policy and export it."""

from __future__ import annotations

import argparse
import shlex
import sys
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Sequence

import torch
import tyro
from typing_extensions import Annotated, Literal

from rl_manip_description.contract.settings import with_home
from rl_manip_description.paths import path_of
from rl_manip_sim.backends import device_of_backend, resolve_backend
from rl_manip_train.commands import INPUT_ERRORS, exit_with_sentence
from rl_manip_train.machine.data_parallel import LostProcessError, Team, companions
from rl_manip_train.pictures.graphics import start_graphics
from rl_manip_train.run.control import Control
from rl_manip_train.run.files.run_directory import settings_to_resume
from rl_manip_train.run.monitoring.progress import JsonReporter, make_reporter
from rl_manip_train.run.resumed_settings import going_on
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.default_cfg import default_cfg
from rl_manip_train.settings.settings_as_text import known_names
from rl_manip_train.settings.train_cfg import TrainCfg

DECIDING = ("task", "algo", "arm", "reward")
"""Settings that decide what suits for the others."""


@dataclass(frozen=True)
class TrainCommand:
    """Train a policy and export it to policy.onnx in the run's folder."""

    cfg: Annotated[TrainCfg, tyro.conf.arg(name="")] = field(default_factory=TrainCfg)
    progress: Literal["auto", "rich", "plain", "json"] = "auto"
    """How progress is shown; json is for a parent process, which then gives orders (checkpoint,
    pause, resume, stop) as lines on standard input."""
    torch_threads: int = 1
    """Threads of the network's arithmetic; small networks gain nothing from more."""


def parse(arguments: Sequence[str]) -> TrainCommand:
    """What a command line asks for; the rest is what suits its task, algorithm, arm and reward.

    Of a run that is resumed, the rest is what it was started with.

    Raises:
      ValueError: it names a task, an algorithm or a reward that there is none of, or a run whose
        settings cannot be read.
    """
    first = argparse.ArgumentParser("train", add_help=False, allow_abbrev=False)
    for name in (*DECIDING, "resume"):
        first.add_argument(f"--{name}")
    given = vars(first.parse_known_args(arguments)[0])
    named = {name: given[name] for name in DECIDING if given[name] is not None}
    former = {} if given["resume"] is None else settings_to_resume(path_of(given["resume"]))
    if any(named.get(name, value) != value for name, value in former.items() if name != "reward"):
        former = {}  # of another training: it is refused once that is known for certain
    named = {**{name: former[name] for name in DECIDING if name in former}, **named}
    command = tyro.cli(
        TrainCommand,
        prog="train",
        description=f"{TrainCommand.__doc__}\n\n{_offered()}",
        args=arguments,
        default=TrainCommand(cfg=going_on(default_cfg(**named), {**former, **named})),
    )
    return with_home(command)


def _offered() -> str:
    """What settings may name, a line each, with the packages that it comes from."""
    return "\n\n".join(f"{name}: {known}" for name, known in known_names().items())


def main() -> None:
    """Entry point."""
    threading.excepthook = _unless_from_disk(threading.excepthook)
    try:
        command = parse(sys.argv[1:])
        torch.set_num_threads(command.torch_threads)
        if command.cfg.video_every:
            start_graphics()  # before mujoco is imported
        device_type = device_of_backend(resolve_backend(command.cfg.backend))
        wanted = 1 if Team.is_named() else command.cfg.nproc
        with companions(wanted, sys.argv[1:]):
            run(command, Team.joined(device_type))
    except INPUT_ERRORS as error:
        exit_with_sentence(error)


def run(command: TrainCommand, team: Team) -> None:
    """Train, alone or as one of ``team``."""
    control = Control()
    control.stop_on_signals()
    reporter = make_reporter(command.progress if team.leads else "plain")
    if team.leads and isinstance(reporter, JsonReporter):
        control.listen()
    try:
        train(command.cfg, reporter, control, command_line(sys.argv[1:]), team)
    except LostProcessError:
        if team.leads:
            raise
        sys.exit(1)  # whichever process ended first has said why


def _unless_from_disk(say: Callable[[Any], None]) -> Callable[[Any], None]:
    """TensorBoard's thread meets a full disk, too; the training says so in a sentence."""
    return lambda failed: None if issubclass(failed.exc_type, OSError) else say(failed)


def command_line(arguments: Sequence[str]) -> str:
    """The command that trains the same policy again, however progress was shown."""
    kept = [
        argument
        for before, argument in zip(["", *arguments], arguments)
        if before != "--progress" and not argument.startswith("--progress")
    ]
    return shlex.join(["ros2", "run", "rl_manip_train", "train", *kept])


if __name__ == "__main__":
    main()
