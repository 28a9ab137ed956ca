"""Steps of AdamW and of Muon, and clipped gradients, by torch 2.13.0 with seed 0.

Writes TrainingTests/training.safetensors. `start.NAME` are two weights, `gradient.N.NAME` their
gradients at step N (the bias has none at step 3), `step.N.NAME` the weights after it; the matrix
decays, the bias does not, and the learning rate is 0.1 / N. `clipped.NAME` are the gradients of
step 1 after clipping to `norm` / 2, where `norm` is theirs. `muon.start.NAME`, `muon.gradient.N.NAME`
and `muon.step.N.NAME` are the same for Muon, computed in float32, with a learning rate of 0.02 / N;
`tall` has no gradient at step 2.
"""

import pathlib

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "TrainingTests/training.safetensors"
STEPS = 6


def muon():
    generator = torch.Generator().manual_seed(1)
    shapes = {"block.wide": (5, 7), "block.broad": (5, 7), "block.tall": (9, 4)}
    weights = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    tensors = {f"muon.start.{name}": weight.clone() for name, weight in weights.items()}
    # In float32, as bfloat16's rounding grows by the iteration to some hundredths.
    torch.Tensor.bfloat16 = torch.Tensor.float
    optimizer = torch.optim.Muon(
        weights.values(), momentum=0.8, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for step in range(1, 5):
        for name, weight in weights.items():
            weight.grad = None
            if (step, name) != (2, "block.tall"):
                weight.grad = torch.randn(weight.shape, generator=generator)
                tensors[f"muon.gradient.{step}.{name}"] = weight.grad.clone()
        for group in optimizer.param_groups:
            group["lr"] = 0.02 / step
        optimizer.step()
        tensors |= {f"muon.step.{step}.{name}": weight.clone() for name, weight in weights.items()}
    return tensors


def main():
    generator = torch.Generator().manual_seed(0)
    shapes = {"weight": (5, 7), "bias": (7,)}
    weights = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    tensors = {f"start.{name}": weight.clone() for name, weight in weights.items()}
    optimizer = torch.optim.AdamW(
        [
            {"params": [weights["weight"]], "weight_decay": 0.1},
            {"params": [weights["bias"]], "weight_decay": 0.0},
        ],
        betas=(0.8, 0.95), eps=1e-6, fused=True)
    for step in range(1, STEPS + 1):
        for name, weight in weights.items():
            weight.grad = None
            if (step, name) != (3, "bias"):
                weight.grad = torch.randn(weight.shape, generator=generator)
                tensors[f"gradient.{step}.{name}"] = weight.grad.clone()
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / step
        optimizer.step()
        tensors |= {f"step.{step}.{name}": weight.clone() for name, weight in weights.items()}
    for name, weight in weights.items():
        weight.grad = tensors[f"gradient.1.{name}"].clone()
    norm = torch.nn.utils.get_total_norm([weight.grad for weight in weights.values()])
    torch.nn.utils.clip_grad_norm_(weights.values(), norm.item() / 2)
    tensors |= {f"clipped.{name}": weight.grad for name, weight in weights.items()}
    tensors["norm"] = norm
    save_file(tensors | muon(), OUTPUT)
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size} bytes")


main()
