"""A plugin of pytest: a test that hangs in C ends its process, where no exception would be heard.

Fast DDS can lock up for ever in the end of a node, and Python with it
(https://github.com/eProsima/Fast-DDS/issues/6502). pytest-timeout raises an exception, which the
test then never sees. The worker of pytest-xdist that dies of it is replaced, and the test run once
more.
"""

import faulthandler
import os

import pytest

_TERMINAL = os.dup(2)  # before output is captured
_TIMES = 1.1  # as long as pytest-timeout waits


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Shows where each thread is, and leaves, when the time of a test is over."""
    if patience := float(item.config.getini("timeout") or 0.0):
        faulthandler.dump_traceback_later(_TIMES * patience, exit=True, file=_TERMINAL)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
