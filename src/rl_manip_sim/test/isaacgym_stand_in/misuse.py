"""Misuses of the stand-in that it has to refuse; prints how many it did."""
# isort: skip_file

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from isaacgym import gymapi, gymtorch
import rl_manip_sim.backends.isaacgym_batch as backend
from rl_manip_description import load_arm
from rl_manip_sim.backends.isaacgym_scene import build_scene
import torch


def refused(misuse) -> bool:
    """Whether a call is refused."""
    try:
        misuse()
    except gymapi.MisuseError:
        return True
    return False


def set_states(sim, states, actors):
    """The setter with descriptors of two tensors."""
    gym = sim._gym
    gym.set_dof_state_tensor_indexed(
        sim._sim, gymtorch.unwrap_tensor(states), gymtorch.unwrap_tensor(actors), len(actors)
    )


def drop_a_target(sim):
    """Targets that nothing holds when the step is made."""
    sim._gym.set_dof_position_target_tensor(
        sim._sim, gymtorch.unwrap_tensor(torch.zeros(sim.num_envs, 6))
    )
    sim._gym.simulate(sim._sim)


def set_twice(sim):
    """The same setter twice before a step."""
    ids = torch.tensor([0], dtype=torch.int32)
    set_states(sim, sim._state, ids)
    set_states(sim, sim._state, ids)


def main() -> None:
    """Try each on a fresh simulation."""
    arm = load_arm("ur5e")

    def fresh():
        return backend.IsaacGymBatchSim(arm, 2, 0.04, 0.01)

    early = build_scene(arm, 1, 0.01)
    options = gymapi.AssetOptions()
    misuses = {
        "tensors before prepare_sim": lambda: early.gym.acquire_dof_state_tensor(early.sim),
        "int64 indices": lambda: set_states(fresh(), fresh()._state, torch.tensor([0])),
        "a view": lambda: gymtorch.unwrap_tensor(torch.zeros(4, 2)[:, 0]),
        "float64": lambda: set_states(
            fresh(), torch.zeros(2, 6, 2).double(), torch.tensor([0], dtype=torch.int32)
        ),
        "a dropped tensor": lambda: drop_a_target(fresh()),
        "a setter twice": lambda: set_twice(fresh()),
        "an attribute that there is not": lambda: setattr(options, "fixed_base", True),
    }
    for name, misuse in misuses.items():
        print(name, "refused" if refused(misuse) else "TAKEN")


if __name__ == "__main__":
    main()
