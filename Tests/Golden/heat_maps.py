"""Golden heat maps of words, by diffusers 0.42.1 and torch 2.13.0.

Writes InkwellTests/StableDiffusion/heat_maps.safetensors:
  maps      where each token of a prompt acted while diffusers made a picture with the small pipeline
            sd1/ (see stable_diffusion.py): DDIM, 5 steps, guidance 7.5, seed 42, "a red apple"; the
            softmax of every cross-attention, seen by an attention processor, for the half of the batch
            that has the prompt; averaged over heads and steps, enlarged to the latents' size by
            PyTorch's bicubic, cut to 0 and above, and averaged over layers; [tokens, rows, columns]
  x, y      a picture of noise, and what PyTorch's bicubic makes of it; seed 90
"""

import pathlib

import diffusers
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "InkwellTests/StableDiffusion"


class Watching:
    """diffusers' plain attention, which notes where queries look."""

    def __init__(self, name, looks):
        self.name, self.looks = name, looks

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query = attn.head_to_batch_dim(attn.to_q(hidden_states))
        key = attn.head_to_batch_dim(attn.to_k(context))
        value = attn.head_to_batch_dim(attn.to_v(context))
        weights = attn.get_attention_scores(query, key, attention_mask)
        if encoder_hidden_states is not None:
            batch = hidden_states.shape[0]
            self.looks.setdefault(self.name, []).append(weights.reshape(batch, -1, *weights.shape[1:]))
        return attn.to_out[0](attn.batch_to_head_dim(torch.bmm(weights, value)))


@torch.no_grad()
def main():
    pipe = StableDiffusionPipeline.from_pretrained(
        FOLDER / "sd1", safety_checker=None, torch_dtype=torch.float32)
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, clip_sample=False)
    looks = {}
    pipe.unet.set_attn_processor(
        {name: Watching(name, looks) for name in pipe.unet.attn_processors})
    latents = pipe(
        "a red apple", num_inference_steps=5, guidance_scale=7.5, width=24, height=16,
        generator=torch.Generator().manual_seed(42), output_type="latent").images
    rows, columns = latents.shape[2:]
    layers = []
    for name, seen in sorted(looks.items()):
        assert len(seen) == 5, (name, len(seen))
        mean = torch.stack([look[1].mean(0) for look in seen]).mean(0)  # [places, tokens]
        height = round((mean.shape[0] * rows / columns) ** 0.5)
        maps = mean.T.reshape(1, -1, height, mean.shape[0] // height)
        layers.append(F.interpolate(maps, size=(rows, columns), mode="bicubic").clamp(min=0)[0])
    torch.manual_seed(90)
    x = torch.randn(1, 2, 3, 5)
    y = F.interpolate(x, size=(7, 11), mode="bicubic")
    save_file(
        {"maps": torch.stack(layers).mean(0).contiguous(), "x": x, "y": y},
        FOLDER / "heat_maps.safetensors")
    print(len(layers), "layers", [tuple(layer.shape) for layer in layers][:1])


main()
