"""What ``ros2 run rl_manip_train`` runs; each module is one command."""

from __future__ import annotations

import inspect
import os

# idle worker threads that spin take the cores that the simulation needs; before torch loads
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import sys
from typing import Callable, NoReturn, Tuple, Type, TypeVar

import tyro

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import PolicyContractError
from rl_manip_description.contract.settings import with_home
from rl_manip_description.model.described_files import DescriptionFileError
from rl_manip_description.paths import UnknownHomeError, trouble_with_file
from rl_manip_description.registry import RegistryError
from rl_manip_sim.batch_sim import BackendError, SimCfgError
from rl_manip_sim.models.scene import SceneError
from rl_manip_sim.randomization.randomization_cfg import RandomizationError
from rl_manip_train.algorithms.learner import DivergedError
from rl_manip_train.algorithms.storage.replay import LearnerStateError
from rl_manip_train.environment.divergence import SimulationDivergedError
from rl_manip_train.machine.data_parallel import LostProcessError
from rl_manip_train.pictures.graphics import GraphicsError
from rl_manip_train.pictures.picture_file import PictureFileError
from rl_manip_train.policy.foreign.network.graph_file import ForeignNetworkError
from rl_manip_train.policy.foreign.spec.spec_values import SpecError
from rl_manip_train.policy.onnx_policy import PolicyFileError
from rl_manip_train.run.files.checkpoint import CheckpointError
from rl_manip_train.run.files.run_directory import RunDirectoryError
from rl_manip_train.run.monitoring.learning_curves import LearningCurveError
from rl_manip_train.settings.train_cfg import TrainCfgError
from rl_manip_train.tasks.task import TaskError

T = TypeVar("T")
SEEDS = (0, 2**31 - 1)
EPISODES = (1, 1_000_000)
"""Bounds of what commands take; episodes are side by side in memory."""


class CommandError(ValueError):
    """A command-line value that cannot be used; the message says what was expected."""


INPUT_ERRORS = (
    CommandError,
    OSError,
    BackendError,
    SimCfgError,
    RegistryError,
    DescriptionFileError,
    TaskError,
    RandomizationError,
    CheckpointError,
    DivergedError,
    ForeignNetworkError,
    GraphicsError,
    SimulationDivergedError,
    LearnerStateError,
    LearningCurveError,
    LostProcessError,
    PictureFileError,
    PolicyContractError,
    PolicyFileError,
    RunDirectoryError,
    SceneError,
    SpecError,
    TrainCfgError,
    UnknownHomeError,
)
"""Errors whose message is all that a person needs; a traceback would not help."""


def run_command(prog: str, arguments: Type[T], work: Callable[[T], None]) -> None:
    """Do the work on the arguments of the command line, or exit with a sentence of why not."""
    described = inspect.cleandoc(arguments.__doc__ or "")
    try:
        work(with_home(tyro.cli(arguments, prog=prog, description=described)))
    except INPUT_ERRORS as error:
        exit_with_sentence(error)


def check_bounds(command: object, **bounds: Tuple[int, int]) -> None:
    """Hold fields of a command against {name: (lowest, highest)}.

    Raises:
      CommandError: one is out of its bounds.
    """
    for name, (lowest, highest) in bounds.items():
        value = getattr(command, name)
        if not lowest <= value <= highest:
            raise CommandError(f"{name} is {value}, expected {lowest} to {highest}")


def make_arm_known(given: str, name: str) -> None:
    """Let ``load_arm`` find the arm that a policy names in a YAML file that is given for it.

    Args:
      given: path of the file; empty for an arm that is known by its name.
      name: of the policy's arm.

    Raises:
      CommandError: the file is another arm's.
    """
    if given and load_arm(given).name != name:
        raise CommandError(f"arm is {given}, expected the file of {name}, which the policy is for")


def exit_with_sentence(error: Exception) -> NoReturn:
    """Print the error's message and exit with status 2."""
    if isinstance(error, OSError):
        error = CommandError(trouble_with_file(error))
    print(f"error: {error}", file=sys.stderr)
    sys.exit(2)
