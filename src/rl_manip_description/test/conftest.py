"""Lets the tests of several rooms import what lies beside those of kinematics."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "kinematics"))
