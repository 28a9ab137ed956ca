"""Golden pictures of what prompts can do, with the small pipelines of stable_diffusion.py, by diffusers
0.42.1, transformers 5.23.0 and torch 2.13.0.

Writes InkwellTests/StableDiffusion/words.json, what each picture was asked for with the scheduler's
configuration, and words.safetensors, NAME.latents of it and the picture and change map of the last cases.

Prompts that change and AND are a loop over diffusers' U-Net and schedulers that is written here, because
diffusers has none; so is differential diffusion, after examples/community/
pipeline_stable_diffusion_xl_differential_img2img.py with the map's mean over each latent. Blends and tiles are
diffusers' pipelines, with embeddings that are mixed and with convolutions that are told to wrap, and cached
features are DeepCache 0.1.1's.
"""

import json

import torch
from DeepCache import DeepCacheSDHelper
from diffusers import (
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)
from safetensors.torch import save_file

from stable_diffusion import (
    BETAS, OUTPUT, autoencoder, described, text_encoder, tokenizer, unet, xl_parts)

LEADING = BETAS | dict(steps_offset=1)
DDIM = DDIMScheduler(**LEADING, set_alpha_to_one=False, clip_sample=False)
EULER = EulerDiscreteScheduler(**LEADING)
ANCESTRAL = EulerAncestralDiscreteScheduler(**LEADING)


def sd1():
    return StableDiffusionPipeline(
        vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer(), unet=unet(63),
        scheduler=DDIM, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def noise(seed, height=8, width=8):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn([1, 4, height, width], generator=generator), generator


def estimate(pipe, x, t, text, is_negative=False):
    """What the U-Net predicts for a text."""
    if not isinstance(pipe, StableDiffusionXLPipeline):
        return pipe.unet(x, t, pipe.encode_prompt(text, "cpu", 1, False)[0]).sample
    states, _, pooled, _ = pipe.encode_prompt(text, device="cpu", do_classifier_free_guidance=False)
    if is_negative and text == "":
        states, pooled = torch.zeros_like(states), torch.zeros_like(pooled)
    sizes = torch.tensor([[16, 16, 0, 0, 16, 16]], dtype=states.dtype)
    return pipe.unet(
        x, t, states, added_cond_kwargs={"text_embeds": pooled, "time_ids": sizes}).sample


def changing(pipe, scheduler, seed, texts, negatives, guidance):
    """Latents of prompts, each a text and a weight, that are given for every step; so may guidance be."""
    scheduler.set_timesteps(len(texts))
    x, generator = noise(seed)
    x = x * scheduler.init_noise_sigma
    guidances = guidance if isinstance(guidance, list) else [guidance] * len(texts)
    for t, terms, negative, guidance in zip(
            scheduler.timesteps, texts, negatives, guidances, strict=True):
        scaled = scheduler.scale_model_input(x, t)
        uncond = estimate(pipe, scaled, t, negative, is_negative=True)
        guided = uncond
        for text, weight in terms:
            guided = guided + guidance * weight * (estimate(pipe, scaled, t, text) - uncond)
        x = scheduler.step(guided, t, x, generator=generator).prev_sample \
            if scheduler is ANCESTRAL else scheduler.step(guided, t, x).prev_sample
    return x


def slerp(a, b, share):
    cosine = (a * b).sum(-1, keepdim=True) / (a.norm(dim=-1, keepdim=True) * b.norm(dim=-1, keepdim=True))
    angle = torch.acos(cosine.clamp(-1, 1))
    arc = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
    # The first token's state is the same in all prompts.
    return torch.where(torch.sin(angle) > 1e-4, arc, (1 - share) * a + share * b)


def piped(pipe, scheduler, **options):
    pipe.scheduler = scheduler
    pipe.set_progress_bar_config(disable=True)
    return pipe(
        generator=[torch.Generator("cpu").manual_seed(42)], num_inference_steps=5, guidance_scale=7.5,
        output_type="latent", **dict(width=16, height=16) | options).images


def wrapped(pipe, axes):
    """The pipeline with convolutions whose edges meet; along one axis only by their own padding."""

    def forward(self, x, weight, bias):
        across, down = (self.padding[1] if "x" in axes else 0), (self.padding[0] if "y" in axes else 0)
        x = torch.nn.functional.pad(x, (across, across, down, down), mode="circular")
        return torch.nn.functional.conv2d(
            x, weight, bias, self.stride, (self.padding[0] - down, self.padding[1] - across),
            self.dilation, self.groups)

    for network in (pipe.unet, pipe.vae):
        for module in network.modules():
            if not isinstance(module, torch.nn.Conv2d):
                continue
            if axes == "xy":
                module.padding_mode = "circular"
            else:
                module._conv_forward = forward.__get__(module)
    return pipe


def differential(pipe, scheduler, picture, change, seed, steps, strength, guidance):
    scheduler.set_timesteps(steps)
    made = min(int(steps * strength), steps)
    timesteps = scheduler.timesteps[steps - made:]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(steps - made)
    generator = torch.Generator().manual_seed(seed)
    pixels = picture.permute(2, 0, 1).unsqueeze(0).float() / 127.5 - 1
    known = pipe.vae.encode(pixels).latent_dist.sample(generator) * pipe.vae.config.scaling_factor
    unit = torch.randn(known.shape, generator=generator)
    # White is drawn anew here and kept there.
    kept = 1 - torch.nn.functional.avg_pool2d(change.float()[None, None] / 255, 2)
    x = scheduler.add_noise(known, unit, timesteps[:1])
    for i, t in enumerate(timesteps):
        if i > 0:
            mask = (kept > i / len(timesteps)).float()
            x = scheduler.add_noise(known, unit, t[None]) * mask + x * (1 - mask)
        scaled = scheduler.scale_model_input(x, t)
        uncond, cond = estimate(pipe, scaled, t, ""), estimate(pipe, scaled, t, "a red apple")
        options = dict(generator=generator) if scheduler is ANCESTRAL else {}
        x = scheduler.step(uncond + guidance * (cond - uncond), t, x, **options).prev_sample
    return x


def main():
    asked, tensors = [], {}

    def add(name, scheduler, latents, prompt, **options):
        assert latents.isfinite().all(), name
        tensors[f"{name}.latents"] = latents.contiguous()
        asked.append(dict(
            name=name, scheduler=described(scheduler), prompts=[prompt], seeds=[42], steps=5, guidance=7.5) | options)

    pipe, xl = sd1(), StableDiffusionXLPipeline(**xl_parts(), scheduler=EULER)
    one = lambda *texts: [[(text, 1)] for text in texts]
    plain = [""] * 5
    red, green = "a red apple", "a green apple"
    add("change", DDIM, changing(pipe, DDIM, 42, one(red, red, green, green, green), plain, 7.5),
        "a [red:green:2] apple")
    add("alternate", EULER, changing(pipe, EULER, 42, one(red, green, red, green, red), plain, 7.5),
        "a [red|green] apple")
    add("negative", ANCESTRAL, changing(
        pipe, ANCESTRAL, 42, one(*[red] * 5), ["the cat", "the cat", "the dog", "the dog", "the dog"], 7.5),
        red, negative_prompt=["the [cat:dog:0.4]"])
    both = [[(red, 1), ("the cat", 0.5)]] * 5
    add("and", DDIM, changing(pipe, DDIM, 42, both, plain, 7.5), "a red apple AND the cat :0.5")
    mixed = [[(red if i < 3 else green, 1), ("the cat", -0.5)] for i in range(5)]
    add("xl-and", EULER, changing(xl, EULER, 42, mixed, plain, 7.5),
        "a [red:green:0.6] apple AND the cat :-0.5")

    part = [1, 7.5, 7.5, 1, 1]
    add("guidance-part", DDIM, changing(pipe, DDIM, 42, one(*[red] * 5), plain, part), red,
        guidance_start=0.2, guidance_end=0.7)
    add("xl-guidance-part", EULER, changing(xl, EULER, 42, one(*[red] * 5), plain, part), red,
        guidance_start=0.2, guidance_end=0.7)

    for scheduler, interval, depth in [(DDIM, 2, 0), (EULER, 3, 1)]:
        cached = sd1()
        helper = DeepCacheSDHelper(pipe=cached)
        cached.scheduler = scheduler
        helper.set_params(cache_interval=interval)
        helper.params |= dict(cache_block_id=0, cache_layer_id=depth)
        helper.enable()
        add(f"cache-{interval}-{depth}", scheduler, piped(cached, scheduler, prompt=[red]), red,
            cache=dict(interval=interval, depth=depth))

    encode = lambda text: pipe.encode_prompt(text, "cpu", 1, False)[0]
    a, b, empty = encode(red), encode("the cat"), encode("")
    blends = [dict(prompt="the cat", weight=0.4)]
    add("blend", DDIM, piped(
        pipe, DDIM, prompt_embeds=0.6 * a + 0.4 * b, negative_prompt_embeds=empty), red, blends=blends)
    add("blend-slerp", DDIM, piped(
        pipe, DDIM, prompt_embeds=slerp(a, b, 0.4), negative_prompt_embeds=empty), red, blends=blends,
        blending="slerp")

    for tile, axes in dict(both="xy", x="x", y="y").items():
        tiled = wrapped(sd1(), axes)
        latents = piped(tiled, DDIM, prompt=[red], width=24)
        picture = tiled.vae.decode(latents / tiled.vae.config.scaling_factor).sample
        tensors[f"tile-{tile}.decoded"] = picture.contiguous()
        add(f"tile-{tile}", DDIM, latents, red, tile=tile, width=24)

    generator = torch.Generator().manual_seed(72)
    pixels = torch.randint(0, 256, [16, 24, 3], generator=generator, dtype=torch.uint8)
    change = torch.randint(0, 256, [16, 24], generator=generator, dtype=torch.uint8)
    change[:, :8], change[:, 16:] = 0, 255
    tensors |= {"picture": pixels, "change": change}
    for name, scheduler, strength in [("ddim", DDIM, 1.0), ("part", DDIM, 0.8), ("ancestral", ANCESTRAL, 1.0)]:
        add(f"differential-{name}", scheduler, differential(
            pipe, scheduler, pixels, change, 42, 5, strength, 7.5), red, strength=strength, width=24)

    (OUTPUT / "words.json").write_text("[\n" + ",\n".join(map(json.dumps, asked)) + "\n]\n")
    save_file(tensors, OUTPUT / "words.safetensors")
    for path in sorted(OUTPUT.glob("words.*")):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    with torch.no_grad():
        main()
