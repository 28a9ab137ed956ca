"""Compares Stable Diffusion's and Stable Audio Open's networks at their published sizes with diffusers
0.42.1, and CLIP's image encoders and T5 base with transformers 5.23.0.

    swift build --product ModelProbe
    python Tests/Golden/check_stable_diffusion.py .build/debug/ModelProbe [NAME…]

Each network is built with random weights (seed 58), saved as diffusers saves it, and run by both on the
same inputs; without names, all but those that need more than 8 GB of memory. Every result must be within
1e-4 of the reference's largest number. It needs room for the weights in the folder of temporary files.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import diffusers
import torch
import transformers
from diffusers import (
    AutoencoderKL, AutoencoderKLWan, AutoencoderOobleck, AutoencoderTiny, ControlNetModel,
    StableAudioDiTModel, T2IAdapter, UNet2DConditionModel, WanTransformer3DModel)
from diffusers.models.embeddings import get_1d_rotary_pos_embed
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, T5Config, T5EncoderModel

from published_sizes import CLIP_H, REFINER, SD1, SD2, SDXL, VAE, VISION, X2, X4

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
TOLERANCE = 1e-4
SIZE = 32  # Of the latents; divisible by what every network divides it by.


def image_encoder(**sizes):
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**sizes))


def text_encoder(**sizes):
    return T5EncoderModel(T5Config(**sizes))


NETWORKS = {
    "sd1": ("unet", UNet2DConditionModel, SD1),
    "sd1-inpaint": ("unet", UNet2DConditionModel, SD1 | dict(in_channels=9)),
    "sd1-instruct": ("unet", UNet2DConditionModel, SD1 | dict(in_channels=8)),
    "sd2": ("unet", UNet2DConditionModel, SD2),
    "sd2-depth": ("unet", UNet2DConditionModel, SD2 | dict(in_channels=5)),
    "x4": ("unet", UNet2DConditionModel, X4),
    "latent-upscaler": ("unet", UNet2DConditionModel, X2),
    "sd1-control": ("controlnet", ControlNetModel, dict(cross_attention_dim=768)),
    "sd1-adapter": ("adapter", T2IAdapter, {}),
    "sd1-vae": ("vae", AutoencoderKL, VAE),
    "sd1-vae-strips": ("strips", AutoencoderKL, VAE),
    "sd1-vae-strips-1024": ("strips", AutoencoderKL, VAE),
    "sd1-vae-strips-2048x1024": ("strips", AutoencoderKL, VAE),
    "sd1-vae-strips-2048x1536": ("strips", AutoencoderKL, VAE),
    "sd1-vae-strips-2048x2048": ("strips", AutoencoderKL, VAE),
    "sdxl-vae": ("vae", AutoencoderKL, VAE | dict(scaling_factor=0.13025, sample_size=1024)),
    "taesd": ("tiny", AutoencoderTiny, {}),
    "wan-vae": ("wan-vae", AutoencoderKLWan, {}),
    # Two of the 30 blocks of Wan 2.1 1.3B, which are alike.
    "wan-2": ("wan", WanTransformer3DModel, dict(num_attention_heads=12, ffn_dim=8960, num_layers=2)),
    "clip-l": ("image-encoder", image_encoder, dict(
        patch_size=14, hidden_size=1024, intermediate_size=4096, num_hidden_layers=24,
        num_attention_heads=16, projection_dim=768)),
    "clip-h": ("image-encoder", image_encoder, CLIP_H),
    "clip-bigg": ("image-encoder", image_encoder, VISION | dict(
        hidden_size=1664, intermediate_size=8192, num_hidden_layers=48, num_attention_heads=16,
        projection_dim=1280)),
    "sdxl": ("unet", UNet2DConditionModel, SDXL),
    "sdxl-refiner": ("unet", UNet2DConditionModel, REFINER),
    "oobleck": ("oobleck", AutoencoderOobleck, {}),
    "stable-audio": ("stable-audio", StableAudioDiTModel, {}),
    "stable-audio-6": ("stable-audio", StableAudioDiTModel, dict(num_layers=6)),  # Of 24 blocks.
    "t5-base": ("t5", text_encoder, dict(d_model=768, d_ff=3072, num_layers=12, num_heads=12)),
}
LARGE = {"sdxl", "sdxl-refiner", "clip-bigg", "stable-audio"} | {
    name for name in NETWORKS if name.startswith("sd1-vae-strips-")}


def inputs(name, kind, model):
    if kind == "strips":
        sides = [int(side) // 8 for side in name.rpartition("-")[2].split("x") if side.isdigit()]
        width, height = sides[0] if sides else SIZE, sides[-1] if sides else SIZE
        return {"latents": torch.randn(1, 4, height, width)}
    if kind in ("vae", "tiny"):
        return {"picture": torch.rand(1, 3, 4 * SIZE, 4 * SIZE) * 2 - 1,
                "latents": torch.randn(1, 4, SIZE // 2, SIZE // 2)}
    if kind == "wan-vae":
        return {"clip": torch.rand(1, 3, 9, 64, 96) * 2 - 1, "latents": torch.randn(1, 16, 3, 8, 12)}
    if kind == "wan":
        return {"x": torch.randn(1, 16, 5, 20, 24), "timestep": torch.tensor([417.0]),
                "text": torch.randn(1, 512, 4096)}
    if kind == "adapter":
        return {"picture": torch.rand(1, 3, 8 * SIZE, 8 * SIZE)}
    if kind == "image-encoder":
        return {"pixels": torch.randn(1, 3, 224, 224)}
    if kind == "oobleck":
        # Half a second.
        return {"sound": torch.rand(1, 2, 10 * 2048) * 2 - 1, "latents": torch.randn(1, 64, 10)}
    if kind == "stable-audio":
        return {"x": torch.randn(1, 64, 1024), "timestep": torch.tensor([0.7]),
                "text": torch.randn(1, 130, 768), "global": torch.randn(1, 1, 1536)}
    if kind == "t5":
        mask = torch.ones(1, 128, dtype=torch.int64)
        mask[:, 90:] = 0
        return {"ids": torch.randint(0, 32128, (1, 128)), "mask": mask}
    config = model.config
    given = {"x": torch.randn(1, config.in_channels, SIZE, SIZE), "timestep": torch.tensor([417.0]),
             "text": torch.randn(1, 77, config.cross_attention_dim)}
    if config.addition_embed_type:
        given["text_embeds"] = torch.randn(1, 1280)
        count = (config.projection_class_embeddings_input_dim - 1280) // config.addition_time_embed_dim
        given["time_ids"] = torch.tensor([[1024.0, 768, 0, 64, 1024, 1024][:count]])
    if config.time_cond_proj_dim:
        given["time_condition"] = torch.randn(1, config.time_cond_proj_dim)
        given["timestep"] = torch.tensor([0.35])
    if config.num_class_embeds:
        given["label"] = torch.tensor([20])
    if kind == "controlnet":
        given["picture"] = torch.rand(1, 3, 8 * SIZE, 8 * SIZE)
    return given


def reference(kind, model, given):
    if kind == "strips":
        # The whole picture at once. Channels-last features would need less memory, but LibTorch's group norm
        # of them is off by 1.5e-3 at 2048x2048 pixels.
        for module in model.modules():
            if isinstance(module, torch.nn.SiLU):
                module.inplace = True
        return {"decoded": model.decode(given["latents"]).sample}
    if kind in ("vae", "tiny"):
        encoded = model.encode(given["picture"])
        mean = encoded.latents if kind == "tiny" else encoded.latent_dist.mean
        return {"mean": mean, "decoded": model.decode(given["latents"]).sample}
    if kind == "wan-vae":
        return {"mean": model.encode(given["clip"]).latent_dist.mean,
                "decoded": model.decode(given["latents"]).sample}
    if kind == "wan":
        return {"y": model(given["x"], given["timestep"], given["text"]).sample}
    if kind == "adapter":
        return {f"feature.{i}": feature for i, feature in enumerate(model(given["picture"]))}
    if kind == "image-encoder":
        output = model(given["pixels"], output_hidden_states=True)
        return {"embedding": output.image_embeds, "penultimate": output.hidden_states[-2]}
    if kind == "oobleck":
        return {"mean": model.encode(given["sound"]).latent_dist.mean,
                "decoded": model.decode(given["latents"]).sample}
    if kind == "stable-audio":
        rotary = get_1d_rotary_pos_embed(32, 1025, use_real=True, repeat_interleave_real=False)
        return {"y": model(given["x"], given["timestep"], given["text"], given["global"], rotary).sample}
    if kind == "t5":
        return {"states": model(given["ids"], attention_mask=given["mask"]).last_hidden_state}
    arguments = [given["x"], given["timestep"], given["text"]]
    added = {key: given[key] for key in ("text_embeds", "time_ids") if key in given}
    if "time_condition" in given:
        return {"y": model(*arguments, timestep_cond=given["time_condition"]).sample}
    if kind == "controlnet":
        down, middle = model(*arguments, given["picture"], return_dict=False)
        return {f"skip.{i}": skip for i, skip in enumerate(down)} | {"middle": middle}
    return {"y": model(*arguments, class_labels=given.get("label"), added_cond_kwargs=added).sample}


@torch.no_grad()
def check(name, probe, folder):
    kind, network, options = NETWORKS[name]
    torch.manual_seed(58)
    model = network(**options).eval()
    for parameter in model.parameters():
        if parameter.dim() <= 1:
            parameter.add_(0.1 * torch.randn_like(parameter))
        elif not parameter.any():
            parameter.copy_(torch.randn_like(parameter) / parameter[0].numel() ** 0.5)
    model.save_pretrained(folder, max_shard_size="1000GB")
    given = inputs(name, kind, model)
    save_file(given, folder / "inputs.safetensors")
    start = time.perf_counter()
    expected = reference(kind, model, given)
    seconds = time.perf_counter() - start
    count = sum(parameter.numel() for parameter in model.parameters())
    del model
    result = subprocess.run(
        [probe, kind, folder, folder / "inputs.safetensors", folder / "outputs.safetensors"],
        check=True, capture_output=True, text=True)
    found = load_file(folder / "outputs.safetensors")
    assert found.keys() == expected.keys(), (found.keys(), expected.keys())
    worst = max(
        ((found[key] - value).abs().max() / value.abs().max()).item()
        for key, value in expected.items())
    print(f"{name}: {count / 1e6:.1f} million weights, within {worst:.1e}; "
          f"diffusers {seconds:.2f} s, {result.stdout.strip()}", flush=True)
    return worst < TOLERANCE


def main():
    probe, *names = sys.argv[1:]
    failed = []
    for name in names or [name for name in NETWORKS if name not in LARGE]:
        with tempfile.TemporaryDirectory() as folder:
            if not check(name, probe, pathlib.Path(folder)):
                failed.append(name)
    sys.exit(f"not within {TOLERANCE}: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
