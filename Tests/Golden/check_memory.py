"""Measures the memory of runs of Stable Diffusion at its published sizes, and their plans beside it.

    swift build
    python Tests/Golden/check_memory.py .build/debug/inkwell FOLDER [CASE…]

FOLDER gets models of random weights (seed 99) as the cases need them, and keeps them: 6 GB for the first
ones, 7 GB more for Stable Diffusion XL's. Each case draws pictures in a few steps. The run says the peak
that it expects before it loads the model; the greatest resident memory of the process (Linux' VmHWM) may
be 1.05 times that at most, and 0.8 times at least. Without names, all cases but those of Stable Diffusion
XL and of 2048 pixels run. Needs diffusers 0.42.1 and transformers 5.23.0.
"""

import json
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys

import diffusers
import torch
from diffusers import (
    AutoencoderKL, AutoencoderTiny, ControlNetModel, DDIMScheduler, DDPMScheduler, EulerDiscreteScheduler,
    StableDiffusionLatentUpscalePipeline, StableDiffusionPipeline, StableDiffusionUpscalePipeline,
    T2IAdapter, UNet2DConditionModel)
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, CLIPVisionConfig,
    CLIPVisionModelWithProjection)

from ip_adapter_shapes import adapter, plain
from published_sizes import CLIP_H, CLIP_L, OPENCLIP_G, OPENCLIP_H, SD1, SDXL, VAE, X2, X4, X4_VAE

assert diffusers.__version__ == "0.42.1", diffusers.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
TEXT = dict(vocab_size=49408, max_position_embeddings=77)
SCHEDULER = dict(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
    set_alpha_to_one=False, steps_offset=1)

# The model, the verb with its arguments, and what is made for the case.
DRAW = ["generate", "a red apple"]
SMALL = ["--size", "256"]
CONTROL = ["--control", "{0}/controlnet={0}/picture-256.png", *SMALL]
IMAGE = ["--image-prompt", "{0}/picture-256.png", "--ip-adapter", "{0}/ip-adapter.safetensors",
         "--image-encoder", "{0}/image_encoder"]
CASES = {
    "plain": ("float32", DRAW),
    "half-files": ("float16", DRAW),
    "parts": ("float32", [*DRAW, "--max-memory", "4400M"]),
    "half": ("float32", [*DRAW, "--max-memory", "3400M"]),
    "least-files": ("float16", [*DRAW, "--max-memory", "2700M"]),
    "wide": ("float16", [*DRAW, "--size", "1024x768", "--max-memory", "4G"]),
    "batch": ("float32", [*DRAW, "--count", "3", *SMALL]),
    "batch-parts": ("float16", [*DRAW, "--count", "3", *SMALL, "--max-memory", "3G"]),
    "control": ("float16", [*DRAW, *CONTROL]),
    "control-half": ("float16", [*DRAW, *CONTROL, "--max-memory", "3600M"]),
    "controls": ("float32", [*DRAW, *CONTROL, *CONTROL, "--max-memory", "7500M"]),
    "adapter": ("float32", [*DRAW, *SMALL, "--control", "{0}/adapter={0}/picture-256.png"]),
    "lora": ("float32", [*DRAW, *SMALL, "--lora", "{0}/lora.safetensors"]),
    "lora-half": ("float16", [*DRAW, *SMALL, "--lora", "{0}/lora.safetensors", "--max-memory", "3200M"]),
    "image": ("float16", [*DRAW, *IMAGE, *SMALL]),
    "image-half": ("float16", [*DRAW, *IMAGE, *SMALL, "--max-memory", "3G"]),
    "vary": ("float32", ["vary", "{0}/picture-512.png", "an apple", "--strength", "1"]),
    "vary-strips": ("float32", [
        "vary", "{0}/picture-1024.png", "an apple", "--strength", "1", "--window", "512",
        "--guidance", "1", "--max-memory", "5G"]),
    "edit": ("edit", ["edit", "{0}/picture-256.png", "make it red"]),
    "enlarge": ("x4", ["enlarge", "{0}/picture-128.png", "an apple"]),
    "upscale": ("x2", ["enlarge", "{0}/picture-256.png", "an apple"]),
    "cache": ("float32", [*DRAW, *SMALL, "--cache-interval", "2", "--cache-order", "3"]),
    "merge": ("float32", [*DRAW, "--merge-tokens", "0.75"]),
    "and": ("float32", ["generate", "an apple AND a leaf AND rain", "--syntax", "a1111", *SMALL]),
    "refiner": ("float16", [*DRAW, "--refiner", "{0}/float16/", "--refine-from", "0.5", *SMALL]),
    "refiner-half": ("float16", [
        *DRAW, "--refiner", "{0}/float16/", "--refine-from", "0.5", *SMALL, "--max-memory", "2600M"]),
    "hires": ("float32", [*DRAW, *SMALL, "--hires", "512", "--hires-pixels"]),
    "swapped": ("float16", [
        *DRAW, *SMALL, "--vae", "{0}/float32/vae", "--text-encoder", "{0}/float32/text_encoder"]),
    "explain": ("float32", [*DRAW, *SMALL, "--explain", "{0}/why"]),
    "explain-tiny": ("float32", [
        *DRAW, *SMALL, "--explain", "{0}/why", "--preview-decoder", "{0}/tiny"]),
    "shown": ("float32", [*DRAW, *SMALL]),
    "xl": ("xl", [*DRAW, "--size", "512", "--max-memory", "9G"]),
    "xl-1024": ("xl", [*DRAW, "--guidance", "1", "--max-memory", "9G"]),
    "2048": ("float16", [
        *DRAW, "--size", "2048", "--window", "512", "--guidance", "1", "--max-memory", "5G"]),
    "emoji": (None, [*DRAW, "--count", "8", "--model", str(TESTS.parent / "Models/inkwell-emoji") + "/"]),
}
SLOW = {"xl", "xl-1024", "2048"}
STEPS = {"refiner": 2, "refiner-half": 2, "explain": 2, "explain-tiny": 2, "hires": 2, "shown": 3, "cache": 8}


def drawn(build, dtype=torch.float32):
    """A network with random weights in its own type; the numbers come again, which is faster."""
    numbers = torch.randn(1 << 22)
    with torch.device("meta"):
        network = build()
    network = network.to(dtype).to_empty(device="cpu")
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if not tensor.is_floating_point():
            tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape))
        elif tensor.dim() > 1:
            for part in tensor.data.view(-1).split(len(numbers)):
                part.copy_(numbers[:len(part)] * tensor[0].numel() ** -0.5)
        else:
            # A1111's rule for weights of words divides by the mean of all states, which is not 0.
            tensor.data.copy_(0.1 * numbers[:len(tensor)] if tensor.dim() else tensor)
            tensor.data.add_(float("norm" in name and name.endswith("weight")))
    return network


def text(**sizes):
    return CLIPTextModel(CLIPTextConfig(**TEXT, **sizes))


def tokenizer():
    return CLIPTokenizer.from_pretrained(TESTS / "ModelsTests/CLIPText/tokenizer")


def make_models(folder):
    """Stable Diffusion 1 in float32 and float16."""
    pipe = StableDiffusionPipeline(
        vae=drawn(lambda: AutoencoderKL(**VAE)), text_encoder=drawn(lambda: text(**CLIP_L)),
        tokenizer=tokenizer(), unet=drawn(lambda: UNet2DConditionModel(**SD1)),
        scheduler=DDIMScheduler(**SCHEDULER),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipe.save_pretrained(folder / "float32", max_shard_size="1000GB")
    pipe.to(torch.float16).save_pretrained(folder / "float16", max_shard_size="1000GB")


def make_edit(folder):
    """InstructPix2Pix' U-Net beside the other networks of Stable Diffusion 1."""
    drawn(lambda: UNet2DConditionModel(**SD1, in_channels=8), torch.float16).save_pretrained(
        folder / "edit/unet")
    for name in ["vae", "text_encoder", "tokenizer", "scheduler"]:
        (folder / "edit" / name).symlink_to(folder.absolute() / "float16" / name)
    index = json.loads((folder / "float16/model_index.json").read_text())
    index["_class_name"] = "StableDiffusionInstructPix2PixPipeline"
    (folder / "edit/model_index.json").write_text(json.dumps(index))


def make_xl(folder):
    """Stable Diffusion XL in float16."""
    for name, build in {
            "unet": lambda: UNet2DConditionModel(**SDXL),
            "vae": lambda: AutoencoderKL(**VAE | dict(scaling_factor=0.13025)),
            "text_encoder": lambda: text(**CLIP_L),
            "text_encoder_2": lambda: CLIPTextModelWithProjection(CLIPTextConfig(**TEXT, **OPENCLIP_G))
    }.items():
        drawn(build, torch.float16).save_pretrained(folder / "xl" / name, max_shard_size="1000GB")
    DDIMScheduler(**SCHEDULER).save_pretrained(folder / "xl/scheduler")
    for name in ["tokenizer", "tokenizer_2"]:
        tokenizer().save_pretrained(folder / "xl" / name)
    (folder / "xl/model_index.json").write_text(json.dumps({
        "_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": True,
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]}))


def make_upscalers(folder):
    """Those of pictures, four times, and of latents, twice, in float16."""
    def parts(unet, vae, encoder):
        return dict(
            vae=drawn(lambda: AutoencoderKL(**vae), torch.float16), tokenizer=tokenizer(),
            text_encoder=drawn(lambda: text(**encoder), torch.float16),
            unet=drawn(lambda: UNet2DConditionModel(**unet), torch.float16))

    StableDiffusionUpscalePipeline(
        **parts(X4, X4_VAE, OPENCLIP_H), low_res_scheduler=DDPMScheduler(),
        scheduler=DDIMScheduler(**SCHEDULER, prediction_type="v_prediction")).save_pretrained(folder / "x4")
    StableDiffusionLatentUpscalePipeline(
        **parts(X2, VAE, CLIP_L), scheduler=EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="sample")
    ).save_pretrained(folder / "x2")


def make_lora(folder):
    """Kohya's products of rank 32 for all attentions of the U-Net, in float16."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SD1)
    tensors = {}
    for name, module in unet.named_modules():
        if not (isinstance(module, torch.nn.Linear) and ".attn" in name):
            continue
        place = "lora_unet_" + name.replace(".", "_")
        tensors |= {
            f"{place}.lora_up.weight": torch.randn(module.out_features, 32).half() * 0.01,
            f"{place}.lora_down.weight": torch.randn(32, module.in_features).half() * 0.01,
            f"{place}.alpha": torch.tensor(32.0).half()}
    save_file(tensors, folder / "lora.safetensors")


def make_adapter(folder):
    """A plain IP-Adapter, in float16."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SD1)
    tensors = {key: torch.randn(shape) * 0.02 if len(shape) > 1 else torch.ones(shape)
               for key, shape in adapter(unet, plain(768)).items()}
    save_file({key: value.half() for key, value in tensors.items()}, folder / "ip-adapter.safetensors")


def make_picture(folder, side):
    from PIL import Image
    Image.effect_noise((side, side), 60).convert("RGB").save(folder / f"picture-{side}.png")


MAKERS = {
    "float32": make_models,
    "float16": make_models,
    "edit": make_edit,
    "xl": make_xl,
    "x4": make_upscalers,
    "x2": make_upscalers,
    "lora.safetensors": make_lora,
    "ip-adapter.safetensors": make_adapter,
    "image_encoder": lambda folder: drawn(
        lambda: CLIPVisionModelWithProjection(CLIPVisionConfig(**CLIP_H)),
        torch.float16).save_pretrained(folder / "image_encoder"),
    "controlnet": lambda folder: drawn(
        lambda: ControlNetModel(cross_attention_dim=768), torch.float16).save_pretrained(
            folder / "controlnet"),
    "adapter": lambda folder: T2IAdapter(
        channels=[320, 640, 1280, 1280], adapter_type="full_adapter").save_pretrained(
            folder / "adapter"),
    "tiny": lambda folder: AutoencoderTiny().save_pretrained(folder / "tiny"),
    **{f"picture-{side}.png": (lambda folder, side=side: make_picture(folder, side))
       for side in (128, 256, 512, 1024)},
}


def size(text):
    """The bytes of a number such as 4.1 GB."""
    number, unit = text.split()
    return float(number) * {"MB": 1e6, "GB": 1e9}[unit]


def run(program, folder, name):
    """Draws a picture in a child of a child, whose peak is its own; says what was expected."""
    model, arguments = CASES[name]
    arguments = [argument.format(folder) for argument in arguments]
    if model:
        arguments += ["--model", f"{folder / model}/"]
    output = folder / "why" if "--count" not in arguments else folder / "pictures"
    target = f"{output}.png" if "--count" not in arguments else f"{output}/{{seed}}.png"
    for maker in MAKERS:
        used = any(f"{folder}/{maker}" in argument for argument in arguments)
        if used and not (folder / maker).exists():
            # In a process of its own: Linux counts the greatest memory of what starts a child to the child's.
            subprocess.run([sys.executable, __file__, program, str(folder), "--make", maker], check=True)
    command = [program, *arguments, "--steps", str(STEPS.get(name, 1)), "--seed", "1", "--force",
               "--output", target]
    if name == "shown":
        # In a terminal in which pictures are shown.
        command = ["env", "COLORTERM=truecolor", "script", "-qec", shlex.join(command), "/dev/null"]
    else:
        command.append("--no-preview")
    result = subprocess.run(command, capture_output=True, text=True)
    said = result.stderr + result.stdout
    if result.returncode:
        sys.exit(f"{name}: {' '.join(command)}\n{said}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    stated = re.search(r"needs about ([0-9.]+ [MG]B)[^\r\n]*", said)
    expected = size(stated.group(1))
    print(f"{name}: expected {expected / 1e9:.2f} GB, found {peak / 1e9:.2f} GB "
          f"({peak / expected:.2f})\n  {stated.group(0)}", flush=True)
    return 0.8 * expected <= peak <= 1.05 * expected


def main():
    program, folder, *names = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if names[:1] == ["--make"]:
        torch.manual_seed(99)
        return MAKERS[names[1]](folder)
    if len(names) == 1:
        sys.exit(not run(program, folder, names[0]))
    # Each in a process of its own, whose children's peak is then that of one run.
    failed = [
        name for name in names or [name for name in CASES if name not in SLOW]
        if subprocess.run([sys.executable, __file__, program, str(folder), name]).returncode]
    sys.exit(f"another memory than expected: {', '.join(failed)}" if failed else 0)


main()
