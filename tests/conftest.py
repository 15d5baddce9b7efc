"""Makes the helpers of the system tests importable: an observed arm, and running ros2 commands."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "env" / "test")]
