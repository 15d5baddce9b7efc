"""What a guide wanted in the states that were seen, and what the actor remembered in each."""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple

import torch
from torch import Tensor

from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.storage.replay import LearnerStateError


class Shown(NamedTuple):
    """B rows drawn of what was shown, for ``ActorCritic.mean_again``."""

    observation: Tensor  # (B, d) normalised by the present statistics
    wanted: Tensor  # (B, n) by the guide
    memory: Tensor  # (B, w) of the actor; of a recurrent one only each sequence's first state
    begins: Tensor  # (B,) bool: an episode begins here


class Demonstrations:
    """All steps of N environments, one after the other, N rows each.

    Memories are not stored: the former observations and actions stand in the rows before, and a
    recurrent actor's states are of weights that have changed since.

    Args:
      model: whose actor learns from them.
      num_envs: N.
      length: L, steps of the sequences that a recurrent actor learns from.
    """

    def __init__(self, model: ActorCritic, num_envs: int, length: int) -> None:
        self._model, self._num_envs, self._length = model, num_envs, length
        empty = model.log_std.detach()
        widths = {"seen": len(model.observation_normalizer.mean), "wanted": len(empty)}
        if model.memory_width:
            widths["acted"] = len(empty)
        self._parts: Dict[str, List[Tensor]] = {
            name: [empty.new_zeros(0, width)] for name, width in widths.items()
        }
        if model.memory_width:  # control steps since the episode began
            self._parts["age"] = [empty.new_zeros(0, dtype=torch.int32)]

    def __len__(self) -> int:
        """Rows."""
        return sum(map(len, self._parts["seen"]))

    def add(self, observation: Tensor, wanted: Tensor, action: Tensor, begins: Tensor) -> None:
        """Note one step.

        Args:
          observation: features (N, d).
          wanted: (N, n) by the guide.
          action: (N, n) that was made instead.
          begins: (N,) bool: an episode begins with this step.
        """
        self._parts["seen"].append(observation)
        self._parts["wanted"].append(wanted)
        if self._model.memory_width:
            self._parts["acted"].append(action.clamp(-1.0, 1.0))
            newest = self._parts["age"][-1][-self._num_envs :]
            older = newest + 1 if len(newest) else torch.zeros_like(begins, dtype=torch.int32)
            self._parts["age"].append(older.masked_fill(begins, 0))

    def newest(self, count: int) -> Tensor:
        """The last ``count`` observations, features (count, d)."""
        return self._whole("seen")[-count:]

    def draws(self, count: int, size: int, generator: torch.Generator) -> Iterator[Shown]:
        """``count`` times about ``size`` random rows, in whole sequences where these are needed."""
        if self._model.memory_kind.gru_width:
            yield from self._sequences(count, size, generator)
            return
        seen, wanted = self._whole("seen"), self._whole("wanted")
        for _ in range(count):
            rows = torch.randint(len(seen), (size,), generator=generator, device=seen.device)
            normalized = self._model.observation_normalizer(seen[rows])
            begins = torch.zeros_like(rows, dtype=torch.bool)
            yield Shown(normalized, wanted[rows], self._former(rows), begins)

    def _former(self, rows: Tensor) -> Tensor:
        """(B, w) the observations and actions before each row; zeros before an episode begins."""
        steps = self._model.memory_kind.history - 1
        if not steps:
            return self._parts["wanted"][0].new_zeros(len(rows), 0)
        back = torch.arange(steps, 0, -1, device=rows.device)
        before = (rows[:, None] - self._num_envs * back).clamp(min=0).flatten()
        normalized = self._model.observation_normalizer(self._whole("seen")[before])
        pairs = torch.cat((normalized, self._whole("acted")[before]), dim=1)
        too_old = back > self._whole("age")[rows][:, None]
        return pairs.view(len(rows), steps, -1).masked_fill(too_old[:, :, None], 0.0).flatten(1)

    def _sequences(self, count: int, size: int, generator: torch.Generator) -> Iterator[Shown]:
        """The same in sequences of L steps: all first steps, all second ones, and so on."""
        seen, wanted, acted, age = map(self._whole, ("seen", "wanted", "acted", "age"))
        num_envs, length = self._num_envs, self._length
        memories = self._memories()
        # of each sequence; what is over of former ones of another length stands in front
        first = torch.arange(len(seen) % (num_envs * length), len(seen), device=seen.device)
        first = first.view(-1, length, num_envs)[:, 0].flatten()
        later = num_envs * torch.arange(length, device=seen.device)[:, None]
        for _ in range(count):
            drawn = torch.randint(
                len(first), (max(1, size // length),), generator=generator, device=seen.device
            )
            rows = (first[drawn] + later).flatten()
            begins = age[rows] == 0
            memory = memories.new_zeros(len(rows), memories.shape[1])
            last_action = acted[(rows - num_envs).clamp(min=0)].masked_fill(begins[:, None], 0.0)
            memory[:, -last_action.shape[1] :] = last_action
            memory[: len(drawn)] = memories[drawn]
            normalized = self._model.observation_normalizer(seen[rows])
            yield Shown(normalized, wanted[rows], memory, begins)

    @torch.no_grad()
    def _memories(self) -> Tensor:
        """(S N, w) before each of S sequences, as the present weights would have them."""
        seen, acted, age = map(self._whole, ("seen", "acted", "age"))
        num_envs, model = self._num_envs, self._model
        steps = len(seen) // num_envs
        memory, kept = seen.new_zeros(num_envs, model.memory_width), []
        for step in range(steps):
            now = slice(step * num_envs, (step + 1) * num_envs)
            memory = memory.masked_fill((age[now] == 0)[:, None], 0.0)
            if (steps - step) % self._length == 0:
                kept.append(memory)
            normalized = model.observation_normalizer(seen[now])
            _, trace = model.actor(normalized, memory)
            memory = model.remembered(trace, acted[now], torch.zeros_like(age[now]).bool())
        return torch.cat(kept)

    def _whole(self, name: str) -> Tensor:
        """All rows of what has that name."""
        parts = self._parts[name]
        if len(parts) > 1:
            parts[:] = [torch.cat(parts)]
        return parts[0]

    def state_dict(self) -> Dict:
        """All that was shown, for a checkpoint."""
        shown = {name: self._whole(name) for name in self._parts}
        return {**shown, "num_envs": self._num_envs}

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``, which may hold more.

        Raises:
          LearnerStateError: the actor remembers, and it is of another number of environments.
        """
        if self._model.memory_width and state["num_envs"] != self._num_envs:
            raise LearnerStateError(
                f"the checkpoint holds what a guide showed in {state['num_envs']} environments, "
                f"expected {self._num_envs}; give the same num_envs to resume it"
            )
        for name, parts in self._parts.items():
            parts[:] = [state[name].to(parts[0].device)]
