"""What resets, randomisation and a second simulation come to on the stand-in, as JSON."""
# isort: skip_file

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1]))

from isaacgym import gymapi
import gym_run
import rl_manip_sim.backends.isaacgym.isaacgym_batch as backend
from rl_manip_description import load_arm
from rl_manip_sim.backends.isaacgym import isaacgym_scene
from rl_manip_sim.batch_sim import BackendError
from rl_manip_sim.contract.subject import physics
from rl_manip_sim.models.scene import Scene
from host_waits import HostWaits
import torch

CARD, COUNT = 3, 6
torch.cuda.current_device = lambda: CARD
OWN_CARD = isaacgym_scene.tensor_device()
isaacgym_scene.tensor_device = lambda: torch.device("cpu")
calls = []


class CountedGym(gym_run.Gym):
    """Notes the name of every call."""

    def __getattribute__(self, name):
        calls.append(name)
        return super().__getattribute__(name)


gymapi.acquire_gym = CountedGym


def names_of(work):
    """Names of the calls that ``work`` makes."""
    calls.clear()
    work()
    return list(calls)


def sample(sim, mass, friction):
    """Physics of every environment."""
    return physics(sim, link_mass_scale=mass, contact_friction=friction)._replace(
        object_shape=torch.zeros(COUNT, dtype=torch.int64),
        object_size=torch.full((COUNT, 3), 0.02),
        object_mass=torch.full((COUNT,), 0.3),
        object_friction=torch.as_tensor(friction).expand(COUNT).clone(),
    )


def story(arm, home):
    """What a simulation says and does, and another one that is made beside it."""
    sim = backend.IsaacGymBatchSim(arm, COUNT, 0.04, 0.01, Scene(("box",)))
    everyone, some = torch.arange(COUNT), torch.tensor([4, 1])
    sim.randomize(everyone, sample(sim, 1.1, 0.6 + 0.002 * torch.arange(COUNT)))
    simulated = sim._scene.sim
    told = {"card": simulated.device, "device": str(OWN_CARD)}
    sim.step(torch.zeros(COUNT, 6))
    steps = simulated.steps
    told["at a reset"] = names_of(lambda: sim.reset(some, home[:2]))
    told["steps at a reset"] = simulated.steps - steps
    later = []
    told["at a later randomisation"] = names_of(
        lambda: later.append(sim.randomize(everyone, sample(sim, 1.5, 0.9)))
    )
    told["mass reported later"] = later[0].link_mass_scale.unique().tolist()
    told["frictions"] = later[0].contact_friction.unique().tolist()
    rest = torch.zeros(COUNT, 6)
    with HostWaits() as waits:
        step = names_of(lambda: sim.step(rest))
    told["waits in a step after a reset"] = list(waits.by_line)
    told["arms placed in the step"] = simulated.placed
    told["placed in its simulation steps"] = step.count("set_dof_state_tensor_indexed")
    told["simulation steps"] = step.count("simulate")
    sim.reset(some, home[:2])
    sim.reset(some[:1], home[:1])
    with HostWaits() as waits:
        sim.step(rest)
    told["waits after two resets"] = waits.count
    told["arms placed after two resets"] = simulated.placed
    second = backend.IsaacGymBatchSim(arm, COUNT, 0.04, 0.01, Scene(("box",)))
    try:
        second.reset(everyone, home)
    except BackendError as error:
        told["a second one"] = str(error)
    return told, second


def main() -> None:
    """One simulation, its resets, and one more."""
    arm = load_arm("ur5e", gripper="robotiq_2f85")
    home = torch.tensor(arm.home, dtype=torch.float32).repeat(COUNT, 1)
    told, second = story(arm, home)
    second.reset(torch.arange(COUNT), home)
    told["a second one, later"] = len(gym_run.Sim.alive)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
