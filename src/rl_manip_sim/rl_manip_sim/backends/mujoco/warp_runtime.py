"""Warp as this workspace uses it: set up, and work that a GPU replays as one graph."""

from __future__ import annotations

from typing import Callable

import torch
import warp as wp


def start_warp(device: torch.device) -> None:
    """Quiet, and on the CPU with kernels that compile in half a minute instead of more than one."""
    wp.config.log_level = wp.LOG_WARNING
    if device.type == "cpu":
        # the CPU device is for checking: compiling costs more than faster kernels save
        wp.config.optimization_level = 0
    wp.init()


class Replayed:
    """Work on Warp arrays: captured once as a CUDA graph and replayed, plain on the CPU.

    Args:
      work: launches kernels, always the same ones on the same arrays.
      device: that the arrays are on.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self._work, self._graph, self._device = work, None, device
        if device.type == "cuda":
            with wp.ScopedDevice(str(device)):
                work()  # loads the kernels
                with wp.ScopedCapture() as capture:
                    work()
            self._graph = capture.graph

    def __call__(self) -> None:
        """Do the work, in order with torch's on the same device."""
        if self._graph is None:
            self._work()
        else:
            stream = torch.cuda.current_stream(self._device)
            wp.capture_launch(self._graph, stream=wp.stream_from_torch(stream))
