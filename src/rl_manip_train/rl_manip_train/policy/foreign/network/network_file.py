"""A network in an ONNX or TorchScript file, with its tensors by what they are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import onnx
import onnxruntime

from rl_manip_description.contract.onnx_session import open_session
from rl_manip_train.policy.foreign.fit import misfit
from rl_manip_train.policy.foreign.network.graph_file import (
    ZIP,
    ForeignNetworkError,
    onnx_graph,
    opset_of,
    read_content,
    torchscript_graph,
    torchscript_module,
)
from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec, ObservedInput
from rl_manip_train.policy.foreign.spec.spec_values import nearest


class Port(NamedTuple):
    """An input that is given an observation."""

    name: str
    shape: Tuple[int, ...]


class State(NamedTuple):
    """What a network hands itself from step to step."""

    input: str
    output: str
    shape: Tuple[int, ...]
    start: Optional[np.ndarray] = None  # what it begins with, of that shape; None for zeros

    @property
    def width(self) -> int:
        """Elements altogether."""
        return int(np.prod(self.shape))


class NetworkFile(NamedTuple):
    """A network of one or more observations and one action in a row (1, a)."""

    graph: onnx.ModelProto
    inputs: Tuple[Port, ...]  # in the order of the spec's inputs
    action: str
    states: Tuple[State, ...]
    opset: int
    action_width: int

    def session(self) -> onnxruntime.InferenceSession:
        """It, ready to run."""
        return open_session(Path("network"), self.graph.SerializeToString())

    @property
    def input_names(self) -> List[str]:
        """Of observations, then of states."""
        return [*(port.name for port in self.inputs), *(state.input for state in self.states)]

    @property
    def output_names(self) -> List[str]:
        """Of the action, then of the next states."""
        return [self.action, *(state.output for state in self.states)]

    def run(
        self, session: onnxruntime.InferenceSession, values: Sequence[np.ndarray]
    ) -> List[np.ndarray]:
        """What ``output_names`` have for values of ``input_names``."""
        wanted = list(dict.fromkeys(self.output_names))  # an output may feed several states
        said = session.run(wanted, dict(zip(self.input_names, values)))
        found = dict(zip(wanted, said))
        return [found[name] for name in self.output_names]


def read_network(path: Path, spec: ForeignSpec) -> NetworkFile:
    """The network in a file.

    Raises:
      ForeignNetworkError: not a network, or one of other inputs and outputs than the spec names.
      SpecError: it takes another number of values than the spec's slices have.
    """
    content = read_content(path)
    if not content.startswith(ZIP):
        return network_of(path, onnx_graph(path, content), spec)
    module = torchscript_module(path)
    weights = [value for value in module.parameters() if value.dim() == 2]
    if len(spec.inputs) == 1 and weights and weights[0].shape[1] != spec.inputs[0].width:
        raise misfit(spec.inputs[0], weights[0].shape[1])
    inputs = {one.name or "obs": (1, one.width) for one in spec.inputs}
    return network_of(path, torchscript_graph(path, module, inputs), spec)


def network_of(
    path: Path,
    graph: onnx.ModelProto,
    spec: ForeignSpec,
    starts: Optional[Mapping[str, np.ndarray]] = None,
) -> NetworkFile:
    """A graph as a network, after one call of it.

    Args:
      path: its file, for sentences.
      graph: it.
      spec: what its tensors are.
      starts: {input: what that state begins with}, where it is not zeros.

    Raises:
      ForeignNetworkError, SpecError: as ``read_network``.
    """
    session = open_session(path, graph.SerializeToString())
    inputs, states = _inputs(path, session, spec, starts or {})
    action = _action(path, session, spec, states)
    network = NetworkFile(graph, inputs, action, states, opset_of(graph), spec.action.width)
    _try(path, network, session, spec)
    return network


def _named(path: Path, kind: str, names: Sequence[str], wanted: Any, of: str) -> str:
    """The tensor that is meant among those left."""
    if wanted is not None:
        if wanted not in names:
            raise ForeignNetworkError(
                f"{path} has no {kind} {wanted!r}, which {of} names; {nearest(wanted, names)}"
            )
        return str(wanted)
    if len(names) != 1:
        raise ForeignNetworkError(
            f"{path} has the {kind}s {', '.join(names)}; name under {of} which is the "
            f"{of.rpartition('.')[2]}"
        )
    return names[0]


def _inputs(
    path: Path,
    session: onnxruntime.InferenceSession,
    spec: ForeignSpec,
    starts: Mapping[str, np.ndarray],
) -> Tuple[Tuple[Port, ...], Tuple[State, ...]]:
    nodes = {node.name: node for node in session.get_inputs()}
    outputs = [node.name for node in session.get_outputs()]
    states = []
    for source, result in spec.network.states.items():
        _named(path, "input", list(nodes), source, "network.states")
        _named(path, "output", outputs, result, "network.states")
        shape = tuple(size if isinstance(size, int) else 1 for size in nodes[source].shape)
        states.append(State(source, result, shape, starts.get(source)))
    free = [name for name in nodes if name not in spec.network.states]
    of = "network.observation" if len(spec.inputs) == 1 else "observation"
    names = [_named(path, "input", free, one.name, of) for one in spec.inputs]
    left = [name for name in free if name not in names]
    if left:
        raise ForeignNetworkError(
            f"{path} has the input {left[0]!r}, of which the spec says nothing; name it under "
            "network.states with its output, or export the network without it"
        )
    for name, node in nodes.items():
        if node.type != "tensor(float)":
            raise ForeignNetworkError(
                f"{path} has the input {name!r} of {node.type}, expected float32; export it so"
            )
    ports = tuple(_port(path, nodes[name], one) for name, one in zip(names, spec.inputs))
    return ports, tuple(states)


def _port(path: Path, node: Any, given: ObservedInput) -> Port:
    """An input of one row: (1, d), or of more axes with as many elements altogether."""
    shape, width = node.shape, given.width
    if len(shape) < 2 or (isinstance(shape[0], int) and shape[0] != 1):
        raise ForeignNetworkError(
            f"{path} takes observations of the shape {shape}, expected one row [1, {width}]; "
            "export it for one environment"
        )
    sizes = [size for size in shape[1:] if isinstance(size, int)]
    if len(sizes) == len(shape) - 1:
        if int(np.prod(sizes)) != width:
            raise misfit(given, int(np.prod(sizes)))
        return Port(node.name, (1, *sizes))
    return Port(node.name, (1, width))


def _action(
    path: Path,
    session: onnxruntime.InferenceSession,
    spec: ForeignSpec,
    states: Tuple[State, ...],
) -> str:
    kept = [state.output for state in states]
    names, wanted = [node.name for node in session.get_outputs()], spec.network.action
    # one that is named may be a state as well
    free = names if wanted is not None else [name for name in names if name not in kept]
    return _named(path, "output", free, wanted, "network.action")


def _try(
    path: Path, network: NetworkFile, session: onnxruntime.InferenceSession, spec: ForeignSpec
) -> None:
    """One call, which shows what shapes that are not fixed hide."""
    shapes = [*(port.shape for port in network.inputs), *(one.shape for one in network.states)]
    try:
        said, *nexts = network.run(session, [np.zeros(shape, np.float32) for shape in shapes])
    except Exception as error:  # onnxruntime raises classes of its own
        open_ended: Dict[str, bool] = {
            node.name: isinstance(node.shape[-1], str)
            for node in session.get_inputs()
            if node.shape
        }
        for port, given in zip(network.inputs, spec.inputs):
            if open_ended.get(port.name):
                raise misfit(given, None) from None
        reason = " ".join(str(error).split())
        raise ForeignNetworkError(f"{path} does not run: {reason}; export it again") from None
    if said.shape != (1, spec.action.width):
        raise ForeignNetworkError(
            f"{path} answers {network.action} of the shape {list(said.shape)}, and "
            f"{spec.action.kind} of {spec.arm.name} is [1, {spec.action.width}]; give the arm and "
            "the action.kind that it was trained for"
        )
    for state, after in zip(network.states, nexts):
        if after.shape != state.shape:
            raise ForeignNetworkError(
                f"{path} takes {state.input} of the shape {list(state.shape)} and answers "
                f"{state.output} of {list(after.shape)}; pair states that belong together"
            )
