"""Whether what was identified may be trained with: the arm followed, and the model fits it."""

from __future__ import annotations

from typing import Sequence, Tuple

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.identify.fit import Identified
from rl_manip_gap.identify.validation import Validation
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.validity.gate import listed
from rl_manip_gap.validity.judgement import judge

# What a check on motion of one kind cannot show, and what makes a bag of two.
ONE_KIND = (
    "The recordings hold motion of one kind: the check repeats what was fitted, and a model that "
    "is wrong elsewhere passes it. Bags of ros2 launch rl_manip excite.launch.py hold moves beside "
    "tones; a bag of a policy's run, given as well, serves as such."
)


def check_followed(recordings: Sequence[Recording]) -> None:
    """Raises BagError for recordings of an arm that did not follow its commands."""
    for recording in recordings:
        validity = judge(recording)
        if not validity.passed:
            raise BagError(
                f"no ranges are written: in {recording.bag} {validity.findings}. "
                f"{validity.failed[0].remedy}"
            )


def check_fit(found: Identified, checked: Validation, joint_names: Sequence[str]) -> None:
    """Raises BagError where nothing should be trained with the fit.

    It predicts motion that it was not fitted to worse than the nominal model; or it leaves more
    than the recording's noise unexplained, and no motion of another kind shows that it predicts
    better all the same.
    """
    nominal, identified = checked.nominal.value * 1e3, checked.identified.value * 1e3
    errors = f"tool error {identified:.2f} mm against {nominal:.2f} mm RMS"
    if checked.worse:
        raise BagError(
            f"no ranges are written: the fit predicts {checked.motion} worse than the nominal "
            f"model ({errors}); record a longer motion, or one that shows more, with ros2 launch "
            "rl_manip excite.launch.py."
        )
    if not found.lacks_fit.any() or (checked.another_kind and checked.better):
        return
    why = (
        f"on motion of another kind it is no better than the nominal model beyond chance ({errors})"
        if checked.another_kind
        else "the recordings hold no motion of another kind that could show what it is worth"
    )
    remedy = (
        "train with wider ranges, such as randomization:=aggressive"
        if checked.another_kind
        else "record one with ros2 launch rl_manip excite.launch.py"
    )
    raise BagError(f"no ranges are written: {_lack(found, joint_names)}, and {why}; {remedy}.")


def doubts(found: Identified, checked: Validation, joint_names: Sequence[str]) -> Tuple[str, ...]:
    """Sentences about a fit that may be used with care; none about a good one."""
    said = [] if checked.another_kind else [ONE_KIND]
    if found.lacks_fit.any():
        lack = _lack(found, joint_names)
        said.append(
            f"{lack[0].upper()}{lack[1:]}: friction, damping and armature of these joints are not "
            "measured. What was fitted predicts better than nominal all the same, so the ranges "
            "reach from the default ones to it."
        )
    if found.over_stiffness.any():
        which = listed([n for n, over in zip(joint_names, found.over_stiffness) if over])
        said.append(
            f"Friction, damping and armature of {which} are known only over the servo's stiffness, "
            "which this motion leaves open: the ranges reach from the default ones to what was "
            "fitted with the nominal stiffness."
        )
    return tuple(said)


def _lack(found: Identified, names: Sequence[str]) -> str:
    """Which joints' servos are not of the model's kind."""
    over = found.unexplained
    shown = [
        f"{name} {left:.1f}" for name, left, is_over in zip(names, found.misfit, over) if is_over
    ]
    other = [name for name, only in zip(names, found.other_stiffness & ~over) if only]
    said = []
    if shown:
        said.append(
            f"of {listed(shown)} times the recording's noise stays unexplained (up to "
            f"{found.largest_misfit:.1f} would be chance)"
        )
    if other:
        said.append(f"{listed(other)} show another stiffness than the nominal one")
    return f"the model's servo is not this arm's: {' and '.join(said)}"
