"""Counts what the host would have to wait for if the tensors were on a GPU."""

from __future__ import annotations

import traceback
from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode

ASKING = ("_local_scalar_dense", "nonzero", "equal", "masked_select", "is_nonzero")
"""Operations whose result, or its shape, the host has to know."""


class HostWaits(TorchDispatchMode):
    """Counts them within its context, by the line of this workspace that asks."""

    def __init__(self):
        super().__init__()
        self.by_line = Counter()

    @property
    def count(self):
        """How many."""
        return sum(self.by_line.values())

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        # a mask in place of indices: how many there are decides the shape of what comes out
        masked = name in ("index", "index_put_", "index_put") and any(
            mask is not None and mask.dtype == torch.bool for mask in args[1]
        )
        if name in ASKING or masked:
            self.by_line[_line()] += 1
        return func(*args, **(kwargs or {}))


def _line():
    frames = [frame for frame in traceback.extract_stack() if "rl_manip" in frame.filename]
    own = [frame for frame in frames if "/test/" not in frame.filename]
    frame = (own or frames)[-1]
    return f"{frame.filename.rsplit('/', 1)[1]}:{frame.lineno} {frame.line}"
