"""Golden latents and clips of small Wan autoencoders, by diffusers 0.42.1 and torch 2.13.0; seed 41.

Writes, below ModelsTests/WanAutoencoder/ and in diffusers' own layout, with random weights in half precision:
  tiny/     three resolutions, frames halved twice
  uneven/   another width in the decoder, frames halved once, at the lower of three resolutions
  patched/  patches of two rows and two columns of pixels, and two resolutions
Each has golden.safetensors: a clip `x`, the `mean` and `log_variance` of its latents, `z`, latents of another
clip, `scaled`, as the denoiser takes them, `decoded`, the clip of those, and `gradient.NAME`, the derivatives of the
mean square of the decoded mean by three weights.
"""

import pathlib
import shutil

import diffusers
import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/WanAutoencoder"
DERIVED = ["encoder.conv_in.weight", "encoder.mid_block.attentions.0.norm.gamma", "decoder.conv_out.bias"]


def randomize(model):
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if name.endswith("gamma"):
            parameter.data = 1 + 0.3 * noise
        else:
            parameter.data = noise / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.3 * noise
        # The file holds half precision, and both sides compute in float32 with what it holds.
        parameter.data = parameter.data.half().float()


def golden(model, frames, size):
    colors = model.config.in_channels // (model.config.patch_size or 1) ** 2
    x = torch.rand(2, colors, frames, *size) * 2 - 1
    distribution = model.encode(x).latent_dist
    z = torch.randn(distribution.mean.shape)
    mean = torch.tensor(model.config.latents_mean).view(1, -1, 1, 1, 1)
    deviation = torch.tensor(model.config.latents_std).view(1, -1, 1, 1, 1)
    decoded = model.decode(z).sample
    # Most of what is decoded is inside of [-1, 1], so that clamping hides nothing.
    assert (decoded.abs() < 1).float().mean() > 0.6, (decoded.abs() < 1).float().mean()
    weights = dict(model.named_parameters())
    loss = model.decode(distribution.mean).sample.square().mean()
    gradients = torch.autograd.grad(loss, [weights[name] for name in DERIVED])
    tensors = {
        "x": x, "mean": distribution.mean, "log_variance": distribution.logvar, "z": z,
        "scaled": (z - mean) * (1 / deviation), "decoded": decoded,
    } | {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def write(name, model, frames, size):
    randomize(model)
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    tensors = golden(model, frames, size)
    model.half().save_pretrained(folder)
    save_file(tensors, folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    torch.manual_seed(41)
    statistics = dict(latents_mean=[0.3, -0.2, 0.1, 0.0], latents_std=[1.5, 0.7, 2.5, 1.0])
    tiny = AutoencoderKLWan(base_dim=4, z_dim=4, dim_mult=[1, 2, 2], num_res_blocks=1,
                            temperal_downsample=[True, True], **statistics)
    write("tiny", tiny, 9, (12, 4))
    uneven = AutoencoderKLWan(base_dim=3, decoder_base_dim=2, z_dim=2, dim_mult=[1, 2, 3], num_res_blocks=1,
                              temperal_downsample=[False, True], in_channels=4, out_channels=4,
                              latents_mean=[0.5, -1.0], latents_std=[2.0, 0.5])
    write("uneven", uneven, 5, (4, 12))
    torch.manual_seed(42)
    patched = AutoencoderKLWan(base_dim=4, z_dim=3, dim_mult=[1, 2], num_res_blocks=1, temperal_downsample=[True],
                               in_channels=12, out_channels=12, patch_size=2, latents_mean=[0.5, -1.0, 0.0],
                               latents_std=[2.0, 0.5, 1.0])
    write("patched", patched, 5, (8, 12))


main()
