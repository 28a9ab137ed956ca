"""The names and shapes of Stable Diffusion's weights in both layouts.

By stable-diffusion-sdkit 2.1.5 (CompVis' and Stability AI's `ldm`), whose networks are built without
memory for their names, and by diffusers 0.42.1, whose `loaders/single_file_utils.py` converts them,
with torch 2.13.0 and transformers 5.23.0. `pip install --no-deps stable-diffusion-sdkit==2.1.5`.

Writes ModelsTests/StableDiffusion/KeyMaps/keys.txt. A line `= NAME` begins a part; a line after it
is `A REST SHAPE B REST [SHAPE]`: the original's name and shape, and diffusers' name and shape. A and
B count the bytes that a name shares with the one on the line before; `*` stands for the shape on the
line before. What the original's tensor is divided into stands on lines of its own. What diffusers
makes must be the weights of its own network, or this stops.
"""

import pathlib
import sys
import types

import diffusers
import torch
import transformers
from diffusers.loaders import single_file_utils as reference
from diffusers.models.attention_processor import Attention  # noqa: F401, builds the networks

for name in ("omegaconf", "omegaconf.listconfig"):  # asked for, and not needed here
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules["omegaconf.listconfig"].ListConfig = list
from ldm.modules.diffusionmodules import model, openaimodel  # noqa: E402

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/StableDiffusion/KeyMaps/keys.txt"
SpatialTransformer = openaimodel.SpatialTransformer


def ldm_unet(depths, vector=None, **sizes):
    """The original's network; SDXL's differs in the depths, by channels, and in the labels."""
    def transformer(channels, *arguments, **options):
        depth = depths.get(channels, 1)
        options |= {"depth": depth, "context_dim": [sizes["context_dim"]] * depth}
        return SpatialTransformer(channels, *arguments, **options)

    openaimodel.SpatialTransformer = transformer
    network = openaimodel.UNetModel(
        image_size=32, use_spatial_transformer=True, legacy=False, num_res_blocks=2, **sizes)
    if vector:
        width = 4 * sizes["model_channels"]
        network.label_emb = torch.nn.Sequential(torch.nn.Sequential(
            torch.nn.Linear(vector, width), torch.nn.SiLU(), torch.nn.Linear(width, width)))
    return {f"model.diffusion_model.{k}": v for k, v in network.state_dict().items()}


PLAIN = ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",), ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3
UNETS = {
    "unet sd1": (
        dict(depths={}, in_channels=4, out_channels=4, model_channels=320, channel_mult=[1, 2, 4, 4],
             attention_resolutions=[4, 2, 1], num_heads=8, context_dim=768),
        dict(block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768, attention_head_dim=8)),
    "unet sd2": (
        dict(depths={}, in_channels=4, out_channels=4, model_channels=320, channel_mult=[1, 2, 4, 4],
             attention_resolutions=[4, 2, 1], num_head_channels=64, context_dim=1024,
             use_linear_in_transformer=True),
        dict(block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=1024,
             attention_head_dim=[5, 10, 20, 20], use_linear_projection=True)),
    "unet xl": (
        dict(depths={640: 2, 1280: 10}, vector=2816, in_channels=4, out_channels=4,
             model_channels=320, channel_mult=[1, 2, 4], attention_resolutions=[4, 2],
             num_head_channels=64, context_dim=2048, use_linear_in_transformer=True),
        dict(block_out_channels=(320, 640, 1280), cross_attention_dim=2048,
             attention_head_dim=[5, 10, 20], use_linear_projection=True,
             down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2,
             up_block_types=("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
             transformer_layers_per_block=[1, 2, 10], addition_embed_type="text_time",
             addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)),
    "unet refiner": (
        dict(depths={768: 4, 1536: 4}, vector=2560, in_channels=4, out_channels=4,
             model_channels=384, channel_mult=[1, 2, 4, 4], attention_resolutions=[4, 2],
             num_head_channels=64, context_dim=1280, use_linear_in_transformer=True),
        dict(block_out_channels=(384, 768, 1536, 1536), cross_attention_dim=1280,
             attention_head_dim=[6, 12, 24, 24], use_linear_projection=True,
             down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 2 + ("DownBlock2D",),
             up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 2 + ("UpBlock2D",),
             transformer_layers_per_block=4, addition_embed_type="text_time",
             addition_time_embed_dim=256, projection_class_embeddings_input_dim=2560)),
    "unet x4": (
        dict(depths={}, in_channels=7, out_channels=4, model_channels=256, channel_mult=[1, 2, 2, 4],
             attention_resolutions=[2, 4, 8], num_heads=8, context_dim=1024, num_classes=1000,
             use_linear_in_transformer=True, disable_self_attentions=[True, True, True, False]),
        dict(in_channels=7, block_out_channels=(256, 512, 512, 1024), cross_attention_dim=1024,
             attention_head_dim=8, use_linear_projection=True, num_class_embeds=1000,
             down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * 3,
             up_block_types=("CrossAttnUpBlock2D",) * 3 + ("UpBlock2D",),
             only_cross_attention=(True, True, True, False))),
}


def unets():
    for name, (original, sizes) in UNETS.items():
        before = ldm_unet(**original)
        options = {"down_block_types": PLAIN[0], "up_block_types": PLAIN[1]} | sizes
        network = diffusers.UNet2DConditionModel(**options)
        after = reference.convert_ldm_unet_checkpoint(traced(before), dict(network.config))
        yield name, before, after, network.state_dict()


def vaes():
    for name, widths, latents in [("vae f8", (1, 2, 4, 4), 4), ("vae f4", (1, 2, 4), 4)]:
        sizes = dict(ch=128, out_ch=3, ch_mult=widths, num_res_blocks=2, attn_resolutions=[],
                     in_channels=3, resolution=256, z_channels=latents)
        parts = {"encoder": model.Encoder(double_z=True, **sizes), "decoder": model.Decoder(**sizes),
                 "quant_conv": torch.nn.Conv2d(2 * latents, 2 * latents, 1),
                 "post_quant_conv": torch.nn.Conv2d(latents, latents, 1)}
        before = {f"first_stage_model.{part}.{k}": v
                  for part, network in parts.items() for k, v in network.state_dict().items()}
        network = diffusers.AutoencoderKL(
            block_out_channels=[128 * width for width in widths], latent_channels=latents,
            down_block_types=["DownEncoderBlock2D"] * len(widths),
            up_block_types=["UpDecoderBlock2D"] * len(widths), layers_per_block=2)
        yield name, before, reference.convert_ldm_vae_checkpoint(traced(before), dict(network.config)), \
            network.state_dict()


class Block(torch.nn.Module):
    """A block of OpenCLIP's text transformer, for its names (open_clip/transformer.py)."""

    def __init__(self, width):
        super().__init__()
        self.ln_1 = torch.nn.LayerNorm(width)
        self.attn = torch.nn.MultiheadAttention(width, 1)
        self.ln_2 = torch.nn.LayerNorm(width)
        self.mlp = torch.nn.ModuleDict(
            {"c_fc": torch.nn.Linear(width, 4 * width), "c_proj": torch.nn.Linear(4 * width, width)})


def text_encoders():
    def encoder(kind, width, layers):
        config = transformers.CLIPTextConfig(
            hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
            num_attention_heads=width // 64, projection_dim=width)
        network = kind(config)
        # transformers drops this part of the names in memory, and keeps it in files.
        return network, {k if k.startswith("text_") else f"text_model.{k}": v
                         for k, v in network.state_dict().items() if "position_ids" not in k}

    def open_clip(prefix, width, layers, kept):
        network, expected = encoder(
            transformers.CLIPTextModelWithProjection if kept == layers else
            transformers.CLIPTextModel, width, kept)
        blocks = torch.nn.ModuleList(Block(width) for _ in range(layers))
        before = {f"{prefix}transformer.resblocks.{k}": v for k, v in blocks.state_dict().items()}
        before |= {f"{prefix}{k}": torch.empty(shape) for k, shape in {
            "positional_embedding": (77, width), "token_embedding.weight": (49408, width),
            "ln_final.weight": (width,), "ln_final.bias": (width,), "logit_scale": (),
            "text_projection": (width, width)}.items()}
        return before, reference.convert_open_clip_checkpoint(network, traced(before), prefix), expected

    _, expected = encoder(transformers.CLIPTextModel, 768, 12)
    before = {f"cond_stage_model.transformer.{k}": v for k, v in expected.items()}
    yield "text l", before, reference.convert_ldm_clip_checkpoint(traced(before)), expected
    yield "text h", *open_clip("cond_stage_model.model.", 1024, 24, 23)
    yield "text bigg", *open_clip("conditioner.embedders.1.model.", 1280, 32, 32)


def size(tensor):
    return ",".join(map(str, tensor.shape)) or "-"


def shared(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


class Traced:
    """A tensor that knows which of the original's it was made of, and how."""

    def __init__(self, tensor, origin, mark=""):
        self.tensor, self.origin, self.mark = tensor, origin, mark

    shape = property(lambda self: self.tensor.shape)
    ndim = property(lambda self: self.tensor.ndim)
    T = property(lambda self: Traced(self.tensor.T, self.origin, "T"))

    def __getitem__(self, index):
        return Traced(self.tensor[index], self.origin, self.mark)

    def contiguous(self):
        return self

    clone = detach = contiguous


def traced(tensors):
    return {name: Traced(tensor, name) for name, tensor in tensors.items()}


def rows(before, after):
    """The original's name and shape, and what is made of it, or nothing."""
    made = {}
    for target, tensor in after.items():
        made.setdefault(tensor.origin, []).append((target, size(tensor) + tensor.mark))
    for source, tensor in before.items():
        for target, shape in made.get(source, [("-", "-")]):
            yield source, size(tensor), target, shape


def main():
    lines = []
    with torch.device("meta"):
        for name, before, after, expected in (*unets(), *vaes(), *text_encoders()):
            assert {k: v.shape for k, v in after.items()} == {k: v.shape for k, v in expected.items()}
            lines.append(f"= {name}")
            last = ["", "", ""]
            for source, shape, target, target_shape in rows(before, after):
                a, b = shared(last[0], source), shared(last[1], target)
                line = f"{a} {source[a:]} {'*' if shape == last[2] else shape} {b} {target[b:]}"
                lines.append(line if target_shape == shape else f"{line} {target_shape}")
                last = [source, target, shape]
            print(name, len(before), "->", len(expected))
    OUTPUT.write_text("\n".join(lines) + "\n")
    print(OUTPUT.name, OUTPUT.stat().st_size)


main()
