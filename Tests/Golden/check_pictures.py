"""Compares whole pictures at Stable Diffusion's published sizes with diffusers 0.42.1.

    swift build --product inkwell
    python Tests/Golden/check_pictures.py .build/debug/inkwell [NAME…]

A pipeline with random weights (seed 61) is saved as diffusers saves it, and both draw the same request:
99.9 % of the pixels must be within 1/255. `sd1-files` converts the model to one file of each kind and to a
folder again, which must give the same picture, and diffusers must load that folder. Without names, all but
those that need more than 16 GB of memory. The vocabulary is that of open_clip_torch 3.3.0.
"""

import gc
import importlib.util
import pathlib
import runpy
import subprocess
import sys
import tempfile
import time

import diffusers
import numpy as np
import torch
from diffusers import (
    AutoencoderKL, ControlNetModel, DDIMScheduler, DDPMScheduler, EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler, StableDiffusionControlNetPipeline, StableDiffusionDepth2ImgPipeline,
    StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline, StableDiffusionPipeline, StableDiffusionUpscalePipeline,
    StableDiffusionXLPipeline, UNet2DConditionModel)
from PIL import Image
from safetensors.torch import load_file
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer)

from published_sizes import CLIP_L, X4

assert diffusers.__version__ == "0.42.1", diffusers.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = runpy.run_path(str(pathlib.Path(__file__).with_name("check_stable_diffusion.py")))
PROMPT, NEGATIVE, SEED = "a slice of watermelon on a table", "blurry", 42
OPENCLIP_H = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23,
                  num_attention_heads=16, projection_dim=512, hidden_act="gelu")
OPENCLIP_G = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32,
                  num_attention_heads=20, projection_dim=1280, hidden_act="gelu")
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)
CHAIN = BETAS | dict(clip_sample=False, set_alpha_to_one=False)


def seeded(model):
    """Weights of half precision, in float32, that keep the size of what passes through."""
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=(parameter.shape[0] / parameter.numel()) ** 0.5)
        else:
            torch.nn.init.normal_(parameter, mean=float(name.endswith("weight")), std=0.1)
        parameter.copy_(parameter.half())
    return model.eval()


def tokenizer(folder, **options):
    merges = runpy.run_path(str(ROOT / "Scripts/generate-clip-merges"), run_name="library")
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    pairs = merges["read"](pathlib.Path(package) / "bpe_simple_vocab_16e6.txt.gz")
    vocabulary = {piece: number for number, piece in enumerate(merges["vocabulary"](pairs))}
    return CLIPTokenizer(vocab=vocabulary, merges=[tuple(pair) for pair in pairs],
                         model_max_length=77, **options)


def text_encoder(sizes, kind=CLIPTextModel):
    config = CLIPTextConfig(bos_token_id=49406, eos_token_id=49407, **sizes)
    return seeded(kind._from_config(config, attn_implementation="eager"))


def autoencoder(**options):
    vae = seeded(AutoencoderKL(**SIZES["VAE"] | options))
    # Pictures with contrast: what random weights make is nearly grey.
    spread = vae.decode(torch.randn(1, 4, 16, 16) / vae.config.scaling_factor).sample.std()
    vae.decoder.conv_out.weight.mul_(0.5 / spread).copy_(vae.decoder.conv_out.weight.half())
    return vae


def parts(folder, unet, text, scheduler):
    return dict(
        vae=autoencoder(), text_encoder=text_encoder(text), tokenizer=tokenizer(folder),
        unet=seeded(UNet2DConditionModel(**unet)), scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)


def sd1(folder, kind=StableDiffusionPipeline, scheduler=None, **unet):
    return kind(**parts(folder, SIZES["SD1"] | unet, CLIP_L, scheduler or DDIMScheduler(**CHAIN)))


def sd2(folder, prediction, **options):
    scheduler = DDIMScheduler(**CHAIN, prediction_type=prediction, **options)
    return StableDiffusionPipeline(**parts(folder, SIZES["SD2"], OPENCLIP_H, scheduler))


def depth(folder):
    own = parts(folder, SIZES["SD2"] | dict(in_channels=5), OPENCLIP_H, DDIMScheduler(**CHAIN))
    for name in ("safety_checker", "requires_safety_checker"):
        del own[name]
    return StableDiffusionDepth2ImgPipeline(**own, depth_estimator=None)


def enlarge(folder):
    own = parts(folder, X4, OPENCLIP_H, DDIMScheduler(**CHAIN, prediction_type="v_prediction"))
    own["vae"] = autoencoder(
        block_out_channels=[128, 256, 512], down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3, scaling_factor=0.08333)
    for name in ("safety_checker", "requires_safety_checker", "feature_extractor"):
        del own[name]
    low = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    return StableDiffusionUpscalePipeline(**own, low_res_scheduler=low, max_noise_level=350)


def sdxl(folder):
    return StableDiffusionXLPipeline(
        vae=autoencoder(scaling_factor=0.13025), text_encoder=text_encoder(CLIP_L),
        text_encoder_2=text_encoder(OPENCLIP_G, CLIPTextModelWithProjection),
        tokenizer=tokenizer(folder), tokenizer_2=tokenizer(folder, pad_token="!"),
        unet=seeded(UNet2DConditionModel(**SIZES["SDXL"])),
        scheduler=EulerDiscreteScheduler(**BETAS, timestep_spacing="leading"))


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


class Case:
    """A pipeline, what it is given, and the same as a command."""

    def __init__(self, build, verb="generate", size=256, steps=4, sampler="ddim", guidance=7.5, options=(),
                 **given):
        self.build, self.verb, self.size, self.steps = build, verb, size, steps
        self.sampler, self.guidance, self.options, self.given = sampler, guidance, options, given

    def reference(self, pipe, inputs):
        drawn = self.verb in ("generate", "inpaint")
        sizes = dict(height=self.size, width=self.size) if drawn else {}
        return pipe(
            PROMPT, negative_prompt=NEGATIVE, num_inference_steps=self.steps,
            guidance_scale=self.guidance, generator=torch.Generator("cpu").manual_seed(SEED),
            **sizes, **inputs).images[0]

    def command(self, model, output, *files):
        return [self.verb, *map(str, files), PROMPT, "--negative", NEGATIVE, "--model", str(model),
                "--steps", str(self.steps), "--guidance", str(self.guidance), "--sampler", self.sampler,
                "--seed", str(SEED), "--output", str(output), *self.options] + (
                    ["--size", str(self.size)] if self.verb == "generate" else [])


CASES = {
    "sd1": Case(sd1),
    "sd1-512": Case(sd1, size=512, steps=2),
    "sd1-compiled": Case(sd1, options=("--engine", "compiled")),
    "sd1-ancestral": Case(
        lambda f: sd1(f, scheduler=EulerAncestralDiscreteScheduler(**BETAS)), sampler="euler-ancestral"),
    "sd1-vary": Case(lambda f: sd1(f, StableDiffusionImg2ImgPipeline), verb="vary", steps=6),
    "sd1-inpaint": Case(lambda f: sd1(f, StableDiffusionInpaintPipeline, in_channels=9), verb="inpaint"),
    "sd1-control": Case(sd1),
    "sd1-files": Case(sd1),
    "sd1-edit": Case(
        lambda f: sd1(f, StableDiffusionInstructPix2PixPipeline, in_channels=8), verb="edit"),
    "sd2": Case(lambda f: sd2(f, "epsilon")),
    "sd2-depth": Case(depth, verb="vary", steps=6),
    "sd2-enlarge": Case(enlarge, verb="enlarge", size=64, guidance=9.0),
    "sd2-v": Case(lambda f: sd2(f, "v_prediction")),
    "sdxl": Case(sdxl, steps=2, sampler="euler", guidance=5.0),
}
LARGE = {"sdxl"}


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


def reload(inkwell, pipe, model, folder, reference, case):
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
    theirs = StableDiffusionPipeline.from_pretrained(again, torch_dtype=torch.float32)
    for part in ("unet", "vae", "text_encoder"):
        one, other = (getattr(p, part).state_dict() for p in (pipe, theirs))
        assert one.keys() == other.keys(), part
        assert all(torch.equal(value, other[key]) for key, value in one.items()), part
    text = "A photo of <x> 🍉, it's 3 o'clock!"
    assert theirs.tokenizer(text).input_ids == pipe.tokenizer(text).input_ids
    fine.append(compare("diffusers on the folder", case.reference(theirs, {}), reference))
    return all(fine)


@torch.no_grad()
def check(name, inkwell, folder):
    case = CASES[name]
    torch.manual_seed(61)
    pipe = case.build(folder)
    model, output, files, inputs = folder / "model", folder / "ours.png", [], {}
    pipe.to(torch.float16).save_pretrained(model)
    pipe.to(torch.float32)
    pipe.set_progress_bar_config(disable=True)
    extra = []
    if case.verb != "generate":
        picture(case.size).save(folder / "picture.png")
        files, inputs = [folder / "picture.png"], {"image": picture(case.size)}
    if case.verb == "vary":
        inputs["strength"] = 0.7
        extra = ["--strength", "0.7"]
    if case.verb == "edit":
        inputs["image_guidance_scale"] = 1.5
    if case.verb == "enlarge":
        inputs["noise_level"] = 20
    if case.verb == "inpaint":
        mask(case.size).save(folder / "mask.png")
        files.append(folder / "mask.png")
        inputs |= {"mask_image": mask(case.size), "strength": 1.0}
    if name == "sd2-depth":
        near = picture(case.size, seed=8).convert("L")
        near.save(folder / "depth.png")
        inputs["depth_map"] = torch.from_numpy(np.array(near))[None].float() / 255
        extra += ["--depth", str(folder / "depth.png")]
    if name == "sd1-control":
        control = seeded(ControlNetModel(cross_attention_dim=768))
        control.to(torch.float16).save_pretrained(folder / "control")
        picture(case.size).save(folder / "edges.png")
        pipe = StableDiffusionControlNetPipeline(**pipe.components, controlnet=control.float())
        pipe.set_progress_bar_config(disable=True)
        inputs = {"image": picture(case.size)}
        extra = ["--control", f"{folder / 'control'}={folder / 'edges.png'}"]
    start = time.perf_counter()
    expected = case.reference(pipe, inputs)
    theirs = time.perf_counter() - start
    if name not in ("sd1-files",):
        # Pipelines are part of cycles; Stable Diffusion XL's memory is needed again.
        del pipe
        gc.collect()
    start = time.perf_counter()
    run(inkwell, *case.command(model, output, *files), *extra)
    print(f"{name}: diffusers {theirs:.0f} s, inkwell with loading {time.perf_counter() - start:.0f} s")
    fine = compare(name, Image.open(output), expected)
    if name == "sd1-files":
        fine &= reload(inkwell, pipe, model, folder, expected, case)
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
