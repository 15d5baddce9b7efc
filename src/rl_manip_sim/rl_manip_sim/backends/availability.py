"""What a backend needs, and which of it is missing here."""

from __future__ import annotations

import importlib.util
import os
import sys

import torch

from rl_manip_sim import isaacgym_import

WARP_DEVICE_VARIABLE = "RL_MANIP_WARP_DEVICE"
"""Environment variable: "cpu" runs mujoco_warp on Warp's CPU device, slowly, to check it."""


NO_GPU = f"torch {torch.__version__} sees no NVIDIA GPU; check nvidia-smi and torch's build"


def warp_device() -> str:
    """Device that mujoco_warp runs on: "cuda", unless the environment says "cpu"."""
    return os.environ.get(WARP_DEVICE_VARIABLE, "cuda")


def what_is_missing(backend: str) -> str:
    """What this machine and interpreter lack for a backend, as a clause; empty for nothing."""
    if backend == "isaacgym":
        return _missing_for_isaacgym()
    if backend == "mujoco_warp":
        return _missing_for_mujoco_warp()
    if sys.version_info < (3, 11) or not _is_installed("mujoco.batch"):
        return (
            f"it needs MuJoCo 4, and with it Python 3.11 or newer; this is Python "
            f"{sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"
        )
    return ""


def _missing_for_isaacgym() -> str:
    if isaacgym_import.problem:
        return isaacgym_import.problem
    if not torch.cuda.is_available():
        return NO_GPU
    return ""


def _missing_for_mujoco_warp() -> str:
    for module in ("warp", "mujoco_warp"):
        if not _is_installed(module):
            return (
                f"the package {module.replace('_', '-')} is missing in {sys.executable}; MuJoCo "
                "Warp needs Python 3.11 or newer"
            )
    if warp_device() != "cpu" and not torch.cuda.is_available():
        return f"{NO_GPU}, or try it slowly on the CPU with {WARP_DEVICE_VARIABLE}=cpu"
    return ""


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # a parent package is missing
        return False
