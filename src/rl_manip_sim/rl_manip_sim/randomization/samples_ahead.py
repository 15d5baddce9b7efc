"""Physics and signal paths drawn for many episodes at once, handed out as these begin."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_sim.signals.signal_path import SignalSample

BATCH = 256
"""Episodes drawn for at once: their draws cost hardly more than those for one."""
NOMINAL: Dict[str, float] = {
    item.name: item.metadata["nominal"] for item in dataclasses.fields(RandomizationCfg)
}


class SamplesAhead:
    """Hands out what ``RandomizationCfg.draw`` draws, in order; see there.

    Args:
      num_joints: joints n of the arm.
      num_links: moving links m of the arm.
      generator: every figure is drawn from it.
      scene: whose objects are drawn.
      eased_share: share of the environments whose figures are all brought nearer to nominal, each
        environment's by a share of its own [1]; see ``eased``.
    """

    def __init__(
        self,
        num_joints: int,
        num_links: int,
        generator: torch.Generator,
        scene: Scene,
        eased_share: float = 0.0,
    ) -> None:
        self._num_joints, self._num_links = num_joints, num_links
        self._generator, self._scene = generator, scene
        self._eased_share = eased_share
        self._ranges: Optional[RandomizationCfg] = None
        self._physics: Optional[PhysicsSample] = None
        self._signal: Optional[SignalSample] = None
        self._used = 0

    def take(self, ranges: RandomizationCfg, count: int) -> Tuple[PhysicsSample, SignalSample]:
        """Samples of ``count`` environments from ``ranges``; other ranges than last discard."""
        same = ranges is self._ranges or ranges == self._ranges
        if not same or self._used + count > len(self._signal.action_delay):
            self._physics, self._signal = ranges.draw(
                max(count, BATCH), self._num_joints, self._num_links, self._generator, self._scene
            )
            self._ranges, self._used = ranges, 0
            if self._eased_share:
                self._ease()
        rows = slice(self._used, self._used + count)
        self._used += count
        return _rows(self._physics, rows), _rows(self._signal, rows)

    def _ease(self) -> None:
        """Ease some of the environments drawn; one in two of them by more than three quarters."""
        like = self._signal.action_delay
        drawn, share = torch.rand(2, *like.shape, generator=self._generator, device=like.device)
        share = share.square().masked_fill(drawn >= self._eased_share, 1.0)
        self._physics, self._signal = eased(self._physics, share), eased(self._signal, share)

    def state_dict(self) -> Dict[str, Any]:
        """What is drawn and not handed out yet; the generator is the owner's."""
        if self._ranges is None:
            return {}
        left = slice(self._used, None)
        return {
            "ranges": self._ranges.to_dict(),
            "physics": _as_dict(_rows(self._physics, left)),
            "signal": _as_dict(_rows(self._signal, left)),
        }

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on with what ``state`` has left."""
        self._ranges, self._used = None, 0
        if state:
            self._ranges = RandomizationCfg.from_dict(state["ranges"])
            physics, signal = state["physics"], state["signal"]
            self._physics = PhysicsSample(*map(physics.get, PhysicsSample._fields))
            self._signal = SignalSample(*map(signal.get, SignalSample._fields))


def eased(sample: NamedTuple, share: Tensor) -> Any:
    """The sample of k environments, its figures at ``share`` (k,) of the way from nominal [1]."""
    return sample._replace(
        **{
            name: NOMINAL[name] + share.view(-1, *[1] * (value.dim() - 1)) * (value - NOMINAL[name])
            for name, value in sample._asdict().items()
            if value is not None and name in NOMINAL
        }
    )


def _rows(sample: NamedTuple, rows: slice) -> Any:
    return type(sample)(*(None if value is None else value[rows] for value in sample))


def _as_dict(sample: NamedTuple) -> Dict[str, Tensor]:
    return {k: value.clone() for k, value in sample._asdict().items() if value is not None}
