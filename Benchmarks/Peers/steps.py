"""The repository's denoiser in PyTorch eager, as diffusers has it: a step's median seconds, or its megabytes."""
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
    return PixArtTransformer2DModel(**{k: v for k, v in sizes.items() if k not in OWN})


def median(body, repeats):
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def resident(name):
    """Megabytes of this process as Linux counts them."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    kind, _, size = options.step.partition("-")
    if kind == "product":
        dtype = torch.bfloat16 if size == "bf16" else torch.float32
        x, weight = torch.randn(4096, 1024).to(dtype), torch.randn(1024, 1024).to(dtype)
        print(median(lambda: torch.nn.functional.linear(x, weight), 50))
        return

    model = network(options.model)
    batch = 2 * int(size) if kind == "sampling" else 64
    side = model.config.sample_size
    x = torch.randn(batch, model.config.in_channels, side, side)
    target = torch.randn_like(x)
    inputs = dict(
        timestep=torch.rand(batch) * 1000, encoder_hidden_states=torch.randn(batch, 32, model.config.caption_channels),
        encoder_attention_mask=torch.ones(batch, 32), added_cond_kwargs={"resolution": None, "aspect_ratio": None},
        return_dict=False)

    if kind == "memory":
        model.eval()
        with torch.inference_mode():
            model(x[:1], **{k: v[:1] if torch.is_tensor(v) else v for k, v in inputs.items()})
            before = resident("VmRSS")
            for _ in range(3):
                model(x, **inputs)
        print(resident("VmHWM") - before)
        return

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
