"""Files that onnxruntime cannot run, as people have them: each says why, and what to do."""

import gzip
import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rl_manip_description.contract.onnx_session import (
    OnnxFileError,
    keeps_weights_elsewhere,
    open_session,
    read_policy_file,
)


def model(operator="MatMul", ir_version=8, opset=17):
    weights = numpy_helper.from_array(np.full((3, 2), 0.5, dtype=np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "weights"], ["y"])],
        "one layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [weights],
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, ir_version=ir_version, opset_imports=opsets)


def saved(folder, proto, **options):
    path = folder / "policy.onnx"
    onnx.save_model(proto, str(path), **options)
    return path


def opened(path):
    return open_session(path, path.read_bytes())


@pytest.fixture
def in_two_files(tmp_path):
    proto = model()
    return saved(
        tmp_path, proto, save_as_external_data=True, location="weights.bin", size_threshold=0
    )


@pytest.mark.parametrize("here", [True, False])
def test_weights_beside_the_file_are_read_from_any_folder(in_two_files, monkeypatch, here):
    if here:
        monkeypatch.chdir(in_two_files.parent)
    assert keeps_weights_elsewhere(in_two_files.read_bytes())
    (y,) = opened(in_two_files).run(None, {"x": np.ones((1, 3), dtype=np.float32)})
    np.testing.assert_allclose(y, [[1.5, 1.5]])


def test_weights_that_are_missing_are_named(in_two_files):
    (in_two_files.parent / "weights.bin").unlink()
    with pytest.raises(OnnxFileError, match=r"weights\.bin, which is not there: copy it too"):
        opened(in_two_files)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("../weights.bin", "a file outside of its folder, which is not read: export it as one"),
        ("folder", "another file, which is cut off or none: copy that one again"),
        ("empty", "another file, which is cut off or none: copy that one again"),
    ],
)
def test_weights_that_are_not_read_say_why(tmp_path, location, said):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    proto = model()
    weights = proto.graph.initializer[0]
    onnx.external_data_helper.set_external_data(weights, location)
    weights.ClearField("raw_data")
    path = tmp_path / "policy.onnx"
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(OnnxFileError, match=said) as caught:
        opened(path)
    assert "opset" not in str(caught.value)


@pytest.mark.parametrize(
    ("proto", "said"),
    [
        (model(ir_version=99), r"Unsupported model IR version: 99, max supported IR version: \d+"),
        (model(opset=99), "Opset 99 is under development"),
        (model("FancyNewOp"), "FancyNewOp"),
    ],
)
def test_what_this_onnxruntime_cannot_run_is_said_in_its_own_words(tmp_path, proto, said):
    path = saved(tmp_path, proto)
    assert not keeps_weights_elsewhere(path.read_bytes())
    with pytest.raises(OnnxFileError, match=said) as caught:
        opened(path)
    assert str(caught.value).startswith(f"{path} cannot be run by this onnxruntime: ")
    assert "Export it again" in str(caught.value)
    for noise in (".cc:", ".h:", "ONNXRuntimeError", "std::", "\n"):
        assert noise not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:2f3d\nsize 9\n", "git lfs pull"),
        (b"PK\x03\x04" + bytes(99), "a checkpoint or another archive: .* rl_manip_train export"),
        (gzip.compress(model().SerializeToString(), mtime=0), "unpack it with gunzip"),
        (b"<robot name='arm'>", "a text such as a web page or a URDF"),
        (b"\x08\x08", "no complete ONNX file|cannot be run"),
        (b"no model at all", "no complete ONNX file"),
        (model().SerializeToString()[:40], "no complete ONNX file"),
    ],
)
def test_what_is_no_model_is_not_taken_for_one(tmp_path, content, said):
    path = tmp_path / "policy.onnx"
    path.write_bytes(content)
    with pytest.raises(OnnxFileError, match=said):
        opened(path)


def a_folder(path):
    path.mkdir()


def a_run(path):
    path.mkdir()
    (path / "policy.onnx").touch()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_folder, "is a folder: give the path of a policy.onnx"),
        (a_run, "is a folder: give .*given/policy.onnx"),
        (os.mkfifo, "is no file"),  # reading it would never end
        (lambda path: path.symlink_to("/dev/zero"), "is no file"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
        (lambda path: None, "No such file or directory"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, make, said):
    make(tmp_path / "given")
    with pytest.raises(OnnxFileError, match=said):
        read_policy_file(tmp_path / "given")
