"""Golden predictions of small UniDiffuser transformers, by diffusers 0.42.1 and torch 2.13.0; seed 150.

Writes, below ModelsTests/UniDiffuser/ and in diffusers' own layout, with random weights:
  published/  as UniDiffuser v1: normalizations between the blocks and behind them, a token for the data's type
  between/    normalizations between the blocks and before them
  first/      normalizations within the branches, before what they compute; an even number of blocks
  behind/     normalizations within the branches, behind what they compute; one block
Each has golden.safetensors: `latents`, `whole` and `text`, the timesteps `picture_timestep` and `text_timestep`, the
predictions `y.latents`, `y.whole` and `y.text`, for `published` also `y0.latents`, which is that of the other type of
data, and `gradient.NAME`, the derivatives of the sum of the means of the predictions' squares by some weights.
"""

import pathlib
import shutil

import diffusers
import torch
from diffusers.pipelines.deprecated.unidiffuser.modeling_uvit import UniDiffuserModel
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
SIZES = dict(
    text_dim=10, clip_img_dim=6, num_text_tokens=5, num_attention_heads=2, attention_head_dim=8, in_channels=3,
    out_channels=3, sample_size=8, patch_size=2, activation_fn="gelu")
NETWORKS = {
    "published": dict(num_layers=3, use_data_type_embedding=True),
    "between": dict(num_layers=3, pre_layer_norm=True),
    "first": dict(num_layers=4, block_type="uvit", pre_layer_norm=True),
    "behind": dict(num_layers=1, block_type="uvit", patch_size=4),
}
DERIVED = ["vae_img_in.proj.weight", "pos_embed", "transformer.transformer_mid_block.attn1.to_k.weight"]


def randomize(model):
    """Weights in half precision that keep the size of what passes through."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if parameter.dim() == 1:
            noise = 0.3 * noise + (1 if "norm" in name and name.endswith("weight") else 0)
        elif parameter.dim() != 3:
            noise = noise / parameter[0].numel() ** 0.5
        parameter.data = noise.half().float()
    return model.eval()


def write(name, sizes):
    folder = TESTS / "ModelsTests/UniDiffuser" / name
    shutil.rmtree(folder, ignore_errors=True)
    model = randomize(UniDiffuserModel(**(SIZES | sizes)))
    model.save_pretrained(folder)
    given = {
        "latents": torch.randn(2, 3, 8, 8), "whole": torch.randn(2, 1, 6), "text": torch.randn(2, 5, 10),
        "picture_timestep": torch.tensor([17.0, 0.0]), "text_timestep": torch.tensor([981.5, 430.0])}
    made = model(*given.values())
    weights = dict(model.named_parameters())
    loss = sum(part.square().mean() for part in made)
    gradients = torch.autograd.grad(loss, [weights[name] for name in DERIVED])
    tensors = given | {f"y.{part}": y for part, y in zip(["latents", "whole", "text"], made)}
    tensors |= {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    if sizes.get("use_data_type_embedding"):
        tensors["y0.latents"] = model(*given.values(), data_type=0)[0]
    save_file(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")


torch.manual_seed(150)
for name, sizes in NETWORKS.items():
    write(name, sizes)
