"""Actors that remember: what they saw and did before, or what a recurrent network made of it.

A memory is one row of numbers per environment, zeros where an episode begins. Its last n elements
are the action made last; in front of them stands what the actor calls its trace.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple, Union

import torch
from torch import Tensor, nn

from rl_manip_train.algorithms.networks.policy_network import mlp


class MemoryKind(NamedTuple):
    """What an actor remembers; at most one of both."""

    history: int = 1  # newest observations that it sees; 1 for the present one alone
    gru_width: int = 0  # size of a recurrent actor's state; 0 for none

    def width(self, observation_width: int, action_width: int) -> int:
        """Elements w of the memory of an actor with these features and actions."""
        if self.gru_width:
            return self.gru_width + action_width
        return (self.history - 1) * (observation_width + action_width)

    def __str__(self) -> str:
        """In words, for a policy's card."""
        if self.gru_width:
            return f"a GRU of {self.gru_width}, and the action before"
        return f"the newest {self.history} observations, and the actions between them"


class HistoryActor(nn.Module):
    """A network of the present and the former observations, and the actions between them.

    Args:
      observation_width: features d.
      action_width: actions n.
      hidden: widths of the hidden layers.
      kind: how many observations.
    """

    def __init__(
        self, observation_width: int, action_width: int, hidden: Sequence[int], kind: MemoryKind
    ) -> None:
        super().__init__()
        self._pair = observation_width + action_width
        seen = observation_width + kind.width(observation_width, action_width)
        self.head = mlp((seen, *hidden, action_width), output_gain=0.01)

    def forward(self, normalized: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
        """Most likely actions (N, n), and the trace, for features (N, d) and memories (N, w)."""
        mean = self.head(torch.cat((normalized, memory), dim=1))
        return mean, torch.cat((memory[:, self._pair :], normalized), dim=1)

    def again(self, normalized: Tensor, memory: Tensor, begins: Tensor, length: int) -> Tensor:
        """See ``RecurrentActor.again``: here each row stands for itself."""
        return self(normalized, memory)[0]


class GatedCell(nn.Module):
    """One step of a gated recurrent unit (Cho et al., 2014).

    r = sigma(W_r x + U_r h), z = sigma(W_z x + U_z h), c = tanh(W_c x + r * (U_c h))
    h' = (1 - z) c + z h, each product with a bias of its own

    It is torch's GRUCell in operations that the exporter of ONNX can follow.

    Args:
      input_width: of x.
      width: of h.
    """

    def __init__(self, input_width: int, width: int) -> None:
        super().__init__()
        self._widths = [width, width, width]
        self.from_input = nn.Linear(input_width, 3 * width)
        self.from_state = nn.Linear(width, 3 * width)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """The next state (N, width) of inputs (N, input_width) and the present one."""
        in_r, in_z, in_c = self.from_input(x).split(self._widths, dim=1)
        of_r, of_z, of_c = self.from_state(state).split(self._widths, dim=1)
        update = (in_z + of_z).sigmoid()
        candidate = (in_c + (in_r + of_r).sigmoid() * of_c).tanh()
        return candidate + update * (state - candidate)


class RecurrentActor(nn.Module):
    """A GRU of observations and last actions; a network of its state and both.

    Args:
      observation_width: features d.
      action_width: actions n.
      hidden: widths of the hidden layers behind the GRU.
      kind: size of the GRU's state.
    """

    def __init__(
        self, observation_width: int, action_width: int, hidden: Sequence[int], kind: MemoryKind
    ) -> None:
        super().__init__()
        self._width = kind.gru_width
        self.cell = GatedCell(observation_width + action_width, kind.gru_width)
        self.head = mlp((observation_width + kind.gru_width, *hidden, action_width), 0.01)

    def forward(self, normalized: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
        """Most likely actions (N, n), and the trace, for features (N, d) and memories (N, w)."""
        state, last_action = memory[:, : self._width], memory[:, self._width :]
        state = self.cell(torch.cat((normalized, last_action), dim=1), state)
        return self.head(torch.cat((normalized, state), dim=1)), state

    def again(self, normalized: Tensor, memory: Tensor, begins: Tensor, length: int) -> Tensor:
        """The means (L B, n) of sequences once more, with gradients through all of their steps.

        Of the memories only each sequence's first counts, and all last actions.

        Args:
          normalized: (L B, d), all first steps, all second steps, and so on.
          memory: (L B, w) as they were when the actions were made.
          begins: (L B,) bool: an episode begins with this step, so nothing before it counts.
          length: L.
        """
        inputs = torch.cat((normalized, memory[:, self._width :]), dim=1)
        going_on = (~begins).float()[:, None]
        count = len(memory) // length
        state = memory[:count, : self._width]
        states = []
        for step, kept in zip(inputs.split(count), going_on.split(count)):
            state = self.cell(step, state * kept)
            states.append(state)
        return self.head(torch.cat((normalized, torch.cat(states)), dim=1))


MemoryActor = Union[HistoryActor, RecurrentActor]


def memory_actor(
    observation_width: int, action_width: int, hidden: Sequence[int], kind: MemoryKind
) -> MemoryActor:
    """A new actor of that kind."""
    make = RecurrentActor if kind.gru_width else HistoryActor
    return make(observation_width, action_width, hidden, kind)


def remembered(trace: Tensor, action: Tensor) -> Tensor:
    """The memory (N, w) after an action (N, n) in [-1, 1]."""
    return torch.cat((trace, action), dim=1)


class RememberingPolicy(nn.Module):
    """As ``DeterministicPolicy``, of an actor that remembers.

    Args:
      normalizer: of the features.
      network: the actor.
      bound: brings actions into [-1, 1].
      kind: what it remembers.
      memory_width: elements w of its memory.
    """

    def __init__(
        self,
        normalizer: nn.Module,
        network: MemoryActor,
        bound: nn.Module,
        kind: MemoryKind,
        memory_width: int,
    ) -> None:
        super().__init__()
        self.normalizer, self.network, self.bound = normalizer, network, bound
        self.memory_kind, self.memory_width = kind, memory_width

    def forward(self, observation: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
        """Normalised actions (N, n) in [-1, 1] and the next memories (N, w).

        Args:
          observation: features (N, d).
          memory: (N, w), zeros where an episode begins.
        """
        mean, trace = self.network(self.normalizer(observation), memory)
        action = self.bound(mean)
        return action, remembered(trace, action)


def memory_width(policy: nn.Module) -> int:
    """Elements w of any policy's memory; 0 where it has none."""
    return int(getattr(policy, "memory_width", 0))


def answer(policy: nn.Module, observation: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
    """Actions (N, n) and next memories (N, w) of any policy, for features (N, d) and memories."""
    if memory_width(policy):
        return policy(observation, memory)
    return policy(observation), memory
