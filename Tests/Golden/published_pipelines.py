"""Pipelines of diffusers 0.42.1 and transformers 5.23.0 at the sizes that they were published with.

All weights are random, and the vocabulary is that of open_clip_torch 3.3.0.
"""

import importlib.util
import pathlib
import runpy

import diffusers
import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, DDPMScheduler, EDMEulerScheduler, EulerDiscreteScheduler,
    StableDiffusionDepth2ImgPipeline, StableDiffusionLatentUpscalePipeline, StableDiffusionPipeline,
    StableDiffusionUpscalePipeline, StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInstructPix2PixPipeline, StableDiffusionXLPipeline, UNet2DConditionModel)
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, CLIPVisionConfig,
    CLIPVisionModelWithProjection)

from published_sizes import (
    CLIP_H, CLIP_L, OPENCLIP_G, OPENCLIP_H, REFINER, SD1, SD2, SDXL, VAE, X2, X4, X4_VAE)

assert diffusers.__version__ == "0.42.1", diffusers.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)
CHAIN = BETAS | dict(clip_sample=False, set_alpha_to_one=False)
UNCHECKED = dict(safety_checker=None, feature_extractor=None, requires_safety_checker=False)
COSXL = dict(sigma_min=0.002, sigma_max=120.0, sigma_data=1.0, sigma_schedule="exponential",
             prediction_type="v_prediction")


def random_weight(name, shape):
    """Numbers of half precision, in float32, that keep the size of what passes through."""
    weight = torch.empty(shape)
    if weight.dim() > 1:
        torch.nn.init.normal_(weight, std=(shape[0] / weight.numel()) ** 0.5)
    else:
        torch.nn.init.normal_(weight, mean=float(name.endswith("weight")), std=0.1)
    return weight.half().float()


def seeded(model):
    """The network with such weights."""
    for name, parameter in model.named_parameters():
        parameter.copy_(random_weight(name, parameter.shape))
    return model.eval()


def tokenizer(**options):
    merges = runpy.run_path(str(ROOT / "Scripts/generate-clip-merges"), run_name="library")
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    pairs = merges["read"](pathlib.Path(package) / "bpe_simple_vocab_16e6.txt.gz")
    vocabulary = {piece: number for number, piece in enumerate(merges["vocabulary"](pairs))}
    return CLIPTokenizer(vocab=vocabulary, merges=[tuple(pair) for pair in pairs],
                         model_max_length=77, **options)


def text_encoder(sizes, kind=CLIPTextModel):
    config = CLIPTextConfig(bos_token_id=49406, eos_token_id=49407, **sizes)
    return seeded(kind._from_config(config, attn_implementation="eager"))


def image_encoder():
    """ViT-H/14, as the IP-Adapters of Stable Diffusion 1 take it."""
    config = CLIPVisionConfig(**CLIP_H)
    return seeded(CLIPVisionModelWithProjection._from_config(config, attn_implementation="eager"))


def autoencoder(**options):
    vae = seeded(AutoencoderKL(**VAE | options))
    # Pictures with contrast: what random weights make is nearly grey.
    spread = vae.decode(torch.randn(1, 4, 16, 16) / vae.config.scaling_factor).sample.std()
    vae.decoder.conv_out.weight.mul_(0.5 / spread).copy_(vae.decoder.conv_out.weight.half())
    return vae


def unet(sizes):
    return seeded(UNet2DConditionModel(**sizes))


def parts(sizes, text, scheduler):
    return dict(vae=autoencoder(), text_encoder=text_encoder(text), tokenizer=tokenizer(),
                unet=unet(sizes), scheduler=scheduler)


def sd1(kind=StableDiffusionPipeline, scheduler=None, **sizes):
    return kind(**parts(SD1 | sizes, CLIP_L, scheduler or DDIMScheduler(**CHAIN)), **UNCHECKED)


def sd2(prediction):
    scheduler = DDIMScheduler(**CHAIN, prediction_type=prediction)
    return StableDiffusionPipeline(**parts(SD2, OPENCLIP_H, scheduler), **UNCHECKED)


def depth():
    own = parts(SD2 | dict(in_channels=5), OPENCLIP_H, DDIMScheduler(**CHAIN))
    return StableDiffusionDepth2ImgPipeline(**own, depth_estimator=None, feature_extractor=None)


def enlarger():
    """The upscaler of pictures, four times."""
    own = parts(X4, OPENCLIP_H, DDIMScheduler(**CHAIN, prediction_type="v_prediction"))
    own["vae"] = autoencoder(**X4_VAE)
    low = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    return StableDiffusionUpscalePipeline(**own, low_res_scheduler=low, max_noise_level=350)


def upscaler():
    """The upscaler of latents, twice."""
    scheduler = EulerDiscreteScheduler(**BETAS | dict(steps_offset=0), prediction_type="sample")
    return StableDiffusionLatentUpscalePipeline(**parts(X2, CLIP_L, scheduler))


def xl_parts(sizes, scheduler=None):
    return dict(
        vae=autoencoder(scaling_factor=0.13025), unet=unet(sizes),
        text_encoder_2=text_encoder(OPENCLIP_G, CLIPTextModelWithProjection),
        tokenizer_2=tokenizer(pad_token="!"),
        scheduler=scheduler or EulerDiscreteScheduler(**BETAS, timestep_spacing="leading"))


def xl_words():
    """The text encoder of Stable Diffusion XL that its refiner lacks."""
    return dict(text_encoder=text_encoder(CLIP_L), tokenizer=tokenizer())


def sdxl():
    return StableDiffusionXLPipeline(**xl_parts(SDXL), **xl_words())


def refiner(**parts):
    return StableDiffusionXLImg2ImgPipeline(
        **xl_parts(REFINER) | parts, text_encoder=None, tokenizer=None, requires_aesthetics_score=True,
        force_zeros_for_empty_prompt=False)


def xl_edit(scheduler=None, **options):
    own = xl_parts(SDXL | dict(in_channels=8), scheduler)
    return StableDiffusionXLInstructPix2PixPipeline(**own, **xl_words(), **options)


def cosxl_edit():
    return xl_edit(EDMEulerScheduler(**COSXL), is_cosxl_edit=True)
