"""Types, and the calls that set a simulation up; `gym_run` has those that run it."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field

import numpy as np

SIM_PHYSX, UP_AXIS_Z, DOMAIN_SIM, ENV_SPACE = "physx", "z", "sim", "env"
DOF_MODE_NONE, DOF_MODE_POS, DOF_MODE_VEL, DOF_MODE_EFFORT = range(4)
CC_NEVER, CC_LAST_SUBSTEP, CC_ALL_SUBSTEPS = range(3)

DOF_TYPE = np.dtype(
    [
        ("hasLimits", "?"),
        ("lower", "<f4"),
        ("upper", "<f4"),
        ("driveMode", "<i4"),
        ("velocity", "<f4"),
        ("effort", "<f4"),
        ("stiffness", "<f4"),
        ("damping", "<f4"),
        ("friction", "<f4"),
        ("armature", "<f4"),
    ]
)


class MisuseError(AssertionError):
    """The backend did what the real Isaac Gym does not forgive."""


def require(condition, sentence):
    """MisuseError with the sentence unless the condition holds."""
    if not condition:
        raise MisuseError(sentence)


class Strict:
    """Refuses attributes that the real class does not have."""

    def __setattr__(self, name, value):
        require(name in type(self).__annotations__, f"{type(self).__name__} has no {name}")
        object.__setattr__(self, name, value)


@dataclass
class Vec3(Strict):
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


@dataclass
class Quat(Strict):
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    w: float = 1.0


@dataclass
class Mat33(Strict):
    x: Vec3 = field(default_factory=Vec3)
    y: Vec3 = field(default_factory=Vec3)
    z: Vec3 = field(default_factory=Vec3)


@dataclass
class Transform(Strict):
    p: Vec3 = field(default_factory=Vec3)
    r: Quat = field(default_factory=Quat)


@dataclass
class PlaneParams(Strict):
    normal: Vec3 = field(default_factory=lambda: Vec3(0.0, 1.0, 0.0))
    distance: float = 0.0
    static_friction: float = 1.0
    dynamic_friction: float = 1.0
    restitution: float = 0.0


@dataclass
class PhysXParams(Strict):
    use_gpu: bool = False
    solver_type: int = 1
    num_position_iterations: int = 4
    num_velocity_iterations: int = 1
    contact_offset: float = 0.02
    rest_offset: float = 0.0
    max_gpu_contact_pairs: int = 1 << 20
    default_buffer_size_multiplier: float = 2.0
    max_depenetration_velocity: float = 100.0
    friction_offset_threshold: float = 0.04
    friction_correlation_distance: float = 0.025
    contact_collection: int = CC_ALL_SUBSTEPS


@dataclass
class SimParams(Strict):
    dt: float = 1.0 / 60.0
    substeps: int = 2
    up_axis: str = "y"
    gravity: Vec3 = field(default_factory=lambda: Vec3(0.0, -9.81, 0.0))
    use_gpu_pipeline: bool = False
    physx: PhysXParams = field(default_factory=PhysXParams)


@dataclass
class AssetOptions(Strict):
    fix_base_link: bool = False
    disable_gravity: bool = False
    collapse_fixed_joints: bool = False
    replace_cylinder_with_capsule: bool = False
    slices_per_cylinder: int = 20
    use_physx_armature: bool = True
    default_dof_drive_mode: int = DOF_MODE_NONE
    angular_damping: float = 0.5
    linear_damping: float = 0.0
    thickness: float = 0.02


@dataclass
class RigidBodyProperties(Strict):
    mass: float = 0.0
    com: Vec3 = field(default_factory=Vec3)
    inertia: Mat33 = field(default_factory=Mat33)


@dataclass
class RigidShapeProperties(Strict):
    friction: float = 1.0
    filter: int = 0


@dataclass
class IndexRange:
    start: int
    count: int


class Tensor:
    """A descriptor of memory: the simulation's own, or that of a torch tensor somewhere else."""

    def __init__(self, torch_tensor, owned=True):
        self._kept = torch_tensor if owned else None
        self._seen = weakref.ref(torch_tensor)

    @property
    def torch_tensor(self):
        """The tensor, if it still lives."""
        tensor = self._seen()
        require(tensor is not None, "a tensor was dropped before the step that uses it")
        return tensor


def acquire_gym():
    """The one Gym object."""
    from gym_run import Gym

    return Gym()
