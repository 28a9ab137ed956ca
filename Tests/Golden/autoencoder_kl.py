"""Golden latents and pictures of small autoencoders, by diffusers 0.42.1 and torch 2.13.0; seed 35.

Writes, below ModelsTests/AutoencoderKL/ and in diffusers' own layout, with random weights:
  tiny/       three resolutions of uneven widths, a shift of the latents, a picture that is not square
  plain/      one resolution without attention and without the two convolutions around the latents
  patched/    diffusers' network between pixel_unshuffle and pixel_shuffle
Each has golden.safetensors: `x`, the moments `mean` and `log_variance`, the `divergence` of each
latent, `sample` for the noise `noise`, `decoded` from `sample`, and `gradient.NAME`, the derivatives
by three weights of the mean square of the picture decoded from the mean.
"""

import json
import pathlib
import shutil

import diffusers
import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/AutoencoderKL"
DERIVED = ["encoder.conv_in.weight", "encoder.mid_block.resnets.0.norm1.bias", "decoder.conv_out.weight"]


def randomize(model):
    """Weights that keep the size of what passes through, and norms that are not the identity."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if parameter.dim() > 1:
            parameter.data = noise / parameter[0].numel() ** 0.5
        else:
            parameter.data = (1 if "norm" in name and name.endswith("weight") else 0) + 0.3 * noise


def small(widths, **options):
    levels = len(widths)
    return AutoencoderKL(
        block_out_channels=widths, down_block_types=["DownEncoderBlock2D"] * levels,
        up_block_types=["UpDecoderBlock2D"] * levels, sample_size=16, **options)


def golden(model, size, patch):
    x = torch.randn(2, 3, *size)
    before = (lambda t: pixel_unshuffle(t, patch)) if patch > 1 else (lambda t: t)
    after = (lambda t: pixel_shuffle(t, patch)) if patch > 1 else (lambda t: t)
    latents = model.encode(before(x)).latent_dist
    noise = torch.randn_like(latents.mean)
    sample = latents.mean + latents.std * noise
    divergence = 0.5 * (latents.mean**2 + latents.var - 1 - latents.logvar)
    assert torch.allclose(divergence.sum(dim=[1, 2, 3]), latents.kl())
    loss = after(model.decode(latents.mean).sample).square().mean()
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(loss, [weights[name] for name in DERIVED])
    tensors = {
        "x": x, "mean": latents.mean, "log_variance": latents.logvar, "noise": noise, "sample": sample,
        "divergence": divergence, "decoded": after(model.decode(sample).sample), "loss": loss,
    } | {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def write(name, model, size, patch=1):
    randomize(model)
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    save_file(golden(model, size, patch), folder / "golden.safetensors")
    if patch > 1:
        path = folder / "config.json"
        config = json.loads(path.read_text())
        config |= {"in_channels": 3, "out_channels": 3, "patch_size": patch}
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    torch.manual_seed(35)
    write(
        "tiny",
        small([4, 6, 10], layers_per_block=2, norm_num_groups=2, latent_channels=3, shift_factor=0.25,
              scaling_factor=0.7),
        (24, 16))
    write(
        "plain",
        small([6], layers_per_block=1, norm_num_groups=3, latent_channels=2, use_quant_conv=False,
              use_post_quant_conv=False, mid_block_add_attention=False),
        (5, 8))
    write(
        "patched",
        small([4, 6], layers_per_block=1, norm_num_groups=2, latent_channels=5, in_channels=12,
              out_channels=12),
        (8, 12), patch=2)


main()
