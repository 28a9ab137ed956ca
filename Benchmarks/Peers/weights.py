"""Models of random weights in diffusers' layout, in half precision (seed 58).

    python Benchmarks/Peers/weights.py [--tiny] FOLDER MODEL…

MODEL is sd1 (2.1 GB), sdxl (5.1 GB, its U-Net alone), pixart or dit (1.2 and 1.5 GB, their transformers alone); what
is there is kept. All numbers are distinct, because engines merge equal ones. `--tiny` makes networks of few channels,
to try the benchmarks themselves.
"""
import argparse
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, DiTTransformer2DModel, PixArtTransformer2DModel, StableDiffusionPipeline, UNet2DConditionModel)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TESTS = Path(__file__).resolve().parents[2] / "Tests"
sys.path.append(str(TESTS / "Golden"))
from published_sizes import CLIP_L, DIT, PIXART, SD1, SDXL, VAE  # noqa: E402

CHANNELS = dict(block_out_channels=[32, 32, 64, 64])
TINY = {
    "sd1": CHANNELS, "vae": CHANNELS, "sdxl": dict(
        block_out_channels=[32, 32, 64], attention_head_dim=[2, 2, 4], transformer_layers_per_block=[1, 1, 2]),
    "text": dict(num_hidden_layers=2), "pixart": dict(num_layers=2), "dit": dict(num_layers=2)}


def drawn(build):
    """A network with random weights that keep the size of what passes through, without float32's memory."""
    with torch.device("meta"):
        network = build()
    network = network.to(torch.float16).to_empty(device="cpu")
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if not tensor.is_floating_point():
            tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape))
        elif tensor.dim() > 1:
            tensor.data.copy_(torch.randn(tensor.shape) * tensor[0].numel() ** -0.5)
        else:
            tensor.data.copy_(0.1 * torch.randn(tensor.shape) + float("norm" in name and name.endswith("weight")))
    return network


def sd1(folder, tiny):
    text = CLIPTextConfig(vocab_size=49408, max_position_embeddings=77, **CLIP_L | tiny.get("text", {}))
    StableDiffusionPipeline(
        vae=drawn(lambda: AutoencoderKL(**VAE | tiny.get("vae", {}))),
        text_encoder=drawn(lambda: CLIPTextModel(text)),
        tokenizer=CLIPTokenizer.from_pretrained(TESTS / "ModelsTests/CLIPText/tokenizer"),
        unet=drawn(lambda: UNet2DConditionModel(**SD1 | tiny.get("sd1", {}))),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder, max_shard_size="1000GB")


def sdxl(folder, tiny):
    network = drawn(lambda: UNet2DConditionModel(**SDXL | tiny.get("sdxl", {})))
    network.save_pretrained(folder / "unet", max_shard_size="1000GB")


def pixart(folder, tiny):
    network = drawn(lambda: PixArtTransformer2DModel(**PIXART | tiny.get("pixart", {})))
    network.save_pretrained(folder / "transformer", max_shard_size="1000GB")


def dit(folder, tiny):
    network = drawn(lambda: DiTTransformer2DModel(**DIT | tiny.get("dit", {})))
    network.save_pretrained(folder / "transformer", max_shard_size="1000GB")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", nargs="+", choices=["sd1", "sdxl", "pixart", "dit"])
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    for name in options.models:
        folder, unfinished = options.folder / name, options.folder / f"{name}.unfinished"
        if folder.exists():
            continue
        shutil.rmtree(unfinished, ignore_errors=True)
        torch.manual_seed(58)
        globals()[name](unfinished, TINY if options.tiny else {})
        unfinished.rename(folder)
        print(f"made {folder}", flush=True)


main()
