"""An exported policy, run as the robot runs it: the ONNX file itself, one environment at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence, Tuple, Union

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.onnx_session import (
    OnnxFileError,
    open_session,
    read_policy_file,
)
from rl_manip_description.contract.policy_contract import (
    METADATA_KEY,
    PolicyContractError,
    PolicyMetadata,
    TensorSpec,
)
from rl_manip_description.paths import path_of
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.carried_memory import CarriedMemory
from rl_manip_train.policy.evaluation import paced
from rl_manip_train.tasks import task_class
from rl_manip_train.tasks.task import Task


class PolicyFileError(ValueError):
    """A file that is no policy, or a policy that does not fit the task; the message says why."""


class OnnxPolicy:
    """A policy file in memory, one thread, batch of 1.

    Args:
      metadata: what the file says about itself.
      session: runs the file's graph.
    """

    def __init__(self, metadata: PolicyMetadata, session: onnxruntime.InferenceSession) -> None:
        self.metadata = metadata
        self._session = session
        memory = metadata.memory
        self._carried = CarriedMemory(0 if memory is None else memory.shape[-1])

    def commands(self, *inputs: np.ndarray) -> Tuple[np.ndarray, ...]:
        """What the file says for raw float32 inputs, and a memory if it has one, (N, ...) each.

        Returns:
          Joint velocity commands (N, n) [rad/s]; with a gripper the wanted openings (N, 1) [m];
          with a memory the next ones (N, w).

        Raises:
          PolicyFileError: one of them is not finite.
        """
        names, outputs = list(self.metadata.all_inputs), list(self.metadata.all_outputs)
        rows = [
            self._session.run(
                outputs, {name: rows[row : row + 1] for name, rows in zip(names, inputs)}
            )
            for row in range(len(inputs[0]))
        ]
        answers = tuple(np.concatenate(column) for column in zip(*rows))
        for name, answer in zip(outputs, answers):
            if not np.isfinite(answer).all():
                raise PolicyFileError(f"the policy's {name} is not finite; train it again")
        return answers

    def act(self, environment: Environment) -> Tuple[Tensor, ...]:
        """Commands for the present readings of N environments.

        A memory is carried from call to call, so each control step has to ask.
        """
        inputs = [*environment.raw_inputs()]
        if self._carried.width:
            inputs.append(self._carried.now(environment))
        given = (value.contiguous().cpu().numpy() for value in inputs)
        answers = map(torch.from_numpy, self.commands(*given))
        answers = [answer.to(environment.device) for answer in answers]
        if self._carried.width:
            self._carried.keep(answers.pop())
        return tuple(answers)

    def arm_and_task(self, seed: int = 0) -> Tuple[Arm, Task]:
        """The arm that it is for, and its task for one environment; ValueError if unfit."""
        arm = load_arm(self.metadata.arm, self.metadata.gripper)
        self.metadata.check_arm(arm)
        task = task_class(self.metadata.task)(arm, 1, np.random.default_rng(seed))
        task = paced(task, self.metadata.control_dt)
        self.check_task(task)
        return arm, task

    def check_task(self, task: Task) -> None:
        """Raise PolicyFileError, naming what differs, if ``task`` would run the policy wrongly."""
        mine, its = self.metadata, task
        if abs(mine.control_dt - its.control_dt) > 1e-9:
            raise PolicyFileError(
                f"the policy acts every {mine.control_dt:g} s, but {its.name} runs at "
                f"{its.control_dt:g} s; train it again"
            )
        reads, given = _described(mine.inputs), _described(its.input_specs)
        if reads != given:
            raise PolicyFileError(
                f"the policy reads {reads}, but {its.name} gives {given}; train it again"
            )
        fastest, allowed = max(mine.velocity_limit), float(its.velocity_limit.max())
        if fastest > allowed + 1e-6:
            raise PolicyFileError(
                f"the policy commands up to {fastest:g} rad/s, but {its.name} allows "
                f"{allowed:g} rad/s; train it again"
            )


def load_onnx_policy(path: Union[str, Path]) -> OnnxPolicy:
    """The policy in the ONNX file ``path``.

    Raises:
      PolicyFileError: missing, truncated, not ONNX, or without this workspace's metadata.
    """
    path = path_of(path)
    try:
        content = read_policy_file(path)
        session = open_session(path, content)
    except OnnxFileError as error:
        raise PolicyFileError(str(error)) from None
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise PolicyFileError(
            f"{path} has no {METADATA_KEY!r} metadata, so nothing says what it is for; give a file "
            "that ros2 run rl_manip_train train, export or, of another project's network, "
            "import_policy wrote"
        )
    try:
        metadata = PolicyMetadata.from_json(text)
    except PolicyContractError as error:
        raise PolicyFileError(f"{path}: {error}") from None
    for kind, shapes, found in (
        ("inputs", metadata.all_inputs, session.get_inputs()),
        ("outputs", metadata.all_outputs, session.get_outputs()),
    ):
        said = {name: list(shape) for name, shape in shapes.items()}
        real = {node.name: list(node.shape) for node in found}
        if said != real:
            raise PolicyFileError(
                f"{path}: its metadata says {kind} {said}, it has {real}; export it again"
            )
    return OnnxPolicy(metadata, session)


def _described(specs: Sequence[TensorSpec]) -> str:
    return ", ".join(
        f"{spec.name} {list(spec.shape)} in {spec.unit}{f' of {spec.frame}' if spec.frame else ''}"
        for spec in specs
    )
