"""Processes of a deployment, started so that no terminal can freeze or kill them."""

from __future__ import annotations

import functools
import json
import os
import signal
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence

from ament_index_python.packages import get_package_share_directory
from launch import Action, LaunchContext
from launch.actions import EmitEvent, ExecuteProcess, RegisterEventHandler
from launch.event_handlers import OnProcessExit, OnProcessStart, OnShutdown
from launch.events import Shutdown
from launch.events.process import ProcessExited, ProcessStarted, SignalProcess
from launch_ros.actions import Node

from rl_manip_ros.transports import sockets_only

THIS_MACHINE = "fastdds_this_machine.xml"
# In a session of its own a process hears neither Ctrl+C, Ctrl+Z nor the end of a terminal: what it
# is to do then, the launch tells it, and where the launch is gone it notices that itself.
OWN_SESSION = "setsid"
# Python answers a signal in its own first moments with a traceback: they wait until the process has
# begun (`rl_manip_ros.process_start`).
SIGNALS_WAIT = "env --block-signal=INT,TERM,HUP,QUIT"


def own_transport() -> Dict[str, str]:
    """Variables that keep shared memory out of the processes beside the robot.

    It puts locks between processes: a recorder that is starved or frozen while it holds one holds
    up the guard too (seen: 100 ms). Sockets do not.
    """
    share = Path(get_package_share_directory("rl_manip"))
    return sockets_only(os.environ, str(share / "launch" / THIS_MACHINE))


@functools.lru_cache(maxsize=None)
def _parameter_folder() -> tempfile.TemporaryDirectory:
    """Removed when the process of the launch ends: the nodes have read their files long before."""
    return tempfile.TemporaryDirectory(prefix="rl_manip_parameters_")


def parameter_file(parameters: Mapping[str, Any]) -> str:
    """Path of a new file with a node's parameters, in which every text is in quotation marks.

    launch leaves them out where YAML 1.2 needs none, and ROS reads `n`, `12E5` and `nan` as no
    text then. The file is gone when this process has ended.
    """
    content = json.dumps({"/**": {"ros__parameters": dict(parameters)}}, ensure_ascii=False)
    handle, path = tempfile.mkstemp(suffix=".yaml", dir=_parameter_folder().name)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(content)
    return path


def robot_node(
    package: str,
    executable: str,
    parameters: Mapping[str, Any],
    namespace: str,
    on_exit: Callable,
    arguments: Sequence[str] = (),
) -> Node:
    """A node beside the robot, in a session of its own."""
    prefix = f"{OWN_SESSION} {SIGNALS_WAIT}"
    return our_node(package, executable, parameters, namespace, on_exit, arguments, prefix)


def our_node(
    package: str,
    executable: str,
    parameters: Mapping[str, Any],
    namespace: str,
    on_exit: Callable | None = None,
    arguments: Sequence[str] = (),
    prefix: str = SIGNALS_WAIT,
) -> Node:
    """A node of this workspace: its parameters in a file, its messages on this machine's sockets.

    Args:
        prefix: what starts it.
    """
    return Node(
        package=package,
        executable=executable,
        exec_name=executable,
        namespace=namespace,
        prefix=prefix,
        additional_env=own_transport(),
        output="screen",
        parameters=[parameter_file(parameters)] if parameters else [],
        arguments=list(arguments),
        on_exit=on_exit,
    )


def prompt_end(nodes: Sequence[ExecuteProcess], last: Sequence[ExecuteProcess]) -> List[Action]:
    """SIGINT for `nodes` as soon as the launch ends, and for the `last` once these are gone.

    On SIGINT launch counts on the terminal to have told its processes too, and otherwise lets them,
    and with them the arm, go on for 5 s. For any other reason it tells them all by itself, and to
    be told twice is death to a process that shuts down. A process whose start is under way is told
    after it: launch fails where it is to tell one that has no pid yet.
    """
    left, running, told = list(nodes), [], []

    def on_start(event: ProcessStarted, context: LaunchContext) -> List[Action]:
        running.append(event.action)
        is_next = event.action in (left or last)
        return [_interrupt(event.action)] if context.is_shutdown and is_next else []

    def on_shutdown(event: Shutdown, context: LaunchContext) -> List[Action]:
        if not event.due_to_sigint or context.noninteractive:
            told.extend(running)
        # those that give commands first
        return [
            _interrupt(process)
            for process in reversed(running)
            if process in left and process not in told
        ]

    def on_exit(event: ProcessExited, context: LaunchContext) -> List[Action]:
        for processes in (left, running):
            if event.action in processes:
                processes.remove(event.action)
        if left or not context.is_shutdown:
            return []
        return [
            _interrupt(process) for process in running if process in last and process not in told
        ]

    return [
        RegisterEventHandler(OnProcessStart(on_start=on_start)),
        RegisterEventHandler(OnShutdown(on_shutdown=on_shutdown)),
        RegisterEventHandler(OnProcessExit(on_exit=on_exit)),
    ]


def _interrupt(process: ExecuteProcess) -> Action:
    signal_it = SignalProcess(
        signal_number=signal.SIGINT, process_matcher=lambda other: other is process
    )
    return EmitEvent(event=signal_it)


def ends_everything(what: str) -> Callable:
    """An `on_exit`: a process that ends before it was told to ends the launch, with exit code 1."""

    def on_exit(event: ProcessExited, context: LaunchContext) -> None:
        if not context.is_shutdown:
            raise RuntimeError(f"{what} ended with code {event.returncode}: everything stops.")

    return on_exit
