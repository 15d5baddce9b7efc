"""The graph in an ONNX or TorchScript file, in an operator set that ours can be written in."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Mapping, Optional, Sequence, Tuple

import onnx
import torch

from rl_manip_description.contract.onnx_session import OnnxFileError, open_session
from rl_manip_description.contract.policy_contract import METADATA_KEY
from rl_manip_train.policy.export import OPSET, TORCHSCRIPT

NEWEST_OPSET = 20
"""ONNX operator set that the graph around a network can still be written in."""
ZIP = b"PK"


class ForeignNetworkError(ValueError):
    """A network that cannot be used; the message says why, and how to export it."""


def read_content(path: Path) -> bytes:
    """What a file holds.

    Raises:
      ForeignNetworkError: there is none, or it cannot be read.
    """
    if path.exists() and not path.is_file():  # a pipe or a device never ends
        raise ForeignNetworkError(f"{path} is no file; give the file that was exported")
    try:
        return path.read_bytes()
    except OSError as error:
        raise ForeignNetworkError(
            f"{path} cannot be read ({error.strerror}); give the file that was exported"
        ) from None


def onnx_graph(path: Path, content: bytes) -> onnx.ModelProto:
    """The graph of an ONNX file, which onnxruntime can run, without metadata.

    Raises:
      ForeignNetworkError: it is none, or one of ours.
    """
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
    return _in_known_opset(path, graph)


def torchscript_module(path: Path) -> torch.jit.ScriptModule:
    """The module in a TorchScript file.

    Raises:
      ForeignNetworkError: it holds something else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.jit.load(str(path), map_location="cpu").eval()
    except (RuntimeError, ValueError, OSError):
        raise ForeignNetworkError(
            f"{path} holds weights or something else, and no network; export it with "
            "torch.jit.script or torch.onnx.export, which writes both"
        ) from None


def torchscript_graph(
    path: Path,
    module: torch.jit.ScriptModule,
    inputs: Mapping[str, Tuple[int, ...]],
    outputs: Optional[Sequence[str]] = None,
) -> onnx.ModelProto:
    """The graph of a module.

    Args:
      path: its file, for sentences.
      module: it.
      inputs: {name: shape}, in its order.
      outputs: names in its order; None for ``actions``, or ``output_0`` and so on of several.

    Raises:
      ForeignNetworkError: it does not run on such inputs, keeps something inside, or has no ONNX.
    """
    generator = torch.Generator().manual_seed(0)
    trials = tuple(torch.randn(shape, generator=generator) for shape in inputs.values())
    shapes = " and ".join(str(tuple(shape)) for shape in inputs.values())
    before = {name: value.clone() for name, value in module.named_buffers()}
    try:
        with torch.no_grad():
            said = module(*trials)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        wanted = "one tensor of that shape" if len(inputs) == 1 else "tensors of those shapes"
        raise ForeignNetworkError(
            f"{path} does not run on an observation of {shapes}: {reason}; export it for {wanted}"
        ) from None
    changed = [n for n, value in module.named_buffers() if not torch.equal(value, before[n])]
    if changed:
        raise ForeignNetworkError(
            f"{path} keeps {changed[0]!r} inside from call to call, where no reset reaches it; "
            "export it as ONNX, with states as inputs and outputs"
        )
    if outputs is None:
        several = isinstance(said, tuple)
        outputs = [f"output_{index}" for index in range(len(said))] if several else ["actions"]
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                trials,
                buffer,
                input_names=list(inputs),
                output_names=list(outputs),
                opset_version=OPSET,
                **TORCHSCRIPT,
            )
    except Exception as error:  # what torch raises has no class in common
        reason = str(error).strip().splitlines()[0]
        raise ForeignNetworkError(
            f"{path} cannot be brought to ONNX: {reason}; export it as ONNX itself"
        ) from None
    return onnx.load_from_string(buffer.getvalue())


def opset_of(graph: onnx.ModelProto) -> int:
    """Version of the ONNX operators that a graph uses."""
    return next((one.version for one in graph.opset_import if one.domain in ("", "ai.onnx")), 1)


def in_opset(path: Path, graph: onnx.ModelProto, wanted: int) -> onnx.ModelProto:
    """The graph with ONNX operators of another version.

    Raises:
      ForeignNetworkError: onnx cannot convert it.
    """
    version = opset_of(graph)
    if version == wanted:
        return graph
    try:
        converted = onnx.version_converter.convert_version(graph, wanted)
        onnx.checker.check_model(converted)
        return converted
    except Exception:  # onnx raises what its converter in C++ does
        raise ForeignNetworkError(
            f"{path} is written in ONNX operator set {version}, which cannot be brought to "
            f"{wanted}; export it again with opset_version={OPSET}"
        ) from None


def _in_known_opset(path: Path, graph: onnx.ModelProto) -> onnx.ModelProto:
    return in_opset(path, graph, min(max(opset_of(graph), OPSET), NEWEST_OPSET))
