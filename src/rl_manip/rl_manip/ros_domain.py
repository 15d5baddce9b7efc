"""A ROS domain that no other ROS system on this machine uses."""

from __future__ import annotations

import random
import socket

HIGHEST_DOMAIN = 101
"""Above it, the ports are those that Linux hands out to anybody."""


def free_domain() -> int:
    """A domain id, 1 to 101, in which no participant runs on this machine.

    The ports follow from the id (DDSI-RTPS 2.2, 9.6.1.1): the first participant of domain d
    listens for discovery on 7410 + 250 d.

    Raises:
      OSError: every domain is in use.
    """
    candidates = list(range(1, HIGHEST_DOMAIN + 1))
    random.shuffle(candidates)  # two that look at the same time should not find the same
    for domain in candidates:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", discovery_port(domain)))
            except OSError:
                continue
        return domain
    raise OSError("every ROS domain of this machine is in use; set ROS_DOMAIN_ID to choose one")


def discovery_port(domain: int) -> int:
    """UDP port on which the first participant of ``domain`` is discovered."""
    return 7410 + 250 * domain
