"""The repository's denoiser, and Stable Diffusion's with a LoRA, in PyTorch, as diffusers has them.

The seconds of a step's repeats, or its megabytes."""
import argparse
import json
import time
from pathlib import Path

import torch
from diffusers.models.transformers.pixart_transformer_2d import PixArtTransformer2DModel

OWN = ("_class_name", "_diffusers_version")


def network(folder):
    sizes = json.loads(Path(folder, "transformer/config.json").read_text())
    return PixArtTransformer2DModel(**{k: v for k, v in sizes.items() if k not in OWN})


def seconds(body, repeats):
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return times[2:]


def training(model, options, autocast, target, *inputs, **more):
    """The seconds of steps toward a target."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    run = torch.compile(model) if options.compile else model

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = run(*inputs, **more)[0]
        torch.nn.functional.mse_loss(output.float(), target).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return seconds(step, 8)


def unet(options, autocast):
    """Steps of a small U-Net as diffusers has it."""
    from diffusers import UNet2DConditionModel

    sizes = json.loads(Path(__file__).with_name("unet.json").read_text())
    model = UNet2DConditionModel(**{k: v for k, v in sizes.items() if k not in OWN})
    return training(
        model, options, autocast, torch.randn(8, 4, 32, 32), torch.randn(8, 4, 32, 32), torch.rand(8) * 1000,
        torch.randn(8, 77, 256), return_dict=False)


def lora(options, autocast):
    """A step as diffusers' examples/text_to_image/train_text_to_image_lora.py makes it, on latents and states."""
    from diffusers import DDPMScheduler, UNet2DConditionModel
    from peft import LoraConfig

    unet = UNet2DConditionModel.from_pretrained(options.model, subfolder="unet", torch_dtype=torch.float32)
    unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(r=8, lora_alpha=8, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    scheduler = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    optimizer = torch.optim.AdamW([p for p in unet.parameters() if p.requires_grad], lr=1e-4, fused=True)
    latents, states = torch.randn(1, 4, 32, 32), torch.randn(1, 77, unet.config.cross_attention_dim)
    run = torch.compile(unet) if options.compile else unet

    def step():
        noise, timesteps = torch.randn_like(latents), torch.randint(0, 1000, (1,))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            output = run(scheduler.add_noise(latents, noise, timesteps), timesteps, states, return_dict=False)[0]
        torch.nn.functional.mse_loss(output.float(), noise).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return seconds(step, 8)


def resident(name):
    """Megabytes of this process as Linux counts them."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def measured():
    parser = argparse.ArgumentParser()
    parser.add_argument("step")
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    kind, _, size = options.step.partition("-")
    if kind == "product":
        dtype = torch.bfloat16 if size == "bf16" else torch.float32
        x, weight = torch.randn(4096, 1024).to(dtype), torch.randn(1024, 1024).to(dtype)
        return seconds(lambda: torch.nn.functional.linear(x, weight), 50)

    if kind == "lora":
        return lora(options, size == "bf16")
    if kind == "unet":
        return unet(options, size == "bf16")
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
        return [resident("VmHWM") - before]

    if kind == "sampling":
        model.eval()
        with torch.inference_mode():
            return seconds(lambda: model(x, **inputs), 30)

    return training(model, options, size == "bf16", target, x, **inputs)


print(json.dumps({"calls": measured()}))
