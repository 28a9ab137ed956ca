"""Golden pictures of the tasks that Stable Diffusion has models of its own for, by diffusers 0.42.1,
transformers 5.23.0 and torch 2.13.0; the weights' seeds are 72 and up, but for those of sd1/ and sdxl/.

Writes, below InkwellTests/StableDiffusion/:
  tasks.json           what each picture was asked for, with the scheduler's configuration
  tasks.safetensors    NAME.latents and NAME.picture, what the pipeline made of it in float32; the picture
                       that it began with and a depth map; and MODEL.WEIGHT, each weight in which a model's
                       U-Net differs from that of sd1/ or sdxl/
  tasks/MODEL/         the files of a folder that differ from those of sd1/ or sdxl/, without weights:
                       edit, edit-xl, edit-cos, depth, enlarge, refiner, upscale
  tasks/upscale/unet/weights.json    the seed of that U-Net's weights, and their names and shapes
The names of the pictures begin with the model's. Of those of `hires`, the second half begins with the
latents of the first, enlarged; of `refiner-from`, the refiner takes over the latents of sdxl/; of
`upscale-drawn`, the latents of sd1/ are enlarged, and `cos` is drawn by sdxl/ without a picture.
"""

import json
import shutil
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EDMEulerScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionDepth2ImgPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionLatentUpscalePipeline,
    StableDiffusionPipeline,
    StableDiffusionUpscalePipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInstructPix2PixPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from safetensors.torch import save_file

from stable_diffusion import (
    BETAS, OUTPUT, autoencoder, save, seeded, text_encoder, tokenizer, unet, xl_parts)
from unet2d_condition import adaptive, seeded as drawn

LEADING = BETAS | dict(steps_offset=1)
DDIM = DDIMScheduler(**LEADING, set_alpha_to_one=False, clip_sample=False)
V = DDIMScheduler(
    **LEADING, set_alpha_to_one=False, clip_sample=False, prediction_type="v_prediction")
ANCESTRAL = EulerAncestralDiscreteScheduler(**LEADING)
EULER = EulerDiscreteScheduler(**LEADING, timestep_spacing="leading")
KARRAS = DPMSolverMultistepScheduler(**LEADING, use_karras_sigmas=True)
COSXL = EDMEulerScheduler(
    sigma_min=0.002, sigma_max=120.0, sigma_data=1.0, sigma_schedule="exponential",
    prediction_type="v_prediction")
UNCHECKED = dict(safety_checker=None, feature_extractor=None, requires_safety_checker=False)
TENSORS, ASKED = {}, []


def parts():
    return dict(vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer())


def told(network, seed, prefix, **sizes):
    """The network with more inputs: weights of other shapes are new, and go into the fixture."""
    new = seeded(UNet2DConditionModel.from_config(network.config, **sizes), seed)
    known = network.state_dict()
    for name, weight in new.state_dict().items():
        if name in known and known[name].shape == weight.shape:
            weight.copy_(known[name])
        else:
            TENSORS[f"{prefix}.{name}"] = weight.clone()
    return new


def save_differences(pipe, model, base):
    """The small files of the pipeline's folder that are not those of `base`."""
    shutil.rmtree(OUTPUT / "tasks" / model, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = OUTPUT.__class__(folder) / model
        save(pipe, folder)
        for file in sorted(folder.rglob("*.json")):
            name = file.relative_to(folder)
            own = OUTPUT / base / name
            if "tokenizer" in str(name) or own.exists() and own.read_bytes() == file.read_bytes():
                continue
            target = OUTPUT / "tasks" / model / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())


def generators(seeds):
    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]


def draw(name, pipe, scheduler, seeds=(42,), steps=5, guidance=7.5, prompt="a red apple", **options):
    """The latents and the picture of a pipeline, and what was asked for."""
    def run(output):
        pipe.scheduler = scheduler
        pipe.set_progress_bar_config(disable=True)
        return pipe(
            prompt=[prompt] * len(seeds), generator=generators(seeds), num_inference_steps=steps,
            guidance_scale=guidance, output_type=output, **options).images

    note(name, run("latent"), run("pil"), scheduler, seeds, steps, guidance, prompt, options)


def note(name, latents, pictures, scheduler, seeds, steps, guidance, prompt, options):
    assert latents.isfinite().all(), name
    TENSORS[f"{name}.latents"] = latents.contiguous()
    TENSORS[f"{name}.picture"] = torch.stack(
        [torch.from_numpy(np.array(picture)) for picture in pictures]).contiguous()
    config = json.loads(scheduler.to_json_string())
    config = json.dumps({key: value for key, value in config.items() if value is not None})
    own = {key: value for key, value in options.items() if isinstance(value, (int, float, str, list))}
    ASKED.append(dict(
        name=name, scheduler=config, prompts=[prompt] * len(seeds), seeds=list(seeds), steps=steps,
        guidance=guidance) | own)


def edit(picture):
    """Three estimates: of the instruction and the picture, of the picture alone, and of neither."""
    network = told(unet(63), 72, "edit", in_channels=8)
    pipe = StableDiffusionInstructPix2PixPipeline(
        **parts(), unet=network, scheduler=ANCESTRAL, **UNCHECKED)
    save_differences(pipe, "edit", "sd1")
    own = dict(image=picture)
    draw("edit-ddim", pipe, DDIM, **own, image_guidance_scale=1.5)
    draw("edit-euler-ancestral", pipe, ANCESTRAL, **own, image_guidance_scale=2.0, guidance=3.0)
    draw("edit-negative", pipe, KARRAS, **own, image_guidance_scale=1.2, negative_prompt=["red"])
    draw("edit-off", pipe, DDIM, **own, image_guidance_scale=1.0, guidance=1.0)
    xl = xl_parts()
    xl["unet"] = told(xl["unet"], 73, "edit-xl", in_channels=8)
    pipe = StableDiffusionXLInstructPix2PixPipeline(**xl, scheduler=EULER)
    save_differences(pipe, "edit-xl", "sdxl")
    size = dict(width=24, height=16)
    draw("edit-xl-euler", pipe, EULER, **own, **size, image_guidance_scale=1.5)
    draw("edit-xl-rescaled", pipe, DDIM, **own, **size, image_guidance_scale=1.5, guidance_rescale=0.7)
    xl["unet"] = told(xl_parts()["unet"], 73, "edit-cos", in_channels=8)
    pipe = StableDiffusionXLInstructPix2PixPipeline(**xl, scheduler=COSXL, is_cosxl_edit=True)
    save_differences(pipe, "edit-cos", "sdxl")
    draw("edit-cos-euler", pipe, COSXL, **own, **size, image_guidance_scale=1.5)
    draw("edit-cos-rescaled", pipe, COSXL, **own, **size, image_guidance_scale=2.0, guidance=4.0,
         guidance_rescale=0.7)
    draw("cos-euler", StableDiffusionXLPipeline(**xl_parts(), scheduler=COSXL), COSXL, **size)


def depth(picture, depths):
    """A depth map of another size than the picture, normalized and seen as a channel."""
    network = told(unet(63), 74, "depth", in_channels=5)
    pipe = StableDiffusionDepth2ImgPipeline(
        **parts(), unet=network, scheduler=DDIM, depth_estimator=None, feature_extractor=None)
    save_differences(pipe, "depth", "sd1")
    own = dict(image=picture, depth_map=depths[None].float() / 255)
    draw("depth-ddim", pipe, DDIM, **own, strength=0.8)
    draw("depth-euler-ancestral", pipe, ANCESTRAL, **own, strength=0.6, steps=7)


def enlarge(picture):
    """The picture is noised as it is, and the latents are as large as it."""
    own = parts()
    own["vae"].register_to_config(scaling_factor=0.08333)
    network = told(unet(63), 75, "enlarge", in_channels=7, num_class_embeds=64)
    low = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    pipe = StableDiffusionUpscalePipeline(
        **own, unet=network, low_res_scheduler=low, scheduler=V, max_noise_level=60)
    save_differences(pipe, "enlarge", "sd1")
    draw("enlarge-ddim", pipe, V, image=picture, noise_level=20, guidance=9.0)
    draw("enlarge-euler-ancestral", pipe, ANCESTRAL, image=picture, noise_level=45, guidance=3.0)


def upscale(picture):
    """The latents of a picture, or those of sd1/ before they are decoded, twice as wide and high."""
    network = adaptive(
        "xx", block_out_channels=[32, 32], layers_per_block=1, time_embedding_dim=32,
        time_cond_proj_dim=136, cross_attention_dim=8,
        up_block_types=["KCrossAttnUpBlock2D", "KUpBlock2D"])
    euler = EulerDiscreteScheduler(**BETAS, prediction_type="sample")
    karras = EulerDiscreteScheduler(**BETAS, prediction_type="sample", use_karras_sigmas=True)
    pipe = StableDiffusionLatentUpscalePipeline(**parts(), unet=drawn(network, 78), scheduler=euler)
    save_differences(pipe, "upscale", "sd1")
    drawn(network, 78)  # Saving rounded them.
    shapes = {key: list(value.shape) for key, value in sorted(network.state_dict().items())}
    (OUTPUT / "tasks/upscale/unet/weights.json").write_text(
        json.dumps(dict(seed=78, shapes=shapes)).replace("], ", "],\n ") + "\n")
    draw("upscale-euler", pipe, euler, image=picture, guidance=1.0)
    draw("upscale-karras", pipe, karras, image=picture, guidance=3.0, negative_prompt=["red"])
    first = StableDiffusionPipeline(**parts(), unet=unet(63), scheduler=DDIM, **UNCHECKED)
    first.set_progress_bar_config(disable=True)
    latents = first(
        prompt=["a red apple"], generator=generators([42]), num_inference_steps=5,
        guidance_scale=7.5, output_type="latent", width=16, height=16).images
    draw("upscale-drawn", pipe, euler, image=latents, guidance=1.0)


def refiner(picture):
    """The refiner alone, and over the latents of sdxl/ from where that ends."""
    base = StableDiffusionXLPipeline(**xl_parts(), scheduler=EULER)
    network = seeded(
        UNet2DConditionModel.from_config(
            base.unet.config, cross_attention_dim=6, projection_class_embeddings_input_dim=26), 76)
    TENSORS.update({f"refiner.{name}": weight.half() for name, weight in network.state_dict().items()})
    own = xl_parts() | dict(text_encoder=None, tokenizer=None, unet=network)
    pipe = StableDiffusionXLImg2ImgPipeline(
        **own, scheduler=EULER, requires_aesthetics_score=True, force_zeros_for_empty_prompt=False)
    save_differences(pipe, "refiner", "sdxl")
    draw("refiner-alone", pipe, ANCESTRAL, image=picture, strength=0.6, guidance=5.0)
    for name, scheduler, start, steps in [
        ("euler", EULER, 0.6, 8), ("ddim", DDIM, 0.8, 10), ("karras", KARRAS, 0.5, 6),
        ("euler-ancestral", ANCESTRAL, 0.7, 9),
    ]:
        def run(output):
            random = generators([42])
            base.scheduler = scheduler
            pipe.scheduler = scheduler.__class__.from_config(scheduler.config)
            for each in [base, pipe]:
                each.set_progress_bar_config(disable=True)
            common = dict(
                prompt=["a red apple"], generator=random, num_inference_steps=steps, guidance_scale=5.0)
            latents = base(
                **common, denoising_end=start, output_type="latent", width=24, height=16).images
            return pipe(**common, image=latents, denoising_start=start, output_type=output).images

        note(
            f"refiner-from-{name}", run("latent"), run("pil"), scheduler, [42], steps, 5.0,
            "a red apple", dict(width=24, height=16, denoising_start=start))


def hires():
    """Latents of sd1/, enlarged and drawn anew for part of the steps, with generators of the same seed."""
    own = parts() | dict(unet=unet(63), scheduler=DDIM) | UNCHECKED
    first, second = StableDiffusionPipeline(**own), StableDiffusionImg2ImgPipeline(**own)
    for name, scheduler, strength in [("ddim", DDIM, 0.6), ("euler-ancestral", ANCESTRAL, 0.8)]:
        def run(output):
            for each in [first, second]:
                each.scheduler = scheduler
                each.set_progress_bar_config(disable=True)
            common = dict(prompt=["a red apple"], num_inference_steps=5, guidance_scale=7.5)
            latents = first(
                **common, generator=generators([42]), output_type="latent", width=16, height=16).images
            latents = F.interpolate(latents, size=(12, 16), mode="bilinear", align_corners=False)
            return second(
                **common, generator=generators([42]), image=latents, strength=strength,
                output_type=output).images

        note(
            f"hires-{name}", run("latent"), run("pil"), scheduler, [42], 5, 7.5, "a red apple",
            dict(width=16, height=16, strength=strength))


def main():
    generator = torch.Generator().manual_seed(77)
    pixels = torch.randint(0, 256, [16, 24, 3], generator=generator, dtype=torch.uint8)
    depths = torch.randint(20, 200, [20, 30], generator=generator, dtype=torch.uint8)
    TENSORS.update(picture=pixels, depth=depths)
    picture = Image.fromarray(pixels.numpy())
    edit(picture)
    depth(picture, depths)
    enlarge(picture)
    upscale(picture)
    refiner(picture)
    hires()
    (OUTPUT / "tasks.json").write_text("[\n" + ",\n".join(map(json.dumps, ASKED)) + "\n]\n")
    save_file(TENSORS, OUTPUT / "tasks.safetensors")
    for path in sorted(OUTPUT.glob("tasks*")) + sorted(OUTPUT.glob("tasks/**/*.json")):
        print(path.relative_to(OUTPUT), path.stat().st_size)


if __name__ == "__main__":
    with torch.no_grad():
        main()
