"""Opens a policy's ONNX graph; one that cannot be opened says why, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import onnxruntime

_POINTER = b"version https://git-lfs"
# What onnxruntime puts before its own reason: class, source file, signature.
_BEFORE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : (Load model from .*? failed:)?")
_PLACE = re.compile(r"^\S+\.(cc|h):\d+ .*?\) (?=[A-Z])")


class OnnxFileError(ValueError):
    """A file that onnxruntime cannot run; one sentence says why."""


def open_session(path: Path, content: bytes) -> onnxruntime.InferenceSession:
    """The graph in `content`, which is what `path` holds, ready to run on one thread.

    Weights that lie in files beside it, as torch's newer exporter writes them, are read from there.

    Raises:
        OnnxFileError: it is none, a part of one, or one that this onnxruntime cannot run.
    """
    options = onnxruntime.SessionOptions()
    # a second thread only burns processor time on networks of this size
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # onnxruntime 1.32 computes J @ J.T of a transposed J wrongly at the levels above
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    # from bytes alone weights in another file would be looked for in the working directory
    model = str(path) if keeps_weights_elsewhere(content) else content
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # onnxruntime raises classes of its own, all of them plain Exceptions
    except Exception as error:
        raise OnnxFileError(_why_not_loaded(path, content, str(error))) from None


def keeps_weights_elsewhere(content: bytes) -> bool:
    """Whether some of a graph's weights lie in files beside it: a tensor names a `location`."""
    return b"\x0a\x08location\x12" in content


def _why_not_loaded(path: Path, content: bytes, said: str) -> str:
    if content.startswith(_POINTER):
        return f"{path} is a Git LFS pointer, not the file itself: run git lfs pull."
    if "protobuf" in said.lower():
        return f"{path} ({len(content)} bytes) is no complete ONNX file: copy or export it again."
    if "External data path" in said:
        missing = re.search(r'does not exist: "([^"]+)"', said)
        where = missing.group(1) if missing else "a file beside it"
        return f"{path} keeps its weights in {where}, which is not there: copy it too, beside it."
    reason = " ".join(_PLACE.sub("", _BEFORE.sub("", said)).split())
    return (
        f"{path} cannot be run by this onnxruntime: {reason.rstrip('.')}. Export it again for an "
        "older opset and IR version, with operators of the ONNX standard, or update onnxruntime."
    )
