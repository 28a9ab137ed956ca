"""Golden predictions of small DiT transformers and pictures of a pipeline of one, by diffusers 0.42.1 and torch
2.13.0; seed 140.

Writes, below ModelsTests/DiT/ and in diffusers' own layout, with random weights:
  tiny/     two blocks with twice as many channels out as in
  plain/    patches of one, as many channels out as in
Each has golden.safetensors: the latents `x`, the `timestep`s, the `labels`, the prediction `y`, and
`gradient.NAME`, the derivatives of the mean of y² by three weights.
Below InkwellTests/DiT/:
  pipeline/               a whole folder of a pipeline as diffusers saves it, in half precision
  pipeline.safetensors    NAME.latents, what a picture begins with, and NAME.picture, what the pipeline made of it
                          in float32: `guided`, of three steps with a guidance of 4, and `plain`, without
"""

import json
import pathlib
import shutil

import diffusers
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DiTPipeline, DiTTransformer2DModel
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
DERIVED = [
    "pos_embed.proj.weight", "transformer_blocks.0.norm1.emb.class_embedder.embedding_table.weight",
    "transformer_blocks.0.attn1.to_k.weight"]
# The pipeline's number of no class is that of ImageNet.
NAMES = ["tench, Tinca tinca", "crane", "goldfish, Carassius auratus", "crane, machine"] + [
    f"class {number}" for number in range(4, 1000)]


def randomize(model):
    """Weights in half precision that keep the size of what passes through."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if parameter.dim() > 1:
            noise = noise / parameter[0].numel() ** 0.5
        else:
            noise = 0.3 * noise + (1 if "norm" in name and name.endswith("weight") else 0)
        parameter.data = noise.half().float()
    return model.eval()


def write(name, model, classes):
    size = model.config.sample_size
    folder = TESTS / "ModelsTests/DiT" / name
    shutil.rmtree(folder, ignore_errors=True)
    randomize(model).save_pretrained(folder)
    x = torch.randn(2, model.config.in_channels, size, size)
    timestep, labels = torch.tensor([17.0, 981.0]), torch.tensor([classes, 2])
    y = model(x, timestep=timestep, class_labels=labels).sample
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(y.square().mean(), [weights[name] for name in DERIVED])
    tensors = {"x": x, "timestep": timestep, "labels": labels, "y": y}
    tensors |= {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    save_file(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")


def pipeline():
    transformer = DiTTransformer2DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=8, num_layers=2, sample_size=8,
        patch_size=2, num_embeds_ada_norm=len(NAMES))
    vae = AutoencoderKL(
        block_out_channels=[32, 32], down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, layers_per_block=1, latent_channels=4, sample_size=16)
    scheduler = DDIMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear", clip_sample=False)
    made = DiTPipeline(
        randomize(transformer), randomize(vae), scheduler, id2label=dict(enumerate(NAMES)))
    made.set_progress_bar_config(disable=True)
    return made


@torch.no_grad()
def pictures(made):
    tensors = {}
    for name, guidance in [("guided", 4.0), ("plain", 1.0)]:
        generator = torch.Generator().manual_seed(7)
        latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(7))
        tensors[f"{name}.latents"] = latents
        tensors[f"{name}.picture"] = made(
            [2], guidance_scale=guidance, num_inference_steps=3, generator=generator, output_type="pt").images
    return tensors


def main():
    torch.manual_seed(140)
    write("tiny", DiTTransformer2DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=3, out_channels=6, num_layers=2, sample_size=8,
        patch_size=2, num_embeds_ada_norm=5), 5)
    write("plain", DiTTransformer2DModel(
        num_attention_heads=3, attention_head_dim=4, in_channels=2, num_layers=1, sample_size=5, patch_size=1,
        num_embeds_ada_norm=3), 3)
    made = pipeline()
    folder = TESTS / "InkwellTests/DiT/pipeline"
    shutil.rmtree(folder, ignore_errors=True)
    tensors = pictures(made)
    made.to(torch.float16).save_pretrained(folder)
    # Published folders name the classes, which saving leaves out.
    index = folder / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"id2label": dict(enumerate(NAMES))}, indent=1))
    save_file(tensors, folder.parent / "pipeline.safetensors")


main()
