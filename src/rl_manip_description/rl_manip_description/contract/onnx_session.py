"""Opens a policy's ONNX graph; one that cannot be opened says why, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import onnxruntime

# What people take for a policy: its first bytes, and what to do about it.
_MISTAKEN = {
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run git lfs pull",
    b"PK\x03\x04": "a checkpoint or another archive: make a policy of a run with ros2 run "
    "rl_manip_train export",
    b"\x1f\x8b": "compressed with gzip: unpack it with gunzip",
    b"<": "a text such as a web page or a URDF: give the path of a policy.onnx",
}
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


def read_policy_file(path: Path) -> bytes:
    """The content of a policy file.

    Raises:
        OnnxFileError: there is none, or it cannot be read.
    """
    inside = path / "policy.onnx"
    if path.is_dir():
        there = f"give {inside}" if inside.is_file() else "give the path of a policy.onnx"
        raise OnnxFileError(f"policy {path} is a folder: {there}.")
    if path.exists() and not path.is_file():  # a pipe or a device never ends
        raise OnnxFileError(f"policy {path} is no file: give the path of a policy.onnx.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise OnnxFileError(
            f"policy {path} cannot be read ({error.strerror}): give the path of a policy.onnx."
        ) from None


def keeps_weights_elsewhere(content: bytes) -> bool:
    """Whether some of a graph's weights lie in files beside it: a tensor names a `location`."""
    return b"\x0a\x08location\x12" in content


def _why_not_loaded(path: Path, content: bytes, said: str) -> str:
    if known := next((known for mark, known in _MISTAKEN.items() if content.startswith(mark)), ""):
        return f"{path} is {known}."
    if "protobuf" in said.lower():
        return f"{path} ({len(content)} bytes) is no complete ONNX file: copy or export it again."
    if keeps_weights_elsewhere(content) and (trouble := _trouble_with_weights(said)):
        return f"{path} keeps its weights in {trouble}."
    reason = " ".join(_PLACE.sub("", _BEFORE.sub("", said)).split())
    return (
        f"{path} cannot be run by this onnxruntime: {reason.rstrip('.')}. Export it again for an "
        "older opset and IR version, with operators of the ONNX standard, or update onnxruntime."
    )


def _trouble_with_weights(said: str) -> str:
    """What is wrong with the files beside the graph, and what to do; empty where nothing is."""
    if missing := re.search(r'does not exist: "([^"]+)"', said):
        return f"{missing.group(1)}, which is not there: copy it too, beside it"
    if "External data path" in said or "escapes" in said:
        return "a file outside of its folder, which is not read: export it as one file"
    if "out of bounds" in said or "regular file" in said:
        return "another file, which is cut off or none: copy that one again, beside it"
    return ""
