"""Compares whole pictures at Stable Diffusion's published sizes with diffusers 0.42.1.

    swift build --product inkwell
    python Tests/Golden/check_pictures.py .build/debug/inkwell [NAME…]

A pipeline with random weights (seed 61) is saved as diffusers saves it, and both draw the same request:
99.9 % of the pixels must be within 1/255. `sd1-files` converts the model to one file of each kind and to a
folder again, which must give the same picture, and diffusers must load that folder. Without names, all but
those of Stable Diffusion XL, which need up to 17 GB of memory. `published_pipelines.py` makes the pipelines.
"""

import concurrent.futures
import dataclasses
import gc
import inspect
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from diffusers import (
    AutoencoderKL, ControlNetModel, EulerAncestralDiscreteScheduler, StableDiffusionAdapterPipeline,
    StableDiffusionControlNetPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline, StableDiffusionPipeline, StableDiffusionXLAdapterPipeline,
    T2IAdapter)
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import ip_adapter_shapes
import published_pipelines as published
from published_pipelines import random_weight, sd1, sd2, seeded

PROMPT, NEGATIVE, SEED = "a slice of watermelon on a table", "blurry", 42


def saved(network, folder):
    """The network or the pipeline, whose weights are then in the folder in half precision."""
    network.to(torch.float16).save_pretrained(folder)
    return network.to(torch.float32)


def picture(size, seed=7):
    """A picture with large and small shapes."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 8, 8, generator=generator)
    pixels = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 1)
    return Image.fromarray((pixels[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8))


def mask(size):
    pixels = np.zeros((size, size), np.uint8)
    pixels[size // 4:size // 2, size // 4:3 * size // 4] = 255
    return Image.fromarray(pixels)


@dataclasses.dataclass
class Given:
    """What a pipeline gets beside the prompt, and the same as files and flags of a command."""

    inputs: dict = dataclasses.field(default_factory=dict)
    files: list = dataclasses.field(default_factory=list)
    flags: list = dataclasses.field(default_factory=list)
    pipe: object = None  # What draws instead of the pipeline.


def nothing(pipe, folder, size):
    return Given()


def beginning(inputs=(), flags=()):
    """A picture to begin with."""
    def given(pipe, folder, size):
        picture(size).save(folder / "picture.png")
        return Given({"image": picture(size), **dict(inputs)}, [folder / "picture.png"], list(flags))
    return given


varied = beginning(dict(strength=0.7), ["--strength", "0.7"])
edited = beginning(dict(image_guidance_scale=1.5))


def masked(pipe, folder, size):
    given = beginning(dict(mask_image=mask(size), strength=1.0))(pipe, folder, size)
    mask(size).save(folder / "mask.png")
    given.files.append(folder / "mask.png")
    return given


def with_depth(pipe, folder, size):
    given = varied(pipe, folder, size)
    near = picture(size, seed=8).convert("L")
    near.save(folder / "depth.png")
    given.inputs["depth_map"] = torch.from_numpy(np.array(near))[None].float() / 255
    given.flags += ["--depth", folder / "depth.png"]
    return given


def steered(kind, scale, **parts):
    """A picture that a ControlNet or a T2I-Adapter goes by."""
    def given(pipe, folder, size):
        (name, make), = parts.items()
        network = saved(seeded(make()), folder / "guide")
        lines = beginning()(pipe, folder, size)
        pipe = kind.from_pipe(pipe, **{name: network})
        return Given(
            {"image": lines.inputs["image"], **scale}, pipe=pipe,
            flags=["--control", f"{folder / 'guide'}={lines.files[0]}", "--control-scale", *scale.values()])
    return given


def control_net():
    return ControlNetModel(cross_attention_dim=768)


def adapter(kind="full_adapter", **options):
    return T2IAdapter(channels=[320, 640, 1280, 1280], adapter_type=kind, **options)


def prompted(projection):
    """A picture beside the prompt, by an IP-Adapter."""
    def given(pipe, folder, size):
        picture(300, seed=9).save(folder / "look.png")
        shapes = ip_adapter_shapes.adapter(pipe.unet, projection)
        tensors = {key: random_weight(key, shape) for key, shape in shapes.items()}
        save_file({key: tensor.half() for key, tensor in tensors.items()}, folder / "ip.safetensors")
        encoder = saved(published.image_encoder(), folder / "image_encoder")
        pipe.register_modules(image_encoder=encoder, feature_extractor=CLIPImageProcessorPil())
        pipe.load_ip_adapter(
            ip_adapter_shapes.in_parts(tensors), subfolder="", weight_name="", image_encoder_folder=None,
            low_cpu_mem_usage=False)
        pipe.set_ip_adapter_scale(0.6)
        return Given({"ip_adapter_image": picture(300, seed=9)}, flags=[
            "--image-prompt", f"{folder / 'look.png'}=0.6", "--ip-adapter", folder / "ip.safetensors"])
    return given


class Case:
    """A pipeline, what it is given, and the same as a command."""

    def __init__(self, build, verb="generate", given=nothing, size=256, steps=4, sampler="ddim",
                 guidance=7.5, flags=()):
        self.build, self.verb, self.given, self.size, self.steps = build, verb, given, size, steps
        self.sampler, self.guidance, self.flags = sampler, guidance, flags
        self.seconds = 0.0  # That diffusers took.

    def reference(self, pipe, **inputs):
        pipe.set_progress_bar_config(disable=True)
        is_sized = "height" in inspect.signature(pipe.__call__).parameters
        sizes = dict(height=self.size, width=self.size) if is_sized else {}
        start = time.perf_counter()
        pictures = pipe(
            PROMPT, negative_prompt=NEGATIVE, num_inference_steps=self.steps,
            guidance_scale=self.guidance, generator=torch.Generator("cpu").manual_seed(SEED),
            **sizes, **inputs).images
        self.seconds += time.perf_counter() - start
        return pictures

    def draw(self, folder):
        """The picture by diffusers, and what a command is given; the model stays in the folder."""
        pipe = saved(self.build(), folder / "model")
        given = self.given(pipe, folder, self.size)
        return self.reference(given.pipe or pipe, **given.inputs)[0], given

    def command(self, model, output, given=Given()):
        return list(map(str, [
            self.verb, *given.files, PROMPT, "--negative", NEGATIVE, "--model", model,
            "--steps", self.steps, "--guidance", self.guidance, "--seed", SEED, "--output", output,
            *(["--sampler", self.sampler] if self.sampler else []),
            *(["--size", self.size] if self.verb == "generate" else []), *self.flags, *given.flags]))


class TwoStages(Case):
    """Stable Diffusion XL, and its refiner from the middle on: one after the other in memory."""

    def draw(self, folder):
        base = saved(self.build(), folder / "model")
        latents = self.reference(base, denoising_end=0.5, output_type="latent")
        del base
        gc.collect()
        # As diffusers' documentation has it, both decode with the base model's autoencoder.
        vae = AutoencoderKL.from_pretrained(folder / "model/vae", torch_dtype=torch.float32)
        refiner = saved(published.refiner(vae=vae), folder / "refiner")
        pictures = self.reference(refiner, image=latents, denoising_start=0.5)
        return pictures[0], Given(
            flags=["--refiner", folder / "refiner", "--refine-from", "0.5", "--max-memory", "14G"])


XL = dict(steps=2, sampler="euler", guidance=5.0)
STEERING = dict(adapter_conditioning_scale=0.8)
CASES = {
    "sd1": Case(sd1),
    "sd1-512": Case(sd1, size=512, steps=2),
    "sd1-compiled": Case(sd1, flags=("--engine", "compiled")),
    "sd1-ancestral": Case(
        lambda: sd1(scheduler=EulerAncestralDiscreteScheduler(**published.BETAS)),
        sampler="euler-ancestral"),
    "sd1-vary": Case(lambda: sd1(StableDiffusionImg2ImgPipeline), "vary", varied, steps=6),
    "sd1-inpaint": Case(lambda: sd1(StableDiffusionInpaintPipeline, in_channels=9), "inpaint", masked),
    "sd1-control": Case(sd1, given=steered(
        StableDiffusionControlNetPipeline, dict(controlnet_conditioning_scale=1.0),
        controlnet=control_net)),
    "sd1-adapter": Case(sd1, given=steered(StableDiffusionAdapterPipeline, STEERING, adapter=adapter)),
    "sd1-image": Case(sd1, given=prompted(ip_adapter_shapes.plain(768))),
    "sd1-image-plus": Case(sd1, given=prompted(ip_adapter_shapes.plus(768))),
    "sd1-files": Case(sd1),
    "sd1-edit": Case(
        lambda: sd1(StableDiffusionInstructPix2PixPipeline, in_channels=8), "edit", edited),
    "sd2": Case(lambda: sd2("epsilon")),
    "sd2-depth": Case(published.depth, "vary", with_depth, steps=6),
    "sd2-enlarge": Case(
        published.enlarger, "enlarge", beginning(dict(noise_level=20)), size=64, guidance=9.0),
    "sd2-v": Case(lambda: sd2("v_prediction")),
    "latent-upscaler": Case(
        published.upscaler, "enlarge", beginning(), size=128, sampler="euler", guidance=3.0),
    "sdxl": Case(published.sdxl, **XL),
    "sdxl-adapter": Case(published.sdxl, **XL, given=steered(
        StableDiffusionXLAdapterPipeline, STEERING,
        adapter=lambda: adapter("full_adapter_xl", downscale_factor=16))),
    "sdxl-edit": Case(published.xl_edit, "edit", edited, **XL),
    "sdxl-refiner": Case(published.refiner, "vary", varied, **XL | dict(steps=3)),
    "sdxl-stages": TwoStages(published.sdxl, **XL | dict(steps=4)),
    "cosxl-edit": Case(published.cosxl_edit, "edit", edited, **XL | dict(sampler=None)),
}
LARGE = {name for name in CASES if "xl" in name}


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"


def compare(name, found, expected):
    found, expected = (np.asarray(image.convert("RGB")).astype(int) for image in (found, expected))
    assert found.shape == expected.shape, (found.shape, expected.shape)
    apart = abs(found - expected)
    share = (apart.max(axis=2) <= 1).mean()
    print(f"{name}: {share:.3%} of the pixels within 1/255, at most {apart.max()}; "
          f"deviation of the picture {expected.std() / 255:.2f}", flush=True)
    return share >= 0.999 and expected.std() > 25


def reload(inkwell, model, folder, reference, case):
    """The model as a file of each kind, and as a folder of one of them."""
    fine = []
    ldm = folder / "ldm.safetensors"
    run(inkwell, "model", "convert", str(model), str(ldm), "--layout", "ldm")
    pickle = folder / "ldm.ckpt"
    torch.save({"state_dict": load_file(ldm), "global_step": 470000}, pickle)
    gguf, again = folder / "a.gguf", folder / "again"
    run(inkwell, "model", "convert", str(model), str(gguf), "--layout", "gguf", "--precision", "fp16")
    run(inkwell, "model", "convert", str(pickle), str(again), "--layout", "diffusers")
    for file in (ldm, pickle, gguf, again):
        output = folder / f"{file.name}.png"
        run(inkwell, *case.command(file, output))
        fine.append(compare(f"sd1 as {file.name}", Image.open(output), reference))
    first, theirs = (StableDiffusionPipeline.from_pretrained(path, torch_dtype=torch.float32)
                     for path in (model, again))
    for part in ("unet", "vae", "text_encoder"):
        one, other = (getattr(pipe, part).state_dict() for pipe in (first, theirs))
        assert one.keys() == other.keys(), part
        assert all(torch.equal(value, other[key]) for key, value in one.items()), part
    text = "A photo of <x> 🍉, it's 3 o'clock!"
    assert theirs.tokenizer(text).input_ids == first.tokenizer(text).input_ids
    fine.append(compare("diffusers on the folder", case.reference(theirs)[0], reference))
    return all(fine)


@torch.no_grad()
def draw(name, folder):
    """Draws a case by diffusers into the folder, and returns what a command is given."""
    torch.manual_seed(61)
    picture, given = CASES[name].draw(folder)
    picture.save(folder / "theirs.png")
    return given.files, given.flags, CASES[name].seconds


@torch.no_grad()
def check(name, inkwell, folder):
    case, output = CASES[name], folder / "ours.png"
    # In a process of its own: Inkwell needs its memory afterwards.
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        files, flags, seconds = process.submit(draw, name, folder).result()
    expected, given = Image.open(folder / "theirs.png"), Given(files=files, flags=flags)
    start = time.perf_counter()
    run(inkwell, *case.command(folder / "model", output, given))
    print(f"{name}: diffusers {seconds:.0f} s, "
          f"inkwell with loading {time.perf_counter() - start:.0f} s")
    fine = compare(name, Image.open(output), expected)
    if name == "sd1-files":
        fine &= reload(inkwell, folder / "model", folder, expected, case)
    return fine


def main():
    inkwell, *names = sys.argv[1:]
    failed = []
    for name in names or [name for name in CASES if name not in LARGE]:
        with tempfile.TemporaryDirectory() as folder:
            if not check(name, inkwell, pathlib.Path(folder)):
                failed.append(name)
    sys.exit(f"not equal: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
