"""A small file with a tensor of every dtype, by safetensors 0.8.0 and torch 2.13.0.

Writes CheckpointsTests/Safetensors/dtypes.safetensors. Element i of each tensor is the dtype's
nearest value to i - 2, or to i for unsigned ones and truth values (i odd).
"""

import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/Safetensors"
SIGNED = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8",
          "float8_e4m3fn", "float8_e5m2"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
OTHER = ["float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz", "complex64"]


def main():
    steps = torch.arange(6)
    tensors = {name: (steps - 2).to(getattr(torch, name)).reshape(2, 3) for name in SIGNED}
    tensors |= {name: steps.to(getattr(torch, name)).reshape(2, 3) for name in UNSIGNED}
    tensors["bool"] = (steps % 2 == 1).reshape(2, 3)
    for name in OTHER:
        tensors[name] = torch.zeros(2, 3).to(getattr(torch, name))
    tensors["float4"] = torch.zeros(2, 2, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(3, 0)
    tensors['odd "name"\n\u00e9\u0001'] = torch.tensor([7], dtype=torch.int16)
    path = FOLDER / "dtypes.safetensors"
    save_file(tensors, path, metadata={"format": 'p"t\n\u00e9'})
    print(f"{path.name}: {path.stat().st_size} bytes")


main()
