"""Misuses of the stand-in that it has to refuse; prints how many it did."""
# isort: skip_file

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from isaacgym import gymapi, gymtorch
import rl_manip_sim.backends.isaacgym.isaacgym_batch as backend
from rl_manip_description import load_arm
from rl_manip_sim.backends.isaacgym import isaacgym_scene
from rl_manip_sim.backends.isaacgym.isaacgym_objects import CYLINDER_URDF
from rl_manip_sim.models.scene import Scene
import torch

isaacgym_scene.DEVICE = "cpu"


def refused(misuse) -> bool:
    """Whether a call is refused."""
    try:
        misuse()
    except gymapi.MisuseError:
        return True
    return False


def set_states(sim, states, actors):
    """The setter with descriptors of two tensors."""
    scene = sim._scene
    scene.gym.set_dof_state_tensor_indexed(
        scene.sim, gymtorch.unwrap_tensor(states), gymtorch.unwrap_tensor(actors), len(actors)
    )


def drop_a_target(sim):
    """Targets that nothing holds when the step is made."""
    scene = sim._scene
    scene.gym.set_dof_position_target_tensor(
        scene.sim, gymtorch.unwrap_tensor(torch.zeros(sim.num_envs, 6))
    )
    scene.gym.simulate(scene.sim)


def set_twice(sim):
    """The same setter twice before a step."""
    ids = torch.tensor([0], dtype=torch.int32)
    set_states(sim, sim._state.dofs, ids)
    set_states(sim, sim._state.dofs, ids)


def set_roots(sim, roots, actors):
    """The setter of actors' bases; None for the simulation's own."""
    scene, roots = sim._scene, sim._state.roots if roots is None else roots
    scene.gym.set_actor_root_state_tensor_indexed(
        scene.sim, gymtorch.unwrap_tensor(roots), gymtorch.unwrap_tensor(actors), len(actors)
    )


def set_root_twice(sim):
    """The same setter twice before a step, for an object each."""
    for actor in (1, 3):
        set_roots(sim, None, torch.tensor([actor], dtype=torch.int32))


def add_later(scene):
    """An actor for an environment after the next one is begun."""
    scene.gym.create_actor(
        scene.envs[0], scene.robot.asset, gymapi.Transform(), "second", group=0, filter=0
    )


def move_the_center(sim):
    """A centre of mass elsewhere."""
    scene = sim._scene
    (body,) = scene.gym.get_actor_rigid_body_properties(scene.envs[0], scene.objects[0])
    body.com = gymapi.Vec3(0.01, 0.0, 0.0)
    scene.gym.set_actor_rigid_body_properties(scene.envs[0], scene.objects[0], [body], False)


def capsule(scene):
    """A cylinder as what it is not."""
    options = gymapi.AssetOptions()
    options.linear_damping, options.replace_cylinder_with_capsule = 0.0, True
    with tempfile.TemporaryDirectory() as folder:
        text = CYLINDER_URDF.format(radius=0.02, length=0.05)
        Path(folder, "cylinder.urdf").write_text(text)
        scene.gym.load_asset(scene.sim, folder, "cylinder.urdf", options)


def main() -> None:
    """Try each on a fresh simulation."""
    arm = load_arm("ur5e")

    def fresh():
        return backend.IsaacGymBatchSim(arm, 2, 0.04, 0.01)

    def handling():
        gripping = load_arm("ur5e", gripper="robotiq_2f85")
        sim = backend.IsaacGymBatchSim(gripping, 2, 0.04, 0.01, Scene(("box",)))
        sim.reset(torch.arange(2), torch.zeros(2, 6))
        return sim

    def index(actor, dtype=torch.int32):
        return torch.tensor([actor], dtype=dtype)

    early = isaacgym_scene.build_scene(arm, 2, 0.01)
    options = gymapi.AssetOptions()
    misuses = {
        "tensors before prepare_sim": lambda: early.gym.acquire_dof_state_tensor(early.sim),
        "int64 indices": lambda: set_states(fresh(), fresh()._state.dofs, index(0, torch.int64)),
        "a view": lambda: gymtorch.unwrap_tensor(torch.zeros(4, 2)[:, 0]),
        "float64": lambda: set_states(fresh(), torch.zeros(2, 6, 2).double(), index(0)),
        "a dropped tensor": lambda: drop_a_target(fresh()),
        "a setter twice": lambda: set_twice(fresh()),
        "an attribute that there is not": lambda: setattr(options, "fixed_base", True),
        "int64 indices of objects": lambda: set_roots(handling(), None, index(1, torch.int64)),
        "a row for one actor only": lambda: set_roots(handling(), torch.zeros(1, 13), index(1)),
        "a base that is fixed": lambda: set_roots(handling(), None, index(0)),
        "joints of an object": lambda: set_states(handling(), torch.zeros(2, 8, 2), index(1)),
        "a quaternion of length 0": lambda: set_roots(handling(), torch.zeros(4, 13), index(1)),
        "an object set twice": lambda: set_root_twice(handling()),
        "an actor too late": lambda: add_later(early),
        "a centre of mass that moves": lambda: move_the_center(handling()),
        "a cylinder as a capsule": lambda: capsule(early),
        "a box without width": lambda: early.gym.create_box(
            early.sim, 0.0, 0.1, 0.1, gymapi.AssetOptions()
        ),
    }
    for name, misuse in misuses.items():
        print(name, "refused" if refused(misuse) else "TAKEN")


if __name__ == "__main__":
    main()
