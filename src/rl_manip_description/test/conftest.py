"""Lets the tests of several rooms import what lies here and beside those of kinematics."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "kinematics"), str(HERE / "importing")]
