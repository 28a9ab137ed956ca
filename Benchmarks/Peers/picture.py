"""A picture of Stable Diffusion 1 in diffusers, from nothing to a written file."""
import argparse

import torch
from diffusers import StableDiffusionPipeline


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prompt")
    for name in ("model", "output"):
        parser.add_argument(f"--{name}")
    for name in ("size", "steps", "threads"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--tuned", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    pipe = StableDiffusionPipeline.from_pretrained(options.model, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    if options.tuned:
        # Convolutions like the channels innermost.
        for network in (pipe.unet, pipe.vae):
            network.to(memory_format=torch.channels_last)
    picture = pipe(
        options.prompt, num_inference_steps=options.steps, guidance_scale=7.5, height=options.size,
        width=options.size, generator=torch.Generator("cpu").manual_seed(42)).images[0]
    picture.save(options.output)


main()
