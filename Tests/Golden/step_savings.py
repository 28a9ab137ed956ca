"""Golden latents of less work a step, with the small pipelines of stable_diffusion.py, by diffusers 0.42.1,
transformers 5.23.0, torch 2.13.0, tomesd 0.1.3 and DeepCache 0.1.1.

Writes InkwellTests/StableDiffusion/savings.json, what each picture was asked for with the scheduler's
configuration, and savings.safetensors, NAME.latents of it, and tokens that are merged.

Features are kept by DeepCache, and answers by what is written here. Tokens are merged by tomesd, whose generator is seeded before every evaluation with a thousand times the timestep.
"""

import importlib.metadata
import json

import tomesd
import torch
from DeepCache import DeepCacheSDHelper
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline, StableDiffusionXLPipeline
from PIL import Image
from safetensors.torch import load_file, save_file
from tomesd.merge import bipartite_soft_matching_random2d

from stable_diffusion import OUTPUT, described, xl_parts
from stable_diffusion_words import DDIM, EULER, sd1

assert importlib.metadata.version("tomesd") == "0.1.3"
assert importlib.metadata.version("DeepCache") == "0.1.1"


def merging(pipe, share, max_downsample=1):
    """The pipeline with tokens merged, drawn from the timestep."""
    tomesd.apply_patch(pipe, ratio=share, max_downsample=max_downsample)

    def draw(unet, args):
        unet._tome_info["args"]["generator"] = torch.Generator().manual_seed(round(1000 * float(args[1])))

    pipe.unet.register_forward_pre_hook(draw)
    return pipe


def caching(pipe, interval, depth):
    """The pipeline with deep features that are kept."""
    helper = DeepCacheSDHelper(pipe=pipe)
    helper.set_params(cache_interval=interval)
    helper.params |= dict(cache_block_id=0, cache_layer_id=depth)
    helper.enable()
    return pipe


def answering(pipe, interval):
    """The pipeline whose network answers every so many times, and else on the line through the last answers."""
    forward, known, count = pipe.unet.forward, [], 0

    def foreseen(x, t, *args, **options):
        nonlocal count, known
        count += 1
        if (count - 1) % interval == 0:
            known = known[-1:] + [(float(t), forward(x, t, *args, **options)[0])]
        (first, a), (last, b) = known[0], known[-1]
        return (b if len(known) == 1 else b + (b - a) / (last - first) * (float(t) - last),)

    pipe.unet.forward = foreseen
    return pipe


def steered():
    """The pipeline with the ControlNet of stable_diffusion.py, and its first picture."""
    parts = sd1().components
    network = ControlNetModel.from_pretrained(OUTPUT / "control", torch_dtype=torch.float32)
    pipe = StableDiffusionControlNetPipeline(**parts, controlnet=network, requires_safety_checker=False)
    return pipe, Image.fromarray(load_file(OUTPUT / "control.safetensors")["first"].numpy())


def piped(pipe, scheduler, seeds, **options):
    pipe.scheduler = scheduler
    pipe.set_progress_bar_config(disable=True)
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    return pipe(
        prompt=["a red apple", "the cat"][:len(seeds)], generator=generators, num_inference_steps=5,
        guidance_scale=7.5, output_type="latent", **options).images


def odd():
    """Tokens that stand in five rows and seven columns, merged, and put back; drawn from the seed 9."""
    x = torch.randn(2, 35, 6, generator=torch.Generator().manual_seed(90))
    merge, unmerge = bipartite_soft_matching_random2d(
        x, 7, 5, 2, 2, 21, generator=torch.Generator().manual_seed(9))
    return {"odd.x": x, "odd.merged": merge(x), "odd.unmerged": unmerge(merge(x))}


def main():
    asked, tensors = [], {}

    def add(name, pipe, scheduler, seeds=(42,), width=16, height=16, said={}, **options):
        latents = piped(pipe, scheduler, seeds, width=width, height=height, **options)
        assert latents.isfinite().all(), name
        tensors[f"{name}.latents"] = latents.contiguous()
        prompts = ["a red apple", "the cat"][:len(seeds)]
        asked.append(dict(
            name=name, scheduler=described(scheduler), prompts=prompts, seeds=list(seeds), steps=5, guidance=7.5,
            width=width, height=height) | said)

    add("merge-half", merging(sd1(), 0.5), DDIM, said=dict(mergedTokens=0.5))
    add("merge-most", merging(sd1(), 0.75), EULER, seeds=(42, 7), said=dict(mergedTokens=0.75))
    add("merge-cache", caching(merging(sd1(), 0.5), 2, 1), DDIM,
        said=dict(mergedTokens=0.5, cache=dict(interval=2, depth=1)))
    tensors |= odd()
    xl = StableDiffusionXLPipeline(**xl_parts(), scheduler=EULER)
    add("xl-merge", merging(xl, 0.5, max_downsample=2), EULER, said=dict(mergedTokens=0.5))

    for name, interval, depth, share in [("control-cache", 2, 1, None), ("control-merge-cache", 3, 0, 0.5)]:
        pipe, picture = steered()
        pipe = caching(merging(pipe, share) if share else pipe, interval, depth)
        add(name, pipe, DDIM, width=24, image=picture, controlnet_conditioning_scale=0.8,
            said=dict(controlnet_conditioning_scale=[0.8], cache=dict(interval=interval, depth=depth))
            | (dict(mergedTokens=share) if share else {}))
    add("whole", answering(sd1(), 2), DDIM, said=dict(cache=dict(interval=2, order=1, kept="whole")))

    (OUTPUT / "savings.json").write_text("[\n" + ",\n".join(map(json.dumps, asked)) + "\n]\n")
    save_file(tensors, OUTPUT / "savings.safetensors")
    for path in sorted(OUTPUT.glob("savings.*")):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    with torch.no_grad():
        main()
