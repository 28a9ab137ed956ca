"""A small ONNX file and the same tensors in safetensors, by onnx 1.23.2; seed 41.

Writes CheckpointsTests/ONNX/weights.onnx and weights.safetensors: tensors of every type that both
formats and torch have, one without elements, one without dimensions, one whose floats are packed
numbers and not raw bytes; and a graph with a node, inputs and notes, which a reader passes over.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

assert onnx.__version__ == "1.23.2", onnx.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/ONNX"
TYPES = ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16",
         "uint32", "uint64", "bool"]


def main():
    random = np.random.default_rng(41)
    arrays = {name: (100 * random.random((2, 3))).astype(name) for name in TYPES}
    arrays["bool"] = random.random((2, 3)) < 0.5
    arrays["empty"] = np.zeros((0, 4), np.float32)
    arrays["scalar"] = np.array(2.5, np.float32)
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    arrays["packed"] = random.random((4,)).astype(np.float32)
    tensors.append(helper.make_tensor("packed", TensorProto.FLOAT, [4], arrays["packed"]))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "scalar"], ["y"])], "small",
        [value("x", TensorProto.FLOAT, [2])], [value("y", TensorProto.FLOAT, [2])], tensors)
    model = helper.make_model(graph, producer_name="a script")
    helper.set_model_props(model, {"architecture": "none", "note": "für einen Test"})
    onnx.checker.check_model(model)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    onnx.save(model, OUTPUT / "weights.onnx")
    save_file(arrays, OUTPUT / "weights.safetensors")


main()
