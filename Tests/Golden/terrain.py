"""Golden outputs of the terrain network of adaptive-terrain-diffusion 0.4.2, by ONNX Runtime 1.32.0.

Usage: terrain.py FILE.onnx (from the wheel); without it, the file that Scripts/test-weights fetches.
Writes InkwellTests/Sampling/terrain.safetensors. torch 2.13.0 draws the noise: seed 5 for `start`, the
answer at sigma 80 to difficulty 50, and seed 6 for the cases, in which the network gets
`start + sigma · noise`. For each case, `SIGMA.DIFFICULTY.network` is what the last convolution says and
`SIGMA.DIFFICULTY.whole` what the graph does, both at every fourth pixel of every fourth row.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.numpy import save_file

assert onnxruntime.__version__ == "1.32.0", onnxruntime.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
FETCHED = ROOT / ".deps/evaluation/adaptive-terrain-diffusion-0.4.2/terrain_diffusion/weights"
NAME = "terrain_consistency_unet_difficulty100.onnx"
OUTPUT = ROOT / "Tests/InkwellTests/Sampling/terrain.safetensors"
CASES = [(80, 1), (80, 100), (5, 50), (0.5, 25), (0.02, 75), (0.002, 50)]


def session(path):
    model = onnx.load(path)
    last = [node for node in model.graph.node if "network.out.2.weight" in node.input]
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(last[0].output[0]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def noise(seed):
    return torch.randn(1, 1, 128, 128, generator=torch.Generator().manual_seed(seed)).numpy()


def main():
    run = session(sys.argv[1] if len(sys.argv) > 1 else FETCHED / NAME)

    def answer(x, sigma, difficulty):
        label = np.array([(difficulty - 1) / 99], np.float32)
        whole, network = run.run(
            None, {"noisy": x, "sigma": np.array([sigma], np.float32), "difficulty": label})
        return whole, network

    start, _ = answer(np.float32(80) * noise(5), 80, 50)
    tensors = {"start": start}
    for sigma, difficulty in CASES:
        whole, network = answer(start + np.float32(sigma) * noise(6), sigma, difficulty)
        name = f"{sigma}.{difficulty}"
        tensors[f"{name}.whole"] = np.ascontiguousarray(whole[:, :, ::4, ::4])
        tensors[f"{name}.network"] = np.ascontiguousarray(network[:, :, ::4, ::4])
        print(name, whole.std(), network.std())
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUTPUT)
    print(OUTPUT.stat().st_size)


main()
