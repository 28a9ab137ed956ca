"""A golden clip of the small Wan networks, by diffusers 0.42.1 and torch 2.13.0; seed 43.

Reads ModelsTests/WanTransformer/text and ModelsTests/WanAutoencoder/tiny; writes ModelsTests/Wan/golden.safetensors: what
WanPipeline is given, the noise `x` and the states `text` and `negative`, the latents `steps` after each of its five
steps by UniPC at a shift of 3 and a guidance scale of 5, its `timesteps`, and the `clip`.
"""

import pathlib

import diffusers
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from safetensors.torch import load_file, save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests"


def read(network, folder):
    model = network.from_config(network.load_config(OUTPUT / folder))
    model.load_state_dict(load_file(OUTPUT / folder / "diffusion_pytorch_model.safetensors"))
    return model.eval()


def main():
    transformer = read(WanTransformer3DModel, "WanTransformer/text")
    vae = read(AutoencoderKLWan, "WanAutoencoder/tiny")
    # As the published folders have it.
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, num_train_timesteps=1000)
    pipeline = WanPipeline(tokenizer=None, text_encoder=None, vae=vae, scheduler=scheduler, transformer=transformer)
    # It takes the factors from the sizes of the published autoencoder.
    pipeline.vae_scale_factor_spatial, pipeline.vae_scale_factor_temporal = 4, 4
    pipeline.set_progress_bar_config(disable=True)
    torch.manual_seed(43)
    x, text, negative = torch.randn(1, 4, 3, 4, 8), torch.randn(1, 6, 10), torch.randn(1, 3, 10)
    steps = []

    def watch(pipeline, index, timestep, values):
        steps.append(values["latents"].clone())
        return values

    clip = pipeline(
        prompt_embeds=text, negative_prompt_embeds=negative, latents=x.clone(), height=16, width=32, num_frames=9,
        num_inference_steps=5, guidance_scale=5.0, output_type="pt", callback_on_step_end=watch).frames
    tensors = {"x": x, "text": text, "negative": negative, "steps": torch.stack(steps), "clip": clip,
               "timesteps": scheduler.timesteps.float()}
    (OUTPUT / "Wan").mkdir(exist_ok=True)
    path = OUTPUT / "Wan/golden.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    print(path.name, path.stat().st_size, scheduler.timesteps.tolist(), clip.shape, float(clip.std()))


main()
