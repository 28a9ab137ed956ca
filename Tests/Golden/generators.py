"""Random draws of torch 2.13.0's CPU generator, for five seeds.

Writes TorchTests/generators.safetensors: `SEED.N.KIND`, the Nth draw of a stream that begins with
`manual_seed(SEED)`, and `SEED.state`, the generator's state after the last. KIND is `normal`,
`uniform`, `integers` (from -3 up to 100), `wide` (from -2^40 up to 2^62) or `permutation`; the shape
and the dtype are the tensor's. Below 16 elements, and in float64, PyTorch draws normal numbers one
by one, else 16 at once. For whole numbers of a range of 2^28 and more, it takes 64 bits, else 32.
"""

import pathlib

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "TorchTests"
SEEDS = [0, 1, 42, 2**32 + 5, 2**63 - 1]
NORMAL = [(1,), (15,), (16,), (17,), (3, 11), ()]


def draws(generator):
    """Kind and tensor."""
    for shape in NORMAL:
        for dtype in (torch.float32, torch.float64):
            yield "normal", torch.randn(shape, generator=generator, dtype=dtype)
    for dtype in (torch.float32, torch.float64):
        yield "uniform", torch.rand((3, 7), generator=generator, dtype=dtype)
    yield "integers", torch.randint(-3, 100, (2, 9), generator=generator)
    yield "wide", torch.randint(-(2**40), 2**62, (2, 9), generator=generator)
    yield "permutation", torch.randperm(19, generator=generator)
    yield "normal", torch.randn(2, 8, generator=generator)


def main():
    tensors = {}
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        for index, (kind, draw) in enumerate(draws(generator)):
            tensors[f"{seed}.{index:02}.{kind}"] = draw
        tensors[f"{seed}.state"] = generator.get_state()
    path = FOLDER / "generators.safetensors"
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


main()
