"""A launch that ends tells its processes at once, also those whose start is under way."""

from __future__ import annotations

import signal

import pytest
from launch import EventHandler, LaunchDescription, LaunchService
from launch.actions import EmitEvent, ExecuteProcess, RegisterEventHandler
from launch.event_handlers import OnProcessExit, OnProcessStart
from launch.events import Shutdown
from launch.events.process import SignalProcess

from rl_manip.launching.nodes import prompt_end

# launch would tell them itself after so long: a test that waits for that fails by its length
NEVER = "1000"


def process(name: str) -> ExecuteProcess:
    return ExecuteProcess(
        name=name, cmd=["sleep", NEVER], sigterm_timeout=NEVER, sigkill_timeout=NEVER
    )


def ends(nodes, last, more) -> list[tuple[str, int]]:
    """(name, exit code) of each process in the order of their ends."""
    seen = []
    note = OnProcessExit(
        on_exit=lambda event, context: seen.append((event.process_name, event.returncode))
    )
    service = LaunchService()
    description = [*prompt_end(nodes, last), RegisterEventHandler(note), *more, *nodes, *last]
    service.include_launch_description(LaunchDescription(description))
    assert service.run() == 0
    return [(name.rpartition("-")[0], code) for name, code in seen]


@pytest.mark.parametrize("when", ["at once", "once one runs"])
def test_processes_are_told_and_the_recorder_last(when):
    nodes, last = [process("guard"), process("policy")], [process("recorder")]
    end = EmitEvent(event=Shutdown(reason="the test", due_to_sigint=True))
    if when == "once one runs":
        end = RegisterEventHandler(OnProcessStart(target_action=nodes[0], on_start=[end]))
    seen = ends(nodes, last, [end])
    assert sorted(seen[:2]) == [("guard", -signal.SIGINT), ("policy", -signal.SIGINT)]
    assert seen[2:] == [("recorder", -signal.SIGINT)]


@pytest.mark.parametrize("by_ctrl_c", [True, False])
def test_nobody_is_told_twice(by_ctrl_c):
    nodes, last = [process("guard"), process("policy")], [process("recorder")]
    sent = []
    count = EventHandler(
        matcher=lambda event: isinstance(event, SignalProcess) and bool(sent.append(event))
    )
    end = EmitEvent(event=Shutdown(reason="the test", due_to_sigint=by_ctrl_c))
    at_end = RegisterEventHandler(OnProcessStart(target_action=last[0], on_start=[end]))
    ends(nodes, last, [RegisterEventHandler(count), at_end])
    told = [sum(event.process_matcher(one) for event in sent) for one in (*nodes, *last)]
    assert told == [1, 1, 1]
