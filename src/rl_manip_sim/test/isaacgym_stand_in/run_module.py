"""`run_module.py NAME ARGUMENTS`: a module on the stand-in, as on a machine with a GPU."""
# isort: skip_file

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import rl_manip_sim  # noqa: F401  it imports isaacgym, which has to come before torch
from rl_manip_sim.backends.isaacgym import isaacgym_scene
import torch

torch.cuda.is_available = lambda: True
torch.set_default_tensor_type = lambda kind: None  # to one on the GPU
torch.cuda.current_device = lambda: 0
if hasattr(torch, "accelerator"):  # optimisers would ask a card that is not there for its streams
    torch.accelerator.current_accelerator = lambda check_available=False: None
isaacgym_scene.tensor_device = lambda: torch.device("cpu")  # where the stand-in has its tensors

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
