"""Golden latents of pictures that T2I-Adapters and ControlNets steer, by diffusers 0.42.1, transformers 5.23.0
and torch 2.13.0; the weights' seeds are 91 and up.

Writes, below InkwellTests/StableDiffusion/, over the pipelines of stable_diffusion.py:
  steering.json         what was asked for, with the scheduler's configuration
  steering.safetensors  NAME.latents, what the pipeline made of it in float32; the pictures and the mask
  steering/NAME/        config.json of a network, and weights.json, the seed and the shapes of its weights, which
                        `seeded` of unet2d_condition.py draws
"""

import json
import pathlib
import runpy
import shutil

import torch
from diffusers import (
    ControlNetModel,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    MultiAdapter,
    StableDiffusionAdapterPipeline,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetInpaintPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionXLAdapterPipeline,
    StableDiffusionXLControlNetImg2ImgPipeline,
    StableDiffusionXLControlNetInpaintPipeline,
    StableDiffusionXLControlNetPipeline,
    T2IAdapter,
)
from PIL import Image
from safetensors.torch import save_file

SCRIPTS = pathlib.Path(__file__).resolve().parent
sd = runpy.run_path(str(SCRIPTS / "stable_diffusion.py"))
seeded = runpy.run_path(str(SCRIPTS / "unet2d_condition.py"))["seeded"]
OUTPUT = sd["OUTPUT"]


def network(name, model, seed):
    """The network with weights from the seed, noted in a folder."""
    folder = OUTPUT / "steering" / name
    seeded(model, seed).save_config(folder)
    shapes = {key: list(value.shape) for key, value in sorted(model.state_dict().items())}
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(shape)}" for key, shape in shapes.items())
    (folder / "weights.json").write_text(f'{{"seed": {seed}, "shapes": {{\n{lines}}}}}\n')
    return model


def main():
    shutil.rmtree(OUTPUT / "steering", ignore_errors=True)
    unet, xl = sd["unet"](63), sd["xl_parts"]()
    control = ControlNetModel.from_pretrained(OUTPUT / "control", torch_dtype=torch.float32)
    control_xl = network("control_xl", ControlNetModel.from_unet(
        xl["unet"], conditioning_embedding_out_channels=[2, 4], load_weights_from_unet=False), 91)
    color = network("color", T2IAdapter(
        in_channels=3, channels=[4, 8], num_res_blocks=1, downscale_factor=2), 92)
    grey = network("grey", T2IAdapter(
        in_channels=1, channels=[4, 8], num_res_blocks=2, downscale_factor=2), 93)
    color_xl = network("color_xl", T2IAdapter(
        in_channels=3, channels=[4, 8, 8, 8], num_res_blocks=1, downscale_factor=4,
        adapter_type="full_adapter_xl"), 94)
    generator = torch.Generator().manual_seed(95)
    pixels = {name: torch.randint(0, 256, [16, 24, 3], generator=generator, dtype=torch.uint8)
              for name in ["first", "start"]}
    pixels["lines"] = torch.randint(0, 256, [16, 24, 1], generator=generator, dtype=torch.uint8).expand(-1, -1, 3)
    pixels["mask"] = torch.zeros([16, 24, 3], dtype=torch.uint8)
    pixels["mask"][3:11, 6:19] = 255
    first, start, lines, mask = [Image.fromarray(picture.contiguous().numpy()) for picture in pixels.values()]
    ddim = DDIMScheduler(**sd["BETAS"], steps_offset=1, set_alpha_to_one=False, clip_sample=False)
    ancestral = EulerAncestralDiscreteScheduler(**sd["BETAS"], steps_offset=1)
    parts = dict(
        vae=sd["autoencoder"](61), text_encoder=sd["text_encoder"](62), tokenizer=sd["tokenizer"](), unet=unet,
        scheduler=ddim, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    xl |= dict(scheduler=ddim)
    plain_xl = {key: value for key, value in xl.items() if key != "add_watermarker"}
    drawn, masked = dict(control_image=first, image=start), dict(mask_image=mask, image=start, control_image=first)
    scale = dict(controlnet_conditioning_scale=0.8)
    cases = {
        "adapter": (StableDiffusionAdapterPipeline(**parts, adapter=color), ddim, dict(
            image=first, adapter_conditioning_scale=0.8)),
        "adapters": (StableDiffusionAdapterPipeline(**parts, adapter=MultiAdapter([color, grey])), ddim, dict(
            image=[first, lines.convert("L")], adapter_conditioning_scale=[0.6, 0.5])),
        "adapter-ancestral": (StableDiffusionAdapterPipeline(**parts, adapter=color), ancestral, dict(
            image=first, adapter_conditioning_scale=0.8)),
        "xl-adapter": (StableDiffusionXLAdapterPipeline(**plain_xl, adapter=color_xl), ddim, dict(
            image=first, adapter_conditioning_scale=0.8)),
        "xl-adapter-part": (StableDiffusionXLAdapterPipeline(**plain_xl, adapter=color_xl), ddim, dict(
            image=first, adapter_conditioning_scale=0.8, adapter_conditioning_factor=0.5)),
        "control-part": (StableDiffusionControlNetPipeline(**parts, controlnet=control), ddim, dict(
            image=first, control_guidance_start=0.2, control_guidance_end=0.7, **scale)),
        "control-vary": (StableDiffusionControlNetImg2ImgPipeline(**parts, controlnet=control), ddim,
                         drawn | scale | dict(strength=0.6)),
        "control-inpaint": (StableDiffusionControlNetInpaintPipeline(**parts, controlnet=control), ddim,
                            masked | scale | dict(strength=1.0)),
        "control-inpaint-part": (StableDiffusionControlNetInpaintPipeline(**parts, controlnet=control), ancestral,
                                 masked | scale | dict(strength=0.7)),
        "xl-control": (StableDiffusionXLControlNetPipeline(**xl, controlnet=control_xl), ddim,
                       dict(image=first) | scale),
        "xl-control-vary": (StableDiffusionXLControlNetImg2ImgPipeline(**xl, controlnet=control_xl), ddim,
                            drawn | scale | dict(strength=0.6)),
        "xl-control-inpaint": (StableDiffusionXLControlNetInpaintPipeline(**xl, controlnet=control_xl), ddim,
                               masked | scale | dict(strength=0.8)),
    }
    asked, golden = [], {name: picture.contiguous().clone() for name, picture in pixels.items()}
    for name, (pipe, scheduler, options) in cases.items():
        pipe.scheduler = scheduler
        pipe.set_progress_bar_config(disable=True)
        latents = pipe(
            prompt=["a red apple"], generator=[torch.Generator("cpu").manual_seed(42)], num_inference_steps=5,
            guidance_scale=7.5, output_type="latent", width=24, height=16, **options).images
        assert latents.isfinite().all(), name
        golden[f"{name}.latents"] = latents.contiguous()
        config = {key: value for key, value in json.loads(scheduler.to_json_string()).items() if value is not None}
        asked.append(dict(
            name=name, scheduler=json.dumps(config), prompts=["a red apple"], seeds=[42], steps=5, guidance=7.5,
            width=24, height=16) | {key: options[key] for key in ["strength"] if key in options})
    (OUTPUT / "steering.json").write_text("[\n" + ",\n".join(map(json.dumps, asked)) + "\n]\n")
    save_file(golden, OUTPUT / "steering.safetensors")
    for path in [*sorted((OUTPUT / "steering").glob("*/*")), *sorted(OUTPUT.glob("steering.*"))]:
        print(path.relative_to(OUTPUT), path.stat().st_size)


if __name__ == "__main__":
    with torch.no_grad():
        main()
