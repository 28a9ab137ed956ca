"""Golden latents and sounds of small waveform autoencoders, by diffusers 0.42.1 and torch 2.13.0; seed 74.

Writes, below ModelsTests/Oobleck/ and in diffusers' own layout, with random weights:
  tiny/    three stages, stereo
  odd/     two stages, one of them of an odd stride, mono
Each has golden.safetensors: `x`, the moments `mean` and `deviation`, `divergence`, the sum over channels of
its mean, `sample` for the noise `noise`, `decoded` from `sample`, `loss`, the mean square of what is decoded
from the mean, and `gradient.NAME`, the derivatives of that by five weights.
"""

import pathlib
import shutil

import diffusers
import torch
from diffusers import AutoencoderOobleck
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/Oobleck"
DERIVED = [
    "encoder.conv1.weight_g", "encoder.block.0.res_unit2.conv1.weight_v", "encoder.block.1.snake1.alpha",
    "decoder.block.0.conv_t1.weight_v", "decoder.snake1.beta"]


def randomize(model):
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if name.endswith("weight_v"):
            parameter.data = noise
        elif name.endswith("weight_g"):
            # Small lengths: the sines of large features make an error a thousand times as large.
            parameter.data = 0.6 + 0.1 * noise
        else:
            parameter.data = 0.3 * noise


def golden(model, channels, length):
    x = torch.rand(2, channels, length) * 2 - 1
    latents = model.encode(x).latent_dist
    noise = torch.randn_like(latents.mean)
    sample = latents.mean + latents.std * noise
    loss = model.decode(latents.mean).sample.square().mean()
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(loss, [weights[name] for name in DERIVED])
    tensors = {
        "x": x, "mean": latents.mean, "deviation": latents.std, "divergence": latents.kl(), "noise": noise,
        "sample": sample, "decoded": model.decode(sample).sample, "loss": loss,
    } | {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def write(name, length, **options):
    model = AutoencoderOobleck(**options)
    randomize(model)
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    save_file(golden(model, options["audio_channels"], length), folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    torch.manual_seed(74)
    write(
        "tiny", 48, encoder_hidden_size=6, downsampling_ratios=[2, 4, 2], channel_multiples=[1, 2, 2],
        decoder_channels=4, decoder_input_channels=3, audio_channels=2, sampling_rate=8000)
    write(
        "odd", 31, encoder_hidden_size=4, downsampling_ratios=[2, 3], channel_multiples=[2, 3],
        decoder_channels=5, decoder_input_channels=2, audio_channels=1, sampling_rate=16000)


main()
