"""Counts what host and device would have to do if the tensors were on a GPU: waits, launches."""

from __future__ import annotations

import traceback
from collections import Counter

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

ASKING = ("_local_scalar_dense", "nonzero", "equal", "masked_select", "is_nonzero")
"""Operations whose result, or its shape, the host has to know."""
DOWN = ("cpu", "numpy", "tolist")
"""Methods of tensors that bring them to the host."""
UP = ("as_tensor", "tensor", "from_numpy")
"""Functions that make tensors of what the host has."""


class ByLine:
    """Counts within its context, by the line of this workspace that asks."""

    def __init__(self):
        super().__init__()
        self.by_line = Counter()

    @property
    def count(self):
        """How many."""
        return sum(self.by_line.values())

    def note(self):
        """One more."""
        frames = [frame for frame in traceback.extract_stack() if "rl_manip" in frame.filename]
        own = [frame for frame in frames if "/test/" not in frame.filename]
        frame = (own or frames)[-1]
        self.by_line[f"{frame.filename.rsplit('/', 1)[1]}:{frame.lineno} {frame.line}"] += 1


class HostWaits(ByLine, TorchDispatchMode):
    """Waits for a figure, or for the shape of what is computed."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        # a mask in place of indices: how many there are decides the shape of what comes out
        masked = name in ("index", "index_put_", "index_put") and any(
            mask is not None and mask.dtype == torch.bool for mask in args[1]
        )
        if name in ASKING or masked:
            self.note()
        return func(*args, **(kwargs or {}))


class Transfers(ByLine, TorchFunctionMode):
    """Copies between host and device, where a backend's tensors are on one.

    Those of a backend on the CPU share memory with numpy.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", "")
        if name in DOWN or (name in UP and not isinstance(args[0], torch.Tensor)):
            self.note()
        return func(*args, **(kwargs or {}))


def noted_launches(patch):
    """Names of the kernels that Warp launches from now on, until the patch is undone."""
    import warp as wp

    names, launch = [], wp.launch

    def noted(kernel, *args, **more):
        names.append(kernel.key)
        return launch(kernel, *args, **more)

    patch.setattr(wp, "launch", noted)
    return names
