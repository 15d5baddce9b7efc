"""`ros2 run rl_manip_gap identify BAG… -o DIR`: an arm's parameters, and ranges to train with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence, Tuple

import tyro
from typing_extensions import Annotated

from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.commands import run_command
from rl_manip_gap.identify.acceptance import check_fit, check_followed, doubts
from rl_manip_gap.identify.against_policy import identified_beside_training, told
from rl_manip_gap.identify.fit import identify
from rl_manip_gap.identify.identified_files import (
    randomization,
    write_identified,
    write_randomization,
)
from rl_manip_gap.identify.motion.kinds_of_motion import parts
from rl_manip_gap.identify.torques.torque_files import (
    nominal_dynamics,
    torque_lines,
    torque_randomization,
    write_torques,
)
from rl_manip_gap.identify.torques.torque_fit import fit_torques
from rl_manip_gap.identify.validation import validate
from rl_manip_gap.recording.recording import Recording, read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.replay.twin import Twin


@dataclass(frozen=True)
class IdentifyArguments:
    """Fits delay, gain, servo lag, friction, damping, armature and payload to recordings.

    From recordings without commands it fits friction and rotor inertia to the efforts.
    """

    bags: Annotated[Tuple[Path, ...], tyro.conf.Positional]
    """rosbag2 folders or files of one arm."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that identified.yaml and randomization.yaml are written to."""
    arm: str = "ur5e"
    """Arm that was recorded."""
    window: float = 4.0
    """Length of the simulated windows [s]."""
    policy: Optional[Path] = None
    """Policy (ONNX) for this arm: what is identified is held against its trained ranges."""
    max_windows: int = 12
    """Windows used at most; more cost time and gain little."""
    stiffness_known: bool = False
    """The arm's servos are as stiff as the model's, as those of a simulated arm are."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("identify", IdentifyArguments, _identify)


def _identify(arguments: IdentifyArguments) -> None:
    if not arguments.bags:
        raise BagError("no bag given: name at least one recording.")
    arm = load_arm(arguments.arm)
    policy = load_policy(arguments.policy, arm) if arguments.policy else None
    twin = Twin(arm)
    recordings = [read_recording(bag, arm, arguments.topics) for bag in arguments.bags]
    if all(recording.commands is None for recording in recordings):
        _identify_without_commands(arguments, twin, recordings)
        return
    check_followed([recording for recording in recordings if recording.commands is not None])
    motion = parts(recordings)
    other = motion.tried if motion.another_kind else ()
    found = identify(
        twin,
        motion.fitted,
        arguments.window,
        arguments.max_windows,
        other,
        arguments.stiffness_known,
    )
    checked = validate(twin, found.parameters, motion.tried, another_kind=motion.another_kind)
    check_fit(found, checked, arm.joint_names)
    ranges = randomization(found, motion.fitted)
    beside = (
        identified_beside_training(found, arm.joint_names, policy.metadata.randomization)
        if policy
        else []
    )
    write_identified(
        arguments.out / "identified.yaml", twin, found, checked, arguments.bags, beside
    )
    write_randomization(arguments.out / "randomization.yaml", ranges)
    parameters, half = found.parameters, found.half_width
    print(f"delay {parameters.delay[0] * 1e3:.1f} ± {half.delay[0] * 1e3:.1f} ms beside servo lag")
    for index, name in enumerate(arm.joint_names):
        shown = ", ".join(
            f"{key.replace('_', ' ')} {getattr(parameters, key)[index]:.3f} ± "
            f"{getattr(half, key)[index]:.3f}"
            for key in ("velocity_gain", "friction_scale", "damping_scale", "armature_scale")
        )
        print(f"{name}: {shown}")
    for warning in (*found.warnings, *doubts(found, checked, arm.joint_names)):
        print(f"Warning: {warning}")
    print(
        f"{checked.motion.capitalize()}, tool error (RMS): "
        f"{checked.nominal.value * 1e3:.2f} mm with the nominal model, "
        f"{checked.identified.value * 1e3:.2f} mm with the identified one"
    )
    if policy:
        print("\n".join(told(beside)))
    print(f"Train with randomization:={arguments.out / 'randomization.yaml'}")


def _identify_without_commands(
    arguments: IdentifyArguments, twin: Twin, recordings: Sequence[Recording]
) -> None:
    """From efforts alone: friction and inertia; delay, gain and servo cannot be known."""
    nominal = nominal_dynamics(twin)
    found = fit_torques(recordings, twin.arm, nominal)
    ranges = torque_randomization(found, nominal)
    write_torques(arguments.out / "identified.yaml", twin, found, arguments.bags)
    write_randomization(arguments.out / "randomization.yaml", ranges)
    print("The recordings hold no commands: delay, gain and servo keep their default ranges.")
    print("\n".join(torque_lines(found)))
    print(f"Train with randomization:={arguments.out / 'randomization.yaml'}")


if __name__ == "__main__":
    main()
