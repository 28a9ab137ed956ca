"""Conversions between all dtypes by torch 2.13.0.

Writes TorchTests/dtypes.safetensors: `from.DTYPE`, numbers in that dtype, and `DTYPE.to.OTHER`, the
same after a conversion. None is out of the range of any dtype, as that has no defined result; some
lie between two numbers of the coarser dtypes.
"""

import pathlib

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "TorchTests"
DTYPES = {
    "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32,
    "int64": torch.int64, "float16": torch.float16, "float32": torch.float32, "float64": torch.float64,
    "bool": torch.bool, "bfloat16": torch.bfloat16, "float8e5m2": torch.float8_e5m2,
    "float8e4m3": torch.float8_e4m3fn, "uint16": torch.uint16, "uint32": torch.uint32,
    "uint64": torch.uint64,
}
NUMBERS = [0, 1, 0.3, 0.5, 1.5, 2.5, 3.14159265358979, 17.0625, 99.9, 112]


def main():
    tensors = {}
    for name, dtype in DTYPES.items():
        numbers = torch.tensor(NUMBERS, dtype=torch.float64).to(dtype)
        tensors[f"from.{name}"] = numbers
        for other, target in DTYPES.items():
            tensors[f"{name}.to.{other}"] = numbers.to(target, copy=True)
    path = FOLDER / "dtypes.safetensors"
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


main()
