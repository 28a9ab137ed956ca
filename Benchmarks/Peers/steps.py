"""The repository's denoiser in PyTorch eager, as diffusers has it: the median seconds of a step."""
import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from diffusers.models.transformers.pixart_transformer_2d import PixArtTransformer2DModel

OWN = ("_class_name", "_diffusers_version")


def network(folder):
    sizes = json.loads(Path(folder, "transformer/config.json").read_text())
    return PixArtTransformer2DModel(
        **{k: v for k, v in sizes.items() if k not in OWN}, cross_attention_dim=sizes["num_attention_heads"]
        * sizes["attention_head_dim"])


def median(body, repeats):
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = network(options.model)
    kind, _, size = options.step.partition("-")
    batch = 64 if kind == "training" else 2 * int(size)
    side = model.config.sample_size
    x = torch.randn(batch, model.config.in_channels, side, side)
    target = torch.randn_like(x)
    inputs = dict(
        timestep=torch.rand(batch) * 1000, encoder_hidden_states=torch.randn(batch, 32, model.config.caption_channels),
        encoder_attention_mask=torch.ones(batch, 32), added_cond_kwargs={"resolution": None, "aspect_ratio": None},
        return_dict=False)

    if kind == "sampling":
        model.eval()
        with torch.inference_mode():
            print(median(lambda: model(x, **inputs), 30))
        return

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=size == "bf16"):
            output = model(x, **inputs)[0]
        torch.nn.functional.mse_loss(output.float(), target).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    print(median(step, 8))


main()
