"""The model in the repository through diffusers and transformers: from nothing to a written picture."""
import argparse
import json
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, PixArtTransformer2DModel
from PIL import Image
from transformers import AutoTokenizer, BertModel


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = Path(options.model)
    transformer = PixArtTransformer2DModel.from_pretrained(folder / "transformer")
    # diffusers' autoencoder sees pixels one by one, so a folded one is read with its folded channels.
    sizes = json.loads((folder / "vae/config.json").read_text())
    fold = sizes.pop("patch_size", 1) ** 2
    sizes = {k: v for k, v in sizes.items() if not k.startswith("_")}
    vae = AutoencoderKL(**{
        **sizes, "in_channels": sizes["in_channels"] * fold, "out_channels": sizes["out_channels"] * fold,
        "down_block_types": ["DownEncoderBlock2D"] * len(sizes["block_out_channels"]),
        "up_block_types": ["UpDecoderBlock2D"] * len(sizes["block_out_channels"])})
    tokenizer = AutoTokenizer.from_pretrained(folder / "text_encoder")
    encoder = BertModel.from_pretrained(folder / "text_encoder", dtype=torch.float32, add_pooling_layer=False)
    tokens = tokenizer(["", "red apple"], padding="max_length", max_length=32, return_tensors="pt")
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(20)
    with torch.inference_mode():
        text = encoder(**tokens).last_hidden_state
        side = transformer.config.sample_size
        x = torch.randn(1, transformer.config.in_channels, side, side)
        for timestep in scheduler.timesteps:
            velocity = transformer(
                torch.cat([x, x]), timestep=timestep.expand(2), encoder_hidden_states=text,
                encoder_attention_mask=tokens.attention_mask.float(),
                added_cond_kwargs={"resolution": None, "aspect_ratio": None}, return_dict=False)[0]
            unconditional, conditional = velocity.chunk(2)
            x = scheduler.step(unconditional + 4 * (conditional - unconditional), timestep, x, return_dict=False)[0]
        picture = torch.nn.functional.pixel_shuffle(vae.decode(x).sample, round(fold**0.5))[0]
    pixels = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(pixels).save(Path(folder, "picture.png"))


main()
