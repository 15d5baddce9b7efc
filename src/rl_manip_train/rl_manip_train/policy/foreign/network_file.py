"""A network in an ONNX or TorchScript file, as its exporter left it."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import onnx
import onnxruntime
import torch

from rl_manip_description.contract.onnx_session import OnnxFileError, open_session
from rl_manip_description.contract.policy_contract import METADATA_KEY
from rl_manip_train.policy.export import OPSET, TORCHSCRIPT
from rl_manip_train.policy.foreign.fit import misfit
from rl_manip_train.policy.foreign.spec.foreign_spec import ForeignSpec
from rl_manip_train.policy.foreign.spec.spec_values import nearest

NEWEST_OPSET = 20
"""ONNX operator set that the graph around a network can still be written in."""
ZIP = b"PK"


class ForeignNetworkError(ValueError):
    """A network that cannot be used; the message says why, and how to export it."""


class State(NamedTuple):
    """What a recurrent network hands itself."""

    input: str
    output: str
    shape: Tuple[int, ...]

    @property
    def width(self) -> int:
        """Elements altogether."""
        return int(np.prod(self.shape))


class NetworkFile(NamedTuple):
    """A network of one observation and one action, each in a row (1, w)."""

    graph: onnx.ModelProto
    observation: str
    action: str
    states: Tuple[State, ...]
    opset: int
    action_width: int

    def session(self) -> onnxruntime.InferenceSession:
        """It, ready to run."""
        return open_session(Path("network"), self.graph.SerializeToString())


def read_network(path: Path, spec: ForeignSpec) -> NetworkFile:
    """The network in a file.

    Raises:
      ForeignNetworkError: not a network, or one of other inputs and outputs than the spec names.
      SpecError: it takes another number of values than the spec's slices have.
    """
    if path.exists() and not path.is_file():  # a pipe or a device never ends
        raise ForeignNetworkError(f"{path} is no file; give the file that was exported")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ForeignNetworkError(
            f"{path} cannot be read ({error.strerror}); give the file that was exported"
        ) from None
    graph = _from_torchscript(path, spec) if content.startswith(ZIP) else _from_onnx(path, content)
    graph = _in_known_opset(path, graph)
    session = open_session(path, graph.SerializeToString())
    observation, states = _inputs(path, session, spec)
    action = _action(path, session, spec, states)
    network = NetworkFile(graph, observation, action, states, _opset(graph), spec.action.width)
    _try(path, network, session, spec)
    return network


def _from_onnx(path: Path, content: bytes) -> onnx.ModelProto:
    try:
        session = open_session(path, content)
    except OnnxFileError as error:
        raise ForeignNetworkError(str(error)) from None
    if METADATA_KEY in session.get_modelmeta().custom_metadata_map:
        raise ForeignNetworkError(
            f"{path} is a policy file of this workspace already; use it as it is"
        )
    graph = onnx.load(str(path))  # with weights that lie beside it
    del graph.metadata_props[:]
    return graph


def _from_torchscript(path: Path, spec: ForeignSpec) -> onnx.ModelProto:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = torch.jit.load(str(path), map_location="cpu").eval()
    except (RuntimeError, ValueError, OSError):
        raise ForeignNetworkError(
            f"{path} holds weights or something else, and no network; export it with "
            "torch.jit.script or torch.onnx.export, which writes both"
        ) from None
    width = spec.observation_width
    weights = [value for value in module.parameters() if value.dim() == 2]
    if weights and weights[0].shape[1] != width:
        raise misfit(spec, weights[0].shape[1])
    trial = torch.randn(1, width, generator=torch.Generator().manual_seed(0))
    before = {name: value.clone() for name, value in module.named_buffers()}
    try:
        with torch.no_grad():
            said = module(trial)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ForeignNetworkError(
            f"{path} does not run on an observation of (1, {width}): {reason}; export it for one "
            "tensor of that shape"
        ) from None
    changed = [n for n, value in module.named_buffers() if not torch.equal(value, before[n])]
    if changed:
        raise ForeignNetworkError(
            f"{path} keeps {changed[0]!r} inside from call to call, where no reset reaches it; "
            "export it as ONNX, with states as inputs and outputs"
        )
    outputs = [f"output_{index}" for index in range(len(said))] if isinstance(said, tuple) else None
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                (trial,),
                buffer,
                input_names=["obs"],
                output_names=outputs or ["actions"],
                opset_version=OPSET,
                **TORCHSCRIPT,
            )
    except Exception as error:  # what torch raises has no class in common
        reason = str(error).strip().splitlines()[0]
        raise ForeignNetworkError(
            f"{path} cannot be brought to ONNX: {reason}; export it as ONNX itself"
        ) from None
    return onnx.load_from_string(buffer.getvalue())


def _opset(graph: onnx.ModelProto) -> int:
    return next((one.version for one in graph.opset_import if one.domain in ("", "ai.onnx")), 1)


def _in_known_opset(path: Path, graph: onnx.ModelProto) -> onnx.ModelProto:
    version = _opset(graph)
    if OPSET <= version <= NEWEST_OPSET:
        return graph
    wanted = OPSET if version < OPSET else NEWEST_OPSET
    try:
        converted = onnx.version_converter.convert_version(graph, wanted)
        onnx.checker.check_model(converted)
        return converted
    except Exception:  # onnx raises what its converter in C++ does
        raise ForeignNetworkError(
            f"{path} is written in ONNX operator set {version}, which cannot be brought to "
            f"{wanted}; export it again with opset_version={OPSET}"
        ) from None


def _named(path: Path, kind: str, names: Sequence[str], wanted: Any, of: str) -> str:
    """The tensor that is meant among those left."""
    if wanted is not None:
        if wanted not in names:
            raise ForeignNetworkError(
                f"{path} has no {kind} {wanted!r}, which network.{of} names; "
                f"{nearest(wanted, names)}"
            )
        return str(wanted)
    if len(names) != 1:
        raise ForeignNetworkError(
            f"{path} has the {kind}s {', '.join(names)}; name under network.{of} which is the {of}"
        )
    return names[0]


def _inputs(
    path: Path, session: onnxruntime.InferenceSession, spec: ForeignSpec
) -> Tuple[str, Tuple[State, ...]]:
    nodes = {node.name: node for node in session.get_inputs()}
    outputs = [node.name for node in session.get_outputs()]
    states = []
    for source, result in spec.network.states.items():
        _named(path, "input", list(nodes), source, "states")
        _named(path, "output", outputs, result, "states")
        shape = tuple(size if isinstance(size, int) else 1 for size in nodes[source].shape)
        states.append(State(source, result, shape))
    free = [name for name in nodes if name not in spec.network.states]
    observation = _named(path, "input", free, spec.network.observation, "observation")
    left = [name for name in free if name != observation]
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
    _check_observation(path, nodes[observation].shape, spec)
    return observation, tuple(states)


def _check_observation(path: Path, shape: List[Any], spec: ForeignSpec) -> None:
    if len(shape) != 2 or (isinstance(shape[0], int) and shape[0] != 1):
        raise ForeignNetworkError(
            f"{path} takes observations of the shape {shape}, expected one row "
            f"[1, {spec.observation_width}]; export it for one environment"
        )
    if isinstance(shape[1], int) and shape[1] != spec.observation_width:
        raise misfit(spec, shape[1])


def _action(
    path: Path,
    session: onnxruntime.InferenceSession,
    spec: ForeignSpec,
    states: Tuple[State, ...],
) -> str:
    kept = [state.output for state in states]
    free = [node.name for node in session.get_outputs() if node.name not in kept]
    return _named(path, "output", free, spec.network.action, "action")


def _try(
    path: Path, network: NetworkFile, session: onnxruntime.InferenceSession, spec: ForeignSpec
) -> None:
    """One call, which shows what shapes that are not fixed hide."""
    given: Dict[str, np.ndarray] = {
        network.observation: np.zeros((1, spec.observation_width), np.float32),
        **{state.input: np.zeros(state.shape, np.float32) for state in network.states},
    }
    results = [network.action, *(state.output for state in network.states)]
    try:
        said, *nexts = session.run(results, given)
    except Exception as error:  # onnxruntime raises classes of its own
        if isinstance(session.get_inputs()[0].shape[-1], str):
            raise misfit(spec, None) from None
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
