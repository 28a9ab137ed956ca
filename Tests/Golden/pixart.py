"""Golden predictions of small PixArt transformers, by diffusers 0.42.1 and torch 2.13.0; seed 36.

Writes, below ModelsTests/PixArt/ and in diffusers' own layout, with random weights:
  tiny/     two blocks with twice as many channels out as in
  scaled/   patches of one, positions stretched by three, as many channels out as in
Each has golden.safetensors: the latents `x`, the `timestep`s, the states `text` with their `mask`,
the prediction `y`; `cached.x` and `cached.y`, later latents and the prediction at 8 less in time by
FirstBlockCache, which takes what the blocks after the first add to be as it was; `adaptive.y` and
`adaptive.computed`, the predictions of a run with a threshold of 0.2 whose latents are x + change · z, for each
of `adaptive.change`, with z of the seed 38, at 4 less in time each, and where the last block ran; `wide.x` and
`wide.y`, latents of another size; and `gradient.NAME`, the derivatives of the mean of y² by three weights.
"""

import copy
import pathlib
import shutil

import diffusers
import torch
from diffusers import PixArtTransformer2DModel
from diffusers.hooks import FirstBlockCacheConfig, apply_first_block_cache
from diffusers.hooks.hooks import CacheContext, _set_cache_context
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/PixArt"
DERIVED = [
    "pos_embed.proj.weight",
    "transformer_blocks.0.attn2.to_k.weight",
    "adaln_single.emb.timestep_embedder.linear_1.bias",
]


def randomize(model):
    for parameter in model.parameters():
        noise = torch.randn_like(parameter)
        parameter.data = noise / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.3 * noise


@torch.no_grad()
def later(model, x, timestep, text, mask):
    """Other latents at less time, with what the blocks after the first added at first."""
    inputs = dict(encoder_hidden_states=text, encoder_attention_mask=mask)
    changed = x + 0.2 * torch.randn(x.shape, generator=torch.Generator().manual_seed(37))
    apply_first_block_cache(model, FirstBlockCacheConfig(threshold=1e9))
    _set_cache_context(model, CacheContext("run"))
    model(x, timestep=timestep, **inputs)
    return {"cached.x": changed, "cached.y": model(changed, timestep=timestep - 8, **inputs).sample}


@torch.no_grad()
def adaptive(model, x, timestep, text, mask):
    """A run of which some evaluations compute the blocks after the first."""
    inputs = dict(encoder_hidden_states=text, encoder_attention_mask=mask)
    z = torch.randn(x.shape, generator=torch.Generator().manual_seed(38))
    change = torch.tensor([0.0, 0.02, 0.04, 0.2, 0.22, 0.18, 0.14, 0.0, -0.02, -0.04])
    ran = []
    model.transformer_blocks[-1].ff.register_forward_hook(lambda *_: ran.append(True))
    apply_first_block_cache(model, FirstBlockCacheConfig(threshold=0.2))
    _set_cache_context(model, CacheContext("run"))
    predictions, computed = [], []
    for k, share in enumerate(change):
        before = len(ran)
        predictions.append(model(x + share * z, timestep=timestep - 4 * k, **inputs).sample)
        computed.append(len(ran) - before)
    assert 2 < sum(computed) < len(computed) - 2, computed
    return {"adaptive.change": change, "adaptive.z": z, "adaptive.y": torch.stack(predictions),
            "adaptive.computed": torch.tensor(computed)}


def golden(model, size, wide):
    channels, caption = model.config.in_channels, model.config.caption_channels
    timestep = torch.tensor([17.0, 981.5])
    text = torch.randn(2, 7, caption)
    mask = torch.ones(2, 7)
    mask[0, 3:] = 0

    def predict(x):
        return model(x, encoder_hidden_states=text, timestep=timestep, encoder_attention_mask=mask).sample

    x, broad = torch.randn(2, channels, *size), torch.randn(2, channels, *wide)
    y = predict(x)
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(y.square().mean(), [weights[name] for name in DERIVED])
    tensors = {
        "x": x, "timestep": timestep, "text": text, "mask": mask, "y": y, "wide.x": broad,
        "wide.y": predict(broad),
    } | {f"gradient.{name}": gradient for name, gradient in zip(DERIVED, gradients)}
    if len(model.transformer_blocks) > 1:
        tensors |= later(copy.deepcopy(model), x, timestep, text, mask)
        tensors |= adaptive(copy.deepcopy(model), x, timestep, text, mask)
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def write(name, model, size, wide):
    randomize(model)
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    save_file(golden(model, size, wide), folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    torch.manual_seed(36)
    tiny = PixArtTransformer2DModel(
        num_attention_heads=2, attention_head_dim=12, cross_attention_dim=24, in_channels=3,
        out_channels=6, num_layers=2, sample_size=8, patch_size=2, caption_channels=10)
    write("tiny", tiny, (8, 8), (6, 10))
    scaled = PixArtTransformer2DModel(
        num_attention_heads=3, attention_head_dim=4, cross_attention_dim=12, in_channels=2,
        out_channels=None, num_layers=1, sample_size=5, patch_size=1, caption_channels=6,
        interpolation_scale=3)
    write("scaled", scaled, (5, 5), (4, 7))


main()
