"""Golden outputs of small ADM networks, by guided-diffusion-sdk 1.0.0 and torch 2.13.0.

The package on PyPI is OpenAI's guided_diffusion but for its gradient checkpointing, which is off
here. Writes into ModelsTests/ADM/, for each network NAME,
  NAME.json         its sizes, in the words of guided-diffusion, and its weights' names and shapes
  NAME.safetensors  the pictures `x`, the `timesteps`, the `labels` if it has any, the output `y`, and
                    `gradient.WEIGHT`, the derivatives of the mean of y² by some weights
The weights are in no file: the one that stands at place i of the sorted names is what seed i draws,
divided by the root of the inputs of one output, or times 0.3 where it has one dimension.
"""

import json
import pathlib

import torch
from guided_diffusion.unet import EncoderUNetModel, UNetModel
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/ADM"
# Two channels a group: in groups of one, the normalization takes away what the timestep adds.
SIZES = dict(image_size=8, in_channels=3, model_channels=64, num_res_blocks=1)
NETWORKS = {
    "updown": (UNetModel, dict(
        out_channels=6, attention_resolutions=[2], channel_mult=[1, 2], num_classes=5,
        num_head_channels=16, use_scale_shift_norm=True, resblock_updown=True,
        use_new_attention_order=True)),
    "plain": (UNetModel, dict(
        out_channels=3, attention_resolutions=[1, 2], channel_mult=[1, 1.5, 2], num_heads=4)),
    "pooled": (UNetModel, dict(
        out_channels=3, attention_resolutions=[], channel_mult=[1, 1], conv_resample=False,
        num_res_blocks=2)),
    "attention": (EncoderUNetModel, dict(
        out_channels=7, attention_resolutions=[2], channel_mult=[1, 2], num_head_channels=16,
        use_scale_shift_norm=True, resblock_updown=True, pool="attention")),
    "adaptive": (EncoderUNetModel, dict(
        out_channels=7, attention_resolutions=[], channel_mult=[1, 1], pool="adaptive")),
    "spatial": (EncoderUNetModel, dict(
        out_channels=7, attention_resolutions=[], channel_mult=[1, 1], pool="spatial")),
    "spatial_v2": (EncoderUNetModel, dict(
        out_channels=7, attention_resolutions=[], channel_mult=[1, 1], pool="spatial_v2")),
}
DERIVED = ["time_embed.0.bias", "input_blocks.1.0.in_layers.0.weight", "middle_block.1.qkv.bias",
           "out.0.bias", "label_emb.weight", "output_blocks.1.0.emb_layers.1.bias"]


def draw(model):
    """Fills the weights; returns their names and shapes."""
    weights = dict(model.named_parameters())
    for seed, name in enumerate(sorted(weights)):
        weight = weights[name]
        noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
        weight.data = noise / weight[0].numel() ** 0.5 if weight.dim() > 1 else 0.3 * noise
    return {name: list(weights[name].shape) for name in sorted(weights)}


def write(name, kind, options, seed):
    sizes = SIZES | options
    model = kind(**sizes)
    shapes = draw(model)
    generator = torch.Generator().manual_seed(seed)
    timesteps = torch.tensor([17.0, 981.5])
    x = torch.randn(2, 3, 8, 8, generator=generator)
    labels = [torch.tensor([4, 1])] if "num_classes" in sizes else []
    y = model(x, timesteps, *labels)
    weights = dict(model.named_parameters())
    derived = [name for name in DERIVED if name in weights]
    gradients = torch.autograd.grad(y.square().mean(), [weights[name] for name in derived])
    tensors = {"x": x, "timesteps": timesteps, "y": y} | ({"labels": labels[0]} if labels else {})
    tensors |= {f"gradient.{name}": gradient for name, gradient in zip(derived, gradients)}
    path = OUTPUT / f"{name}.safetensors"
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path)
    (OUTPUT / f"{name}.json").write_text(json.dumps({"sizes": sizes, "weights": shapes}) + "\n")
    print(name, round(y.detach().std().item(), 3), path.stat().st_size, (OUTPUT / f"{name}.json").stat().st_size)


OUTPUT.mkdir(parents=True, exist_ok=True)
for seed, (name, (kind, options)) in enumerate(NETWORKS.items()):
    write(name, kind, options, 100 + seed)
