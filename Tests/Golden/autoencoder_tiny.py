"""Golden latents and pictures of small TAESD-like autoencoders, by diffusers 0.42.1 and torch 2.13.0;
seed 57.

Writes, below ModelsTests/AutoencoderTiny/ and in diffusers' own layout, with random weights:
  tiny/      the published blocks with four channels
  uneven/    halves of different depth, latents that are shifted and scaled, one channel of pictures
Each has golden.safetensors: a picture `x`, its `latents`, and what is `decoded` from twice those.
"""

import pathlib
import shutil

import diffusers
import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/AutoencoderTiny"


def write(name, model, size):
    for parameter in model.parameters():
        noise = torch.randn_like(parameter)
        parameter.data = 1.3 * noise / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.3 * noise
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    x = torch.rand(2, model.config.in_channels, *size) * 2 - 1
    latents = model.encode(x).latents
    tensors = {"x": x, "latents": latents, "decoded": model.decode(2 * latents).sample}
    save_file({key: value.detach().contiguous() for key, value in tensors.items()},
              folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    torch.manual_seed(57)
    write("tiny", AutoencoderTiny(encoder_block_out_channels=[4] * 4, decoder_block_out_channels=[4] * 4),
          (24, 16))
    write("uneven", AutoencoderTiny(
        in_channels=1, out_channels=2, encoder_block_out_channels=[4] * 2, num_encoder_blocks=[1, 0],
        decoder_block_out_channels=[6] * 3, num_decoder_blocks=[0, 2, 1], latent_channels=5,
        scaling_factor=0.5, shift_factor=0.25), (7, 6))


main()
