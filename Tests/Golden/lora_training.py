"""What PEFT's matrices learn beside a U-Net: diffusers 0.42.1, peft 0.21.2, torch 2.13.0; seed 71.

Writes ModelsTests/Adapters/training.safetensors, on the U-Net sd1 of unet2d_condition.py with matrices of
rank 3 and alpha 6 beside the linear layers to_q, to_k, to_v, to_out.0 and ff.net.2. `LAYER.lora_A.weight`
and `LAYER.lora_B.weight` are the matrices, none of them zero; `gradient.` before them what the loss says of
them. The loss is the mean of (prediction - epsilon)² over latents `x0` with noise `epsilon` at the timesteps
`t` of scaled-linear betas; `loss`, and `snr`, the same with Min-SNR weights of gamma 5. All in float64: in float32 the gradients
of this network are off by up to 6e-4.
"""

import json
import pathlib
import runpy

import diffusers
import peft
import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.training_utils import compute_snr
from peft import LoraConfig
from safetensors.torch import load_file, save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert peft.__version__ == "0.21.2", peft.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
MODELS = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests"
seeded = runpy.run_path(str(MODELS.parent / "Golden/unet2d_condition.py"))["seeded"]
LAYERS = ["to_q", "to_k", "to_v", "to_out.0", "ff.net.2"]


def main():
    place = MODELS / "StableDiffusion/sd1"
    configuration = json.loads((place / "config.json").read_text())
    unet = seeded(
        UNet2DConditionModel.from_config(configuration),
        json.loads((place / "weights.json").read_text())["seed"])
    unet.requires_grad_(False).double()
    unet.add_adapter(LoraConfig(r=3, lora_alpha=6, target_modules=LAYERS))
    generator = torch.Generator().manual_seed(71)
    matrices = {}
    for name, weight in unet.named_parameters():
        if weight.requires_grad:
            weight.data = torch.randn(weight.shape, generator=generator).double() * weight.shape[1] ** -0.5
            matrices[name.replace(".default", "")] = weight
    given = load_file(place / "golden.safetensors")
    text, x0 = given["text"].double(), torch.randn(given["x"].shape, generator=generator).double()
    epsilon = torch.randn(x0.shape, generator=generator).double()
    timesteps = torch.tensor([17, 801, 444, 950][:len(x0)])
    scheduler = DDPMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
    prediction = unet(scheduler.add_noise(x0, epsilon, timesteps), timesteps, text).sample
    errors = ((prediction - epsilon) ** 2).mean(dim=(1, 2, 3))
    errors.mean().backward()
    ratios = compute_snr(scheduler, timesteps)
    tensors = {name: weight.detach().clone() for name, weight in matrices.items()}
    tensors |= {f"gradient.{name}": weight.grad for name, weight in matrices.items()}
    tensors |= {
        "x0": x0, "epsilon": epsilon, "t": timesteps, "text": text, "loss": errors.mean().detach(),
        "snr": (errors * ratios.clamp(max=5) / ratios).mean().detach()}
    save_file(tensors, MODELS / "Adapters/training.safetensors")
    print(len(matrices), "matrices, loss", float(errors.mean()))


if __name__ == "__main__":
    main()
