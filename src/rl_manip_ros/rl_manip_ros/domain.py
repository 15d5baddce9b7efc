"""Which ROS domain this process is in, and whether there can be such a one."""

from __future__ import annotations

import os
from typing import Mapping

HIGHEST = 232
"""Beyond it the ports of DDS end."""


def domain_trouble(environment: Mapping[str, str] = os.environ) -> str:
    """What is wrong with ROS_DOMAIN_ID, and what to do; empty where nothing is."""
    text = environment.get("ROS_DOMAIN_ID", "").strip()
    if not text or (text.isascii() and text.isdecimal() and int(text) <= HIGHEST):
        return ""
    return f"ROS_DOMAIN_ID is {text!r}: give a whole number from 0 to {HIGHEST}, or unset it."
