"""What an off-policy learner learns from: its own steps, and those of a guide kept beside them."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

import torch
from torch import Tensor

from rl_manip_train.algorithms.storage.hindsight import Hindsight
from rl_manip_train.algorithms.storage.replay import (
    Batch,
    LearnerStateError,
    Replay,
    Transition,
)


class Drawn(NamedTuple):
    """B starts of up to n steps each."""

    batch: Batch
    guided: Tensor  # (B,) bool: the guide made the first step


class Experience:
    """A replay of the learner's own and, where there is a guide, one of the guide's.

    The guide's steps are never overwritten, and half of what is drawn are theirs (Ball et al.,
    2023): however much the learner does on its own, it keeps seeing where the goal is met.

    Args:
      own_steps, guided_steps: steps of each environment that are kept; no guide with 0.
      like: a transition that gives number, widths and device.
      hindsight: judges some of them by goals that were achieved later; None for none.
    """

    def __init__(
        self,
        own_steps: int,
        guided_steps: int,
        like: Transition,
        hindsight: Optional[Hindsight] = None,
    ) -> None:
        self._hindsight = hindsight
        self.own = Replay(own_steps, like)
        self.guides = Replay(guided_steps, like) if guided_steps else None

    def __len__(self) -> int:
        """Transitions that are kept."""
        return len(self.own) + (0 if self.guides is None else len(self.guides))

    def sample(self, size: int, n: int, discount: float, generator: torch.Generator) -> Drawn:
        """Draw ``size`` starts of up to ``n`` steps, half of them the guide's, in random order.

        See ``Replay.sample``.
        """
        how = (n, discount, generator, self._hindsight)
        if self.guides is None:
            batch = self.own.sample(size, *how)
            return Drawn(batch, torch.zeros_like(batch.bootstrap, dtype=torch.bool))
        own, guides = self.own.sample(size // 2, *how), self.guides.sample(size - size // 2, *how)
        count = len(own.action) + len(guides.action)
        order = torch.randperm(count, generator=generator, device=generator.device)
        batch = Batch(*(torch.cat(pair)[order] for pair in zip(own, guides)))
        return Drawn(batch, order >= len(own.action))

    def cut(self) -> None:
        """See ``Replay.cut``."""
        for replay in self._replays().values():
            replay.cut()

    def state_dict(self) -> Dict:
        """What is kept, for a checkpoint; as large as what is filled."""
        return {name: replay.state_dict() for name, replay in self._replays().items()}

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``.

        Raises:
          LearnerStateError: it is of another size.
        """
        replays = self._replays()
        if set(state) != set(replays):
            held = "holds" if "guides" in state else "holds no"
            raise LearnerStateError(
                f"the checkpoint {held} steps of a guide; give the sac.guided_steps that it was "
                "trained with to resume it"
            )
        for name, replay in replays.items():
            replay.load_state_dict(state[name])

    def _replays(self) -> Dict[str, Replay]:
        guides = {} if self.guides is None else {"guides": self.guides}
        return {"own": self.own, **guides}
