"""Misuses of the stand-in that it has to refuse; prints how many it did."""
# isort: skip_file

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from isaacgym import gymapi, gymtorch
import gym_sim
import rl_manip_sim.backends.isaacgym.isaacgym_batch as backend
from rl_manip_description import load_arm
from rl_manip_sim.backends.isaacgym import isaacgym_scene
from rl_manip_sim.backends.isaacgym.isaacgym_objects import CYLINDER_URDF, nominal_objects
from rl_manip_sim.models.scene import Scene
import torch

torch.cuda.current_device = lambda: 0
isaacgym_scene.tensor_device = lambda: torch.device("cpu")


def refused(misuse) -> bool:
    """Whether a call is refused."""
    try:
        misuse()
    except gymapi.MisuseError:
        return True
    return False


def set_states(sim, states, actors):
    """The setter with descriptors of two tensors; None for the simulation's own states."""
    scene, states = sim._scene, sim._state.dofs if states is None else states
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


def move_the_center(scene):
    """A centre of mass elsewhere."""
    (body,) = scene.gym.get_actor_rigid_body_properties(scene.envs[0], scene.objects[0])
    body.com = gymapi.Vec3(0.01, 0.0, 0.0)
    scene.gym.set_actor_rigid_body_properties(scene.envs[0], scene.objects[0], [body], False)


def change(sim, what, *more):
    """Properties of the kind ``what``, set again as they are once the simulation is prepared."""
    scene = sim._scene
    handle = scene.envs[0], scene.arms[0]
    values = getattr(scene.gym, f"get_actor_{what}_properties")(*handle)
    getattr(scene.gym, f"set_actor_{what}_properties")(*handle, values, *more)


def overcrowd(scene):
    """A material for every shape of the object, and room for one."""
    gym_sim.MATERIALS = 1
    try:
        scene.gym.prepare_sim(scene.sim)
    finally:
        gym_sim.MATERIALS = 64_000


def simulation(**physx):
    """A simulation of its own, with other parameters of PhysX."""
    parameters = isaacgym_scene._parameters(0.01)
    for name, value in physx.items():
        setattr(parameters.physx, name, value)
    gymapi.acquire_gym().create_sim(0, -1, gymapi.SIM_PHYSX, parameters)


def capsule(scene):
    """A cylinder as what it is not."""
    options = gymapi.AssetOptions()
    options.linear_damping, options.replace_cylinder_with_capsule = 0.0, True
    options.thickness = 0.0
    with tempfile.TemporaryDirectory() as folder:
        text = CYLINDER_URDF.format(radius=0.02, length=0.05)
        Path(folder, "cylinder.urdf").write_text(text)
        scene.gym.load_asset(scene.sim, folder, "cylinder.urdf", options)


def main() -> None:
    """Try each on a fresh simulation."""
    arm = load_arm("ur5e")

    gripping, objects = load_arm("ur5e", gripper="robotiq_2f85"), Scene(("box",))

    def fresh():
        sim = backend.IsaacGymBatchSim(arm, 2, 0.04, 0.01)
        sim.reset(torch.arange(2), torch.zeros(2, 6))
        return sim

    def handling():
        sim = backend.IsaacGymBatchSim(gripping, 2, 0.04, 0.01, objects)
        sim.reset(torch.arange(2), torch.zeros(2, 6))
        return sim

    def early():
        return isaacgym_scene.build_scene(gripping, 2, 0.01, nominal_objects(objects, 2))

    def box(width, **given):
        options = gymapi.AssetOptions()
        for name, value in {"thickness": 0.001, **given}.items():
            setattr(options, name, value)
        scene = early()
        scene.gym.create_box(scene.sim, width, 0.1, 0.1, options)

    def index(actor, dtype=torch.int32):
        return torch.tensor([actor], dtype=dtype)

    def early_tensors():
        scene = early()
        scene.gym.acquire_dof_state_tensor(scene.sim)

    options = gymapi.AssetOptions()
    misuses = {
        "tensors before prepare_sim": early_tensors,
        "int64 indices": lambda: set_states(fresh(), None, index(0, torch.int64)),
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
        "an actor too late": lambda: add_later(early()),
        "a centre of mass that moves": lambda: move_the_center(early()),
        "a cylinder as a capsule": lambda: capsule(early()),
        "a box without width": lambda: box(0.0),
        "a box in a thick shell": lambda: box(0.1, thickness=0.02),
        "masses after set-up": lambda: change(fresh(), "rigid_body", False),
        "materials after set-up": lambda: change(fresh(), "rigid_shape"),
        "joints after set-up": lambda: change(fresh(), "dof"),
        "more materials than there is room for": lambda: overcrowd(early()),
        "small buffers": lambda: simulation(default_buffer_size_multiplier=1.0),
        "overlaps that burst": lambda: simulation(max_depenetration_velocity=100.0),
        "friction of far contacts": lambda: simulation(friction_offset_threshold=0.04),
        "one friction for a whole pad": lambda: simulation(friction_correlation_distance=0.025),
        "contacts of all substeps": lambda: simulation(contact_collection=gymapi.CC_ALL_SUBSTEPS),
        "a second simulation": lambda: (early(), early()),
    }
    for name, misuse in misuses.items():
        gym_sim.Sim.alive.clear()  # each as in a process of its own
        print(name, "refused" if refused(misuse) else "TAKEN")


if __name__ == "__main__":
    main()
