"""Whether a spec fits a network and a task; where it does not, a sentence and the sizes."""

from __future__ import annotations

from typing import List, Optional

from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec, ObservedInput
from rl_manip_train.policy.foreign.spec.quantities import QUANTITIES
from rl_manip_train.policy.foreign.spec.spec_values import SpecError
from rl_manip_train.tasks.task import Task

READABLE = ("joint_position", "joint_velocity", "goal_position", "goal_orientation")
"""Raw inputs that slices are made of."""
_IMPORTED = (
    f"import policies of tasks that read {', '.join(READABLE)} and use no gripper, such as reach"
)


def sizes(given: ObservedInput, takes: Optional[int]) -> str:
    """An input slice by slice, as a small table."""
    rows = [("slice", "from", "to", "size")]
    begin = 0
    for one in given.slices:
        width = one.width * one.history
        times = f"{one.width} x {one.history}" if one.history > 1 else str(one.width)
        rows.append((one.name, str(begin), str(begin + width - 1), times))
        begin += width
    rows.append(("sum of the spec", "", "", str(begin)))
    rows.append(("the network takes", "", "", "another size" if takes is None else str(takes)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([name.ljust(widths[0]), *map(str.rjust, numbers, widths[1:])])
        for name, *numbers in rows
    ]
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def misfit(given: ObservedInput, takes: Optional[int]) -> SpecError:
    """The error of a network that takes another number of values than the spec says."""
    said = "another number" if takes is None else str(takes)
    of = "" if given.name is None else f" for {given.name!r}"
    return SpecError(
        f"the spec's observation{of} has {given.width} numbers and the network takes {said};"
        f" correct the slices, whose sizes are\n{sizes(given, takes)}"
    )


def check_gripper(spec: ForeignSpec, gripper: Optional[str]) -> None:
    """Raise SpecError where the task's arm carries a gripper."""
    if gripper is not None or spec.arm.gripper is not None:
        raise SpecError(f"task is {spec.task}, whose arm carries a gripper; {_IMPORTED}")


def check_task(spec: ForeignSpec, task: Task) -> None:
    """Raise SpecError where the task does not give what the slices need."""
    given = [one.name for one in task.input_specs]
    strange = [name for name in given if name not in READABLE]
    if strange:
        raise SpecError(f"task is {spec.task}, which reads {strange[0]}; {_IMPORTED}")
    for one in spec.observation:
        lacking: List[str] = [name for name in QUANTITIES[one.name].needs if name not in given]
        if lacking:
            raise SpecError(
                f"{one.path} is {one.name}, and goals of the task {spec.task} have no "
                f"{lacking[0].partition('_')[2]}; give another task, or a constant for the slice"
            )
    if spec.tool.is_moved and "goal_orientation" not in given:
        raise SpecError(
            f"tool.position is {spec.tool.position.tolist()} m, and goals of the task {spec.task} "
            "say nothing of how a tool beside ours is turned; give a task such as reach_pose"
        )
    if spec.velocity_limit is not None:
        for name, wanted, most in zip(
            spec.arm.joint_names, spec.velocity_limit, task.velocity_limit.tolist()
        ):
            if not 0.0 < wanted <= most + 1e-6:
                raise SpecError(
                    f"velocity_limit of {name} is {wanted:g} rad/s, expected more than 0 and at "
                    f"most {most:g} rad/s, which {spec.task} allows"
                )
