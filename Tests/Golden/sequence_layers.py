"""Golden results of the layers over sequences, by torch 2.13.0 and transformers 5.23.0; seed 72.

Writes LayersTests/sequence_layers.safetensors: of each layer the weights (`conv1d.module.weight`), an input
(`conv1d.x`), what the layer makes of it (`conv1d.y`), and the derivatives of the mean square of that by the
weights (`conv1d.gradient.weight`).
"""

import pathlib

import torch
import transformers
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import weight_norm
from transformers.models.t5.modeling_t5 import T5LayerNorm

assert torch.__version__.startswith("2.13.0"), torch.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "LayersTests/sequence_layers.safetensors"


class Outputs(nn.LSTM):
    """What is put out at each place, without the last state."""

    def forward(self, x):
        return super().forward(x)[0]


def modules():
    """Name, module, input."""
    yield "conv1d", nn.Conv1d(3, 4, 3, padding=1), torch.randn(2, 3, 9)
    plain = nn.Conv1d(3, 5, 5, stride=2, padding=4, dilation=3, bias=False)
    yield "conv1d_dilated", plain, torch.randn(2, 3, 14)
    yield "conv1d_normed", weight_norm(nn.Conv1d(4, 6, 4, stride=2, padding=1)), torch.randn(2, 4, 10)
    yield "transposed", nn.ConvTranspose1d(4, 3, 6, stride=3, padding=2), torch.randn(2, 4, 5)
    yield "transposed_normed", weight_norm(nn.ConvTranspose1d(4, 3, 4, stride=2, padding=1)), torch.randn(2, 4, 5)
    yield "rms_norm", T5LayerNorm(8, eps=1e-4), 0.1 * torch.randn(2, 3, 8) + 0.05
    yield "lstm", Outputs(3, 4, batch_first=True), torch.randn(2, 5, 3)


def main():
    torch.manual_seed(72)
    tensors = {}
    for name, module, x in modules():
        for key, weight in module.named_parameters():
            weight.data = torch.randn_like(weight)
            tensors[f"{name}.module.{key}"] = weight.data
        y = module(x)
        gradients = torch.autograd.grad(y.square().mean(), list(module.parameters()))
        for (key, _), gradient in zip(module.named_parameters(), gradients):
            tensors[f"{name}.gradient.{key}"] = gradient
        tensors |= {f"{name}.x": x, f"{name}.y": y.detach()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, OUTPUT)
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


main()
