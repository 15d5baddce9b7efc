"""Lets the tests of several rooms import what lies here and beside those of kinematics."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "kinematics")]
