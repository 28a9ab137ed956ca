"""Golden predictions of small Wan transformers, by diffusers 0.42.1 and torch 2.13.0; seed 42.

Writes, below ModelsTests/WanTransformer/ and in diffusers' own layout, with random weights in half precision:
  text/     two blocks that attend to a prompt
  image/    one block that attends to two pictures besides, whose places have positions; twice the channels come in
Each has golden.safetensors: the latents `x`, the `timestep`s, the states `text` (and `image`), and the prediction `y`.
text/ has `y.each` besides, the prediction where each token has a timestep of its own, `timestep.each`, and
`gradient.NAME`, the derivatives of the mean of y² by three weights.
"""

import pathlib
import shutil

import diffusers
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/WanTransformer"
DERIVED = ["patch_embedding.weight", "blocks.0.attn1.norm_q.weight", "blocks.1.scale_shift_table"]


def randomize(model):
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if "norm" in name and name.endswith("weight"):
            parameter.data = 1 + 0.3 * noise
        elif "table" in name or "pos_embed" in name or parameter.dim() == 1:
            parameter.data = 0.3 * noise
        else:
            parameter.data = noise / parameter[0].numel() ** 0.5
        # The file holds half precision, and both sides compute in float32 with what it holds.
        parameter.data = parameter.data.half().float()


def write(name, model, inputs, more=lambda model, inputs: {}):
    randomize(model)
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    y = model(inputs["x"], inputs["timestep"], inputs["text"], inputs.get("image_of_reference")).sample
    tensors = {key: value for key, value in inputs.items() if key != "image_of_reference"} | {"y": y}
    tensors |= more(model, inputs)
    model.half().save_pretrained(folder)
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def details(model, inputs):
    y = model(inputs["x"], inputs["timestep"], inputs["text"]).sample
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(y.square().mean(), [weights[name] for name in DERIVED])
    tokens = inputs["x"][0, 0].numel() // 4
    each = torch.rand(2, tokens) * 1000
    own = model(inputs["x"], each, inputs["text"]).sample
    return {f"gradient.{name}": value for name, value in zip(DERIVED, gradients)} | {
        "timestep.each": each, "y.each": own}


def main():
    torch.manual_seed(42)
    text = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=4, out_channels=4, text_dim=10, freq_dim=16,
        ffn_dim=40, num_layers=2, rope_max_seq_len=32)
    write("text", text, {
        "x": torch.randn(2, 4, 3, 6, 4), "timestep": torch.tensor([17.0, 981.5]), "text": torch.randn(2, 7, 10),
    }, details)

    image = WanTransformer3DModel(
        num_attention_heads=3, attention_head_dim=8, in_channels=6, out_channels=3, text_dim=4, freq_dim=8, ffn_dim=30,
        num_layers=1, cross_attn_norm=False, image_dim=12, added_kv_proj_dim=24, rope_max_seq_len=32,
        pos_embed_seq_len=10)
    # The reference takes the last 512 states to be the prompt's, and two pictures as a batch of twice as many.
    states = torch.randn(4, 5, 12)
    write("image", image, {
        "x": torch.randn(2, 6, 2, 4, 6), "timestep": torch.tensor([500.0, 3.0]), "text": torch.randn(2, 512, 4),
        "image_of_reference": states, "image": states.view(2, 10, 12),
    })


main()
