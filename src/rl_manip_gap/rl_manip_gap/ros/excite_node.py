"""`excite_node`: tones and moves of every joint through the velocity guard; it ends by itself.

See playing_node.py for what it hears and sends.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from rl_manip_deploy.ros.driving_node import run_to_its_end
from rl_manip_description.contract.settings import setting
from rl_manip_gap.identify.motion.excitation import ExcitationLimits
from rl_manip_gap.identify.motion.free_path import check_free
from rl_manip_gap.identify.motion.two_motions import TwoMotions
from rl_manip_gap.ros.playing_node import PlayingNode, PlayingParameters

LOOK_PERIOD = 0.05  # [s] between two looks at the guard
PROGRESS_PERIOD = 10.0  # [s] of motion between two lines
STOPS = 3  # after which the excitation ends
SETTLE = 0.5  # [s] of zeros at the end, so that the bag shows the arm come to rest


@dataclass(frozen=True)
class ExciteParameters(PlayingParameters):
    """Parameters of the node."""

    duration: float = setting(60.0, "Length of the tones.", "s", 1.0, 3600.0)
    moves: float = setting(20.0, "Length of the moves after them; 0 for none.", "s", 0.0, 3600.0)
    seed: int = setting(0, "Seed of the motion.", "", 0, 2**31 - 1)
    speed: float = setting(1.0, "Share of the motion's full speed.", "", 0.05, 1.0)


class ExciteNode(PlayingNode[ExciteParameters]):
    """Plays `TwoMotions` from where the arm stands."""

    def __init__(self) -> None:
        super().__init__("excite_node", ExciteParameters)
        self._told = 0.0  # motion that was told of [s]

    def run(self) -> None:
        """Plays the whole motion; DriveFailed or ValueError where it cannot."""
        self.wait_for_listeners()
        given = self.given
        limits = ExcitationLimits().slowed(given.speed)
        motion = TwoMotions(
            self.arm, self.position, given.duration, given.moves, given.seed, limits
        )
        check_free(self.arm, motion.path())
        self.wait_until_armed()
        fastest = float(np.abs(motion.velocity(np.arange(0.0, motion.duration, 0.01))).max())
        print(
            f"excitation of {motion.duration:g} s: every joint within {motion.excursion:.2f} rad "
            f"of where it stands, up to {fastest:.2f} rad/s",
            flush=True,
        )
        self.play(motion, LOOK_PERIOD, lambda played: self._tell(played, motion.duration), STOPS)
        self.spin_for(SETTLE)
        print(f"{motion.duration:g} s of motion done", flush=True)

    def _tell(self, played: float, duration: float) -> None:
        if played - self._told >= PROGRESS_PERIOD:
            self._told += PROGRESS_PERIOD
            print(f"excitation {self._told:g} of {duration:g} s", flush=True)


def main() -> int:
    """0 when the whole motion was played; 1 otherwise, after a sentence that says why."""
    return run_to_its_end("excite_node", lambda: ExciteNode().run())


if __name__ == "__main__":
    sys.exit(main())
