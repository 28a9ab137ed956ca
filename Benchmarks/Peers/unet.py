"""A U-Net of Stable Diffusion 1.5's size in diffusers: its first call's seconds, then the next ones' median."""
import argparse
import json
import statistics
import time
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

OWN = ("_class_name", "_diffusers_version")


def main():
    parser = argparse.ArgumentParser()
    for name in ("threads", "side", "batch"):
        parser.add_argument(f"--{name}", type=int)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    sizes = json.loads(Path(__file__).with_name("unet.json").read_text())
    # Convolutions like the channels innermost.
    model = UNet2DConditionModel(**{k: v for k, v in sizes.items() if k not in OWN})
    model = model.eval().to(memory_format=torch.channels_last)
    x = torch.randn(options.batch, 4, options.side, options.side)
    timestep = torch.full((options.batch,), 500)
    text = torch.randn(options.batch, 77, 768)
    times = []
    with torch.inference_mode():
        for _ in range(6):
            start = time.perf_counter()
            model(x, timestep, text, return_dict=False)
            times.append(time.perf_counter() - start)
    print(times[0])
    print(statistics.median(times[1:]))


main()
