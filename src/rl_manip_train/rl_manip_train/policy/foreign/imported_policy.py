"""A foreign network with everything around it: from raw inputs to joint velocities."""

from __future__ import annotations

from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn

from rl_manip_description.contract.policy_contract import MemorySpec
from rl_manip_train.policy.foreign.network.network_file import NetworkFile
from rl_manip_train.policy.foreign.network.spliced_network import SplicedNetwork
from rl_manip_train.policy.foreign.observation import (
    ForeignSituation,
    RememberedSlices,
    SliceValue,
    parted,
)
from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec
from rl_manip_train.policy.foreign.velocity_action import KnownPoses, velocity_action
from rl_manip_train.policy.policy_model import MEMORY, NEXT_MEMORY
from rl_manip_train.tasks.task import Task


class ImportedPolicy(nn.Module):
    """The whole policy; its memory, if it needs one, begins with zeros.

    The memory holds, side by side: 1 after the first step, the last action, former slices, states.

    Args:
      spec: what the network reads and says.
      task: that it is to do.
      network: the network.
      normalizer: of the only observation; None where the network has its own.
    """

    def __init__(
        self, spec: ForeignSpec, task: Task, network: NetworkFile, normalizer: Optional[nn.Module]
    ) -> None:
        super().__init__()
        names = tuple(one.name for one in task.input_specs)
        self._inputs, self._joint_position = len(names), names.index("joint_position")
        self._situation = ForeignSituation(spec, names)
        self._slices = nn.ModuleList(
            nn.ModuleList(SliceValue(one, spec) for one in given.slices) for given in spec.inputs
        )
        self._remembered = nn.ModuleList(
            RememberedSlices(given.slices, spec.history) for given in spec.inputs
        )
        self._former: List[int] = [one.width for one in self._remembered]
        self._normalizer = normalizer
        self._network = SplicedNetwork(network)
        self._action = velocity_action(spec, task.velocity_limit)
        known = spec.joint_range
        self._known = None if known is None else KnownPoses(*known, task.velocity_limit)
        self._width = spec.action.width
        tells = any(one.name == "last_action" for one in spec.observation)
        self._parts: List[int] = [
            1 if any(self._former) or self._network.starts_elsewhere else 0,
            self._width if tells else 0,
            sum(self._former),
            self._network.memory_width,
        ]
        self.memory_width = sum(self._parts)
        """Elements w of the memory; 0 for none."""
        self.eval().requires_grad_(False)

    @property
    def memory(self) -> Optional[MemorySpec]:
        """What its file says of its memory."""
        if not self.memory_width:
            return None
        _, action, former, states = self._parts
        what = [
            *(["the action before"] if action else []),
            *(["former observations"] if former else []),
            *([f"a recurrent state of {states}"] if states else []),
        ]
        return MemorySpec(MEMORY, NEXT_MEMORY, (1, self.memory_width), ", ".join(what))

    def forward(self, *inputs: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocity command (1, n) [rad/s], and the next memory (1, w) if it has one.

        Args:
          inputs: the task's raw inputs (1, ...), and a memory (1, w) if it has one.
        """
        raw = inputs[: self._inputs]
        joint_position = raw[self._joint_position]
        memory = inputs[-1] if self.memory_width else joint_position[:, :0]
        begun, last_action, former, states = parted(memory, self._parts)
        now = self._situation(raw, last_action)
        begins, observations, formers = 1.0 - begun, [], []
        for slices, remembered, kept in zip(
            self._slices, self._remembered, parted(former, self._former)
        ):
            observation, kept = remembered([one(now) for one in slices], kept, begins)
            observations.append(observation)
            formers.append(kept)
        if self._normalizer is not None:
            observations = [self._normalizer(one) for one in observations]
        action, states = self._network(observations, states, begins)
        velocity = self._action(action, joint_position)
        if self._known is not None:
            velocity = self._known(velocity, joint_position)
        if not self.memory_width:
            return (velocity,)
        begun, said = torch.ones_like(begun), self._action.shaped.clipped(action)
        parts = zip(self._parts, (begun, said, torch.cat(formers, dim=1), states))
        return velocity, torch.cat([part for width, part in parts if width], dim=1)
