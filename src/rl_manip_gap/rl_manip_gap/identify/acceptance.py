"""Whether what was identified may be trained with: the arm followed, and the model fits it."""

from __future__ import annotations

from typing import Sequence

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.identify.fit import Identified
from rl_manip_gap.identify.validation import Validation
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.validity.judgement import judge

# A fit of a simulated arm leaves 0.7 to 1.2 times the noise that was assumed, also where the servo
# is softer than the model's [1].
WELL_FITTED, ILL_FITTED = 2.0, 10.0


def check_followed(recordings: Sequence[Recording]) -> None:
    """Raises BagError for recordings of an arm that did not follow its commands."""
    for recording in recordings:
        validity = judge(recording)
        if not validity.passed:
            raise BagError(
                f"no ranges are written: in {recording.bag} {validity.findings}. "
                f"{validity.failed[0].remedy}"
            )


def check_fit(found: Identified, checked: Validation) -> None:
    """Raises BagError where nothing should be trained with the fit.

    It predicts motion that it was not fitted to worse than the nominal model, or it leaves so much
    unexplained that its figures are those of another law of motion than the arm's.
    """
    nominal, identified = checked.nominal.value * 1e3, checked.identified.value * 1e3
    if checked.worse:
        raise BagError(
            f"no ranges are written: the fit predicts held-out motion worse than the nominal model "
            f"(tool error {identified:.2f} mm against {nominal:.2f} mm RMS); record a longer "
            "motion, or one that shows more, with ros2 launch rl_manip excite.launch.py."
        )
    if found.residual_rms > ILL_FITTED:
        raise BagError(
            f"no ranges are written: the fit leaves {found.residual_rms:.0f} times the noise of "
            f"the recording unexplained ({WELL_FITTED:g} at most are usual), so this arm's servos "
            "are not of the model's kind and what was fitted is not its friction; train with wider "
            "ranges, such as randomization:=aggressive."
        )


def doubt(found: Identified) -> str:
    """A sentence where the fit is poor but may be used; empty where it is good."""
    if found.residual_rms <= WELL_FITTED:
        return ""
    return (
        f"The fit leaves {found.residual_rms:.1f} times the noise of the recording unexplained: "
        "this arm differs from the model in more than what is fitted, and intervals may be too "
        "narrow."
    )
