"""Running normalisation of observations and of value targets."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rl_manip_train.machine.data_parallel import ALONE, Team


class RunningNormalizer(nn.Module):
    """Scales to zero mean and unit variance with statistics of all that it was shown.

    Mean and variance of batches are merged by Chan et al.'s parallel formula (1979). The statistics
    are buffers: checkpoints and exports carry them, and only ``update`` changes them.

    Args:
      width: number of features d.
      clip: normalised values are clipped to plus or minus this; 0 for no clipping.
    """

    def __init__(self, width: int, clip: float = 0.0) -> None:
        super().__init__()
        self._clip = clip
        self.register_buffer("mean", torch.zeros(width, dtype=torch.float64))
        self.register_buffer("variance", torch.ones(width, dtype=torch.float64))
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        # float32 copies, so that the forward pass neither converts nor divides
        self.register_buffer("_shift", torch.zeros(width), persistent=False)
        self.register_buffer("_scale", torch.ones(width), persistent=False)
        self._register_load_state_dict_pre_hook(self._before_load)

    def _before_load(self, state_dict, prefix, *_) -> None:
        self.mean.copy_(state_dict[prefix + "mean"])
        self.variance.copy_(state_dict[prefix + "variance"])
        self._refresh()

    def _refresh(self) -> None:
        self._shift.copy_(self.mean)
        self._scale.copy_((self.variance + 1e-8).sqrt())

    @torch.no_grad()
    def restart(self) -> None:
        """Forget all batches: the next one alone gives the statistics."""
        self.count.zero_()

    @torch.no_grad()
    def update(self, batch: Tensor, team: Team = ALONE) -> None:
        """Merge the statistics of the whole team's ``batch`` (N, d).

        Rows that are not finite are left out.
        """
        batch = batch.to(torch.float64, copy=True)
        if not batch.sum().isfinite():  # one figure: to look at each takes as long as the rest
            batch = batch[batch.isfinite().all(dim=1)]
        size = torch.full_like(self.mean, len(batch))
        if len(batch):
            mean = batch.mean(dim=0)
            # a third of the time that var() takes, and no memory besides
            variance = batch.sub_(mean).square_().mean(dim=0)
            moments = torch.stack((size, mean, variance))
        else:
            moments = torch.stack((size, size, size))
        for size, mean, variance in team.stacked(moments):
            if size[0]:
                self._merge(size[0], mean, variance)
        self._refresh()

    def _merge(self, size: Tensor, mean: Tensor, variance: Tensor) -> None:
        """Merge mean and variance (d,) of ``size`` () rows."""
        total = self.count + size
        delta = mean - self.mean
        spread = self.variance * self.count + variance * size
        spread += delta.square() * self.count * size / total
        self.mean += delta * size / total
        self.variance.copy_(spread / total)
        self.count.copy_(total)

    def forward(self, value: Tensor) -> Tensor:
        """Normalised ``value`` (N, d)."""
        normalized = (value - self._shift) / self._scale
        return normalized.clamp(-self._clip, self._clip) if self._clip else normalized

    def denormalize(self, normalized: Tensor) -> Tensor:
        """The value (N, d) whose normalised form this is, clipping aside."""
        return normalized * self._scale + self._shift
