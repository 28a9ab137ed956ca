"""Golden results of the layers, by torch 2.13.0; seed 32.

Writes LayersTests/layers.safetensors: of each layer the weights (`linear.module.weight`), an input
(`linear.x`) and what the layer makes of it (`linear.y`).
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

assert torch.__version__.startswith("2.13.0"), torch.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "LayersTests"


def modules():
    """Name, module, input."""
    yield "linear", nn.Linear(5, 7), torch.randn(2, 3, 5)
    yield "linear_plain", nn.Linear(5, 7, bias=False), torch.randn(4, 5)
    yield "conv2d", nn.Conv2d(3, 4, 3, padding=1), torch.randn(2, 3, 6, 5)
    strided = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2, bias=False)
    yield "conv2d_strided", strided, torch.randn(2, 4, 7, 8)
    strided = nn.Conv3d(2, 3, (3, 1, 2), stride=(2, 1, 2), padding=(0, 1, 1))
    yield "conv3d", strided, torch.randn(2, 2, 5, 3, 4)
    yield "group_norm", nn.GroupNorm(2, 6, eps=1e-6), 3 * torch.randn(2, 6, 3, 4) + 1
    yield "layer_norm", nn.LayerNorm(8, eps=1e-12), 3 * torch.randn(2, 3, 8) + 1
    yield "layer_norm_plain", nn.LayerNorm(8, eps=1e-6, elementwise_affine=False), torch.randn(2, 3, 8)
    yield "embedding", nn.Embedding(9, 4), torch.randint(0, 9, (2, 5))


def attention(mask):
    query, key, value = torch.randn(2, 3, 12), torch.randn(2, 5, 12), torch.randn(2, 5, 12)
    heads = [x.unflatten(-1, (4, 3)).transpose(1, 2) for x in (query, key, value)]
    scores = heads[0] @ heads[1].transpose(-1, -2) / 3**0.5
    if mask is not None:
        scores = scores + mask
    y = (functional.softmax(scores, dim=-1) @ heads[2]).transpose(1, 2).flatten(2)
    return {"query": query, "key": key, "value": value, "y": y}


def main():
    torch.manual_seed(32)
    tensors = {}
    for name, module, x in modules():
        for key, weight in module.named_parameters():
            weight.data = torch.randn_like(weight)
            tensors[f"{name}.module.{key}"] = weight.data
        tensors |= {f"{name}.x": x, f"{name}.y": module(x).detach()}
    mask = torch.zeros(2, 1, 1, 5)
    mask[1, ..., 3:] = -torch.inf
    tensors |= {f"attention.{key}": value for key, value in attention(None).items()}
    masked = attention(mask) | {"mask": mask}
    tensors |= {f"attention_masked.{key}": value for key, value in masked.items()}
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "layers.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


main()
