"""Golden latents of pictures that are drawn after other pictures (IP-Adapter), by diffusers 0.42.1,
transformers 5.23.0, torch 2.13.0 and Pillow 13.0.0; the weights' seeds are 81 and up.

Writes, below InkwellTests/StableDiffusion/, over the pipelines of stable_diffusion.py:
  image_prompts.json         what was asked for, with the scheduler's configuration
  image_prompts.safetensors  NAME.latents, what the pipeline made of it in float32; the pictures and masks
  ip_adapter/NAME.json       the seed and the shapes of an adapter's file, and of the image encoder; `seeded` of
                             unet2d_condition.py draws their weights
  ip_adapter/plain.bin       the first adapter as the published .bin files are, in half precision
  ip_adapter/NAME.bin        files of that kind in which something else stands for a network or a tensor
  ip_adapter/config.json     the image encoder's sizes
"""

import json
import pathlib
import runpy

import PIL
import torch
from diffusers import (
    ControlNetModel,
    DDIMScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)
from diffusers.image_processor import IPAdapterMaskProcessor
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from ip_adapter_shapes import adapter, full, in_parts, plain, plus

assert PIL.__version__ == "13.0.0", PIL.__version__
SCRIPTS = pathlib.Path(__file__).resolve().parent
sd = runpy.run_path(str(SCRIPTS / "stable_diffusion.py"))
OUTPUT = sd["OUTPUT"]
FOLDER = OUTPUT / "ip_adapter"
ENCODER = CLIPVisionConfig(
    hidden_size=8, intermediate_size=20, projection_dim=6, num_hidden_layers=2, num_attention_heads=2,
    image_size=28, patch_size=14, hidden_act="gelu")


def drawn(name, shapes, seed):
    """Weights that keep the size of what passes through, drawn in the order of their names."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for key, shape in sorted(shapes.items()):
        noise = torch.randn(shape, generator=generator)
        if len(shape) > 1:
            weights[key] = noise / (noise.numel() // shape[0]) ** 0.5
        else:
            weights[key] = 0.3 * noise + (1 if key.endswith("weight") else 0)
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(shape)}" for key, shape in sorted(shapes.items()))
    (FOLDER / f"{name}.json").write_text(f'{{"seed": {seed}, "shapes": {{\n{lines}}}}}\n')
    return weights


def image_encoder(seed):
    model = CLIPVisionModelWithProjection._from_config(ENCODER, attn_implementation="eager").eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
    model.load_state_dict(drawn("encoder", shapes, seed))
    (FOLDER / "config.json").write_text(json.dumps(ENCODER.to_dict(), indent=2, sort_keys=True) + "\n")
    return model


def pipelines(encoder):
    processor = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    ddim = DDIMScheduler(**sd["BETAS"], steps_offset=1, set_alpha_to_one=False, clip_sample=False)
    pictures = dict(image_encoder=encoder, feature_extractor=processor)
    parts = dict(
        vae=sd["autoencoder"](61), text_encoder=sd["text_encoder"](62), tokenizer=sd["tokenizer"](),
        scheduler=ddim, safety_checker=None, requires_safety_checker=False, **pictures)
    network = sd["unet"](63)
    steering = sd["seeded"](
        ControlNetModel.from_unet(
            network, conditioning_embedding_out_channels=[2, 4], load_weights_from_unet=False), 69)
    return ddim, {
        "sd1": lambda: StableDiffusionPipeline(**parts, unet=sd["unet"](63)),
        "vary": lambda: StableDiffusionImg2ImgPipeline(**parts, unet=sd["unet"](63)),
        "control": lambda: StableDiffusionControlNetPipeline(
            **parts, unet=sd["unet"](63), controlnet=steering),
        "sdxl": lambda: StableDiffusionXLPipeline(**sd["xl_parts"](), scheduler=ddim, **pictures),
    }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    encoder = image_encoder(81)
    ddim, make = pipelines(encoder)
    network, network_xl = sd["unet"](63), sd["xl_parts"]()["unet"]
    few = dict(states=8, width=128, words=3)
    adapters = {
        name: in_parts(drawn(name, adapter(unet, projection), seed))
        for seed, (name, unet, projection) in enumerate([
            ("plain", network, plain(8, embedding=6)), ("plus", network, plus(8, **few)),
            ("full", network, full(8, states=8)), ("plain_xl", network_xl, plain(14, embedding=6)),
            ("plus_xl", network_xl, plus(14, **few))], start=82)}
    torch.save({part: {key: tensor.half() for key, tensor in items.items()}
                for part, items in adapters["plain"].items()}, FOLDER / "plain.bin")
    one = {"norm.weight": torch.ones(1)}
    torch.save({"image_proj": one, "ip_adapter": torch.ones(1)}, FOLDER / "tensor.bin")
    torch.save({"image_proj": one, "ip_adapter": {"1.to_k_ip.weight": 3}}, FOLDER / "number.bin")
    torch.save({"image_proj": one, "ip_adapter": {}, "epoch": one}, FOLDER / "third.bin")
    generator = torch.Generator().manual_seed(87)
    pixels = {name: torch.randint(0, 256, (*size, 3), generator=generator, dtype=torch.uint8)
              for name, size in {"first": (40, 56), "second": (33, 21), "start": (16, 24), "control": (16, 24)}.items()}
    first, second, start, control = [Image.fromarray(picture.numpy()) for picture in pixels.values()]
    masks = torch.zeros(2, 16, 24, dtype=torch.uint8)
    masks[0, :, :13], masks[1, 5:, 9:] = 255, 200
    masked = IPAdapterMaskProcessor().preprocess(
        [Image.fromarray(mask.numpy()) for mask in masks], height=16, width=24)
    masked = {"ip_adapter_masks": [masked.reshape(1, 2, 16, 24)]}
    embeddings = [encoder(make["sd1"]().feature_extractor(picture, return_tensors="pt").pixel_values).image_embeds
                  for picture in [first, second]]
    mean = (embeddings[0] + 3 * embeddings[1])[None] / 4
    one = dict(ip_adapter_image=first)
    cases = {
        "plain": ("sd1", ["plain"], [0.6], one),
        "unguided": ("sd1", ["plain"], [1.0], one | dict(guidance_scale=1.0)),
        "plus": ("sd1", ["plus"], [0.6], one),
        "full": ("sd1", ["full"], [0.5], one),
        "two": ("sd1", ["plain", "plus"], [0.7, 0.4], dict(ip_adapter_image=[first, second])),
        "twice": ("sd1", ["plain", "plain"], [0.7, 0.4], dict(ip_adapter_image=[first, second])),
        "blocks": ("sd1", ["plain"], [{"mid": 0.5, "up": {"block_1": [0.0, 0.9]}}], one),
        "masks": ("sd1", ["plain"], [[0.7, 0.9]], dict(
            ip_adapter_image=[[first, second]], cross_attention_kwargs=masked)),
        "blend": ("sd1", ["plain"], [0.8], dict(
            ip_adapter_image_embeds=[torch.cat([torch.zeros_like(mean), mean])])),
        "vary": ("vary", ["plain"], [0.6], one | dict(image=start, strength=0.6)),
        "control": ("control", ["plain"], [0.6], one | dict(image=control)),
        "xl": ("sdxl", ["plain_xl"], [0.6], one),
        "xl-plus": ("sdxl", ["plus_xl"], [0.6], one),
        "xl-blocks": ("sdxl", ["plain_xl"], [{"down": {"block_1": [0.7]}}], one),
    }
    asked, golden = [], {name: picture.clone() for name, picture in pixels.items()} | {"masks": masks}
    for name, (pipeline, names, scales, options) in cases.items():
        pipe = make[pipeline]()
        pipe.set_progress_bar_config(disable=True)
        pipe.load_ip_adapter(
            [adapters[name] for name in names], subfolder="", weight_name=[""] * len(names),
            image_encoder_folder=None, low_cpu_mem_usage=False)
        pipe.set_ip_adapter_scale(scales if len(scales) > 1 or isinstance(scales[0], list) else scales[0])
        size = {} if pipeline == "vary" else dict(width=24, height=16)
        own = dict(guidance_scale=7.5) | options | size
        latents = pipe(
            prompt=["a red apple"], generator=[torch.Generator("cpu").manual_seed(42)], num_inference_steps=5,
            output_type="latent", **own).images
        assert latents.isfinite().all(), name
        golden[f"{name}.latents"] = latents.contiguous()
        config = {key: value for key, value in json.loads(ddim.to_json_string()).items() if value is not None}
        asked.append(dict(
            name=name, scheduler=json.dumps(config), prompts=["a red apple"], seeds=[42], steps=5,
            guidance=own["guidance_scale"], width=24, height=16))
    (OUTPUT / "image_prompts.json").write_text("[\n" + ",\n".join(map(json.dumps, asked)) + "\n]\n")
    save_file(golden, OUTPUT / "image_prompts.safetensors")
    for path in [*sorted(FOLDER.iterdir()), *sorted(OUTPUT.glob("image_prompts.*"))]:
        print(path.relative_to(OUTPUT), path.stat().st_size)


if __name__ == "__main__":
    with torch.no_grad():
        main()
