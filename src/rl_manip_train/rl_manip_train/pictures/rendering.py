"""Pictures of the arm at work."""

from __future__ import annotations

from typing import Iterator, List, Sequence

import mujoco
import numpy as np
import torch

from rl_manip_description import Arm
from rl_manip_sim.models.arm_model import TABLE_GEOM, build_arm_spec
from rl_manip_sim.models.gripper_model import FINGERS, OBJECT
from rl_manip_sim.models.hole_geometry import WALLS
from rl_manip_sim.models.object_solids import geom_size
from rl_manip_sim.models.peg_model import BLOCK, shape_peg_and_hole
from rl_manip_sim.models.scene import EMPTY, HOLE_SHAPES, OBJECT_SHAPES, Scene
from rl_manip_sim.models.support_model import SUPPORT
from rl_manip_train.pictures.graphics import no_graphics
from rl_manip_train.pictures.recording import Handled, Hole, Moment

GOAL_COLOR = (0.10, 0.70, 0.30, 0.40)
GOAL_RADII = (0.02, 0.05)  # [m], how near the tool must come, and a halo that is easily seen
PATH_COLOR = (0.95, 0.45, 0.10)
PATH_RADIUS = 0.004  # [m]
PATH_LENGTH = 40  # moments after which the path has faded
POST_COLOR = (0.55, 0.56, 0.58, 1.0)
HOLE_DISTANCE, HOLE_ELEVATION = 0.46, -32.0  # of the camera that looks at a hole [m], [degrees]
BACKGROUND = (0.93, 0.945, 0.96)
TABLE_COLOR = (0.80, 0.72, 0.60, 1.0)
TABLE_THICKNESS = 0.03  # [m]
DRAWN_GROUP = 1  # the group of a URDF's visual shapes; its collision shapes are in group 0


class ArmPainter:
    """Draws an arm on a table, its goal and the path of its tool.

    Args:
      arm: which arm.
      width, height: of the pictures [pixels].
      scene: what stands on the table.

    Raises:
      GraphicsError: this machine has no OpenGL that can draw.
    """

    def __init__(self, arm: Arm, width: int, height: int, scene: Scene = EMPTY) -> None:
        spec = build_arm_spec(arm, timestep=0.01, scene=scene)
        _dress(spec, arm.workspace.outer_radius, width, height)
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        try:
            self._renderer = mujoco.Renderer(self._model, height, width)
        # each OpenGL binding raises classes of its own
        except Exception as error:
            raise no_graphics(error) from error
        self._camera = _camera(arm)
        self._goal_radii = GOAL_RADII
        if scene.has_object:
            reach = arm.workspace.outer_radius
            self._camera.lookat[:] = (0.55 * reach, 0.0, 0.22 * reach)
            self._camera.distance = 1.9 * reach
            self._goal_radii = (0.025,)  # within which the object must be put
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = 0
        self._options.geomgroup[DRAWN_GROUP] = 1

    def paint(self, moments: Sequence[Moment]) -> Iterator[np.ndarray]:
        """A picture (height, width, 3) uint8 of each moment, in order."""
        for index, moment in enumerate(moments):
            self._data.qpos[: len(moment.joint_position)] = moment.joint_position
            if moment.handled is not None:
                self._place(moment.handled)
            if moment.hole is not None:
                self._place_hole(moment.hole)
                self._look_at(moment.hole)
            mujoco.mj_kinematics(self._model, self._data)
            mujoco.mj_camlight(self._model, self._data)
            self._renderer.update_scene(self._data, self._camera, self._options)
            if moment.hole is not None:  # the hole is the goal, and a path would hide it
                self._add_post(moment.hole)
            else:
                recent = moments[max(0, index - PATH_LENGTH) : index + 1]
                self._add_path([one for one in recent if one.episode == moment.episode])
                for radius in self._goal_radii:
                    self._add_sphere(moment.goal_position, radius, GOAL_COLOR)
            yield self._renderer.render()

    def _place(self, handled: Handled) -> None:
        """Fingers, object and support where they were, as large as they were."""
        x, y, z, w = handled.object_pose[3:]
        for finger in FINGERS:
            self._data.joint(finger).qpos[0] = handled.opening / 2.0
        self._data.joint(OBJECT).qpos[:] = (*handled.object_pose[:3], w, x, y, z)
        name, geom = OBJECT_SHAPES[handled.object_shape], self._model.geom(OBJECT)
        geom.type[0] = getattr(mujoco.mjtGeom, f"mjGEOM_{name.upper()}")
        shape, size = (
            torch.tensor([value], device="cpu")
            for value in (handled.object_shape, handled.object_size.tolist())
        )
        geom.size[:] = geom_size(shape, size)[0]
        if handled.support_pose is not None:
            x, y, z, w = handled.support_pose[3:]
            self._data.joint(SUPPORT).qpos[:] = (*handled.support_pose[:3], w, x, y, z)
            self._model.geom(SUPPORT).size[:] = handled.support_size

    def _place_hole(self, hole: Hole) -> None:
        """The block where it was; hole and peg as they were."""
        x, y, z, w = hole.pose[3:]
        block = self._model.body(BLOCK).mocapid[0]
        self._data.mocap_pos[block], self._data.mocap_quat[block] = hole.pose[:3], (w, x, y, z)
        shape_peg_and_hole(self._model, HOLE_SHAPES[hole.shape], hole.clearance)
        first = self._model.geom("wall_0").id
        for wall in range(WALLS):
            # walls overlap, and light counts twice where faces of two lie in one plane
            self._model.geom_size[first + wall] *= 1.0 - 0.004 * ((wall + wall // 4) % 4)

    def _look_at(self, hole: Hole) -> None:
        """From beyond the hole and from its side, so that the arm is behind the peg."""
        x, y = hole.pose[:2]
        self._camera.lookat[:] = hole.pose[:3] + (0.0, 0.0, 0.03)
        self._camera.distance, self._camera.elevation = HOLE_DISTANCE, HOLE_ELEVATION
        self._camera.azimuth = np.degrees(np.arctan2(y, x)) + 140.0

    def close(self) -> None:
        """Give the graphics memory back."""
        self._renderer.close()

    def _add_sphere(self, position: np.ndarray, radius: float, rgba: Sequence[float]) -> None:
        geom = self._new_geom(mujoco.mjtGeom.mjGEOM_SPHERE, rgba)
        geom.size[:] = radius
        geom.pos[:] = position

    def _add_post(self, hole: Hole) -> None:
        if hole.post is not None:
            geom = self._new_geom(mujoco.mjtGeom.mjGEOM_CYLINDER, POST_COLOR)
            geom.pos[:], geom.size[:] = hole.post

    def _add_path(self, moments: List[Moment]) -> None:
        for age, (newer, older) in enumerate(zip(moments[:0:-1], moments[-2::-1])):
            fade = 1.0 - age / PATH_LENGTH
            geom = self._new_geom(mujoco.mjtGeom.mjGEOM_CAPSULE, (*PATH_COLOR, 0.9 * fade))
            mujoco.mjv_connector(
                geom,
                mujoco.mjtGeom.mjGEOM_CAPSULE,
                PATH_RADIUS,
                older.tool_position.astype(np.float64),
                newer.tool_position.astype(np.float64),
            )

    def _new_geom(self, kind: mujoco.mjtGeom, rgba: Sequence[float]) -> mujoco.MjvGeom:
        scene = self._renderer.scene
        geom = scene.geoms[scene.ngeom]
        scene.ngeom += 1
        mujoco.mjv_initGeom(
            geom, kind, np.zeros(3), np.zeros(3), np.eye(3).ravel(), np.float32(rgba)
        )
        geom.category = mujoco.mjtCatBit.mjCAT_DECOR  # casts no shadow
        return geom


def _camera(arm: Arm) -> mujoco.MjvCamera:
    """In front of the arm, to its left and above, at a distance that shows its reach."""
    camera = mujoco.MjvCamera()
    reach = arm.workspace.outer_radius
    camera.lookat[:] = (0.28 * reach, 0.0, 0.42 * reach)
    camera.distance, camera.azimuth, camera.elevation = 2.6 * reach, 140.0, -20.0
    return camera


def _dress(spec: mujoco.MjSpec, reach: float, width: int, height: int) -> None:
    """Soft light, a bright room, and a table that one sees as such."""
    visual = spec.visual
    visual.global_.offwidth, visual.global_.offheight = width, height
    visual.quality.shadowsize, visual.quality.offsamples = 2048, 4
    visual.headlight.ambient[:] = 0.48
    visual.headlight.diffuse[:] = 0.30
    visual.headlight.specular[:] = 0.0
    visual.map.shadowclip = 2.0 * reach
    spec.add_texture(
        name="background",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT,
        rgb1=BACKGROUND,
        rgb2=BACKGROUND,
        width=64,
        height=64 * 6,
    )
    world = spec.worldbody
    world.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        pos=[0.5, -0.5, 2.5],
        dir=[-0.3, 0.25, -1.0],
        diffuse=[0.50, 0.50, 0.48],
        specular=[0.15, 0.15, 0.15],
        castshadow=True,
    )
    table = spec.geom(TABLE_GEOM)
    table.type = mujoco.mjtGeom.mjGEOM_BOX
    table.size = [0.72 * reach, 1.05 * reach, TABLE_THICKNESS / 2.0]
    table.pos = [0.34 * reach, 0.0, -TABLE_THICKNESS / 2.0]
    table.rgba = TABLE_COLOR
    table.group = DRAWN_GROUP
