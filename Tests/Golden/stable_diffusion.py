"""Golden pictures of small Stable Diffusion pipelines, by diffusers 0.42.1, transformers 5.23.0 and
torch 2.13.0; the weights' seeds are 61 and up.

Writes, below InkwellTests/StableDiffusion/:
  sd1/               a whole folder of a pipeline as diffusers saves it, in half precision, but for
                     the white space in the tokenizer's file
  sdxl/              the same of SDXL, with two text encoders
  sd1.json           what each picture was asked for, with the scheduler's configuration
  sd1.safetensors    NAME.latents and NAME.picture, what the pipeline made of it in float32
  sdxl.json, sdxl.safetensors        the same for sdxl/
  redraw.json, redraw.safetensors    the same for the pipelines that begin with a picture, over
                     sd1/ and sdxl/; with the picture, the mask, and `conv_in`, the first weight of a U-Net
                     that is told the mask and is otherwise that of sd1/
  control/           a ControlNet over sd1/, in half precision
  control.json, control.safetensors  the same for it, with the two pictures that it goes by
  lcm.json, lcm.safetensors          the same for a latent consistency model, with `cond_proj`, the
                     weight that a U-Net has which is told the guidance and is otherwise that of sd1/
The tokenizer is that of ModelsTests/CLIPText/tokenizer.
"""

import json
import pathlib
import shutil

import diffusers
import numpy as np
import torch
import transformers
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    KDPM2DiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from safetensors.torch import save_file
from PIL import Image
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = TESTS / "InkwellTests/StableDiffusion"
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def seeded(model, seed):
    """Weights in half precision that keep the size of what passes through."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            noise = noise / (parameter.numel() // parameter.shape[0]) ** 0.5
        else:
            noise = 0.3 * noise + (1 if name.endswith("weight") else 0)
        parameter.data = noise.half().float()
    return model.eval()


def tokenizer(**options):
    return CLIPTokenizer.from_pretrained(TESTS / "ModelsTests/CLIPText/tokenizer", **options)


def text_encoder(seed, kind=CLIPTextModel, **sizes):
    config = CLIPTextConfig(
        **dict(
            vocab_size=574, hidden_size=8, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, bos_token_id=572, eos_token_id=573, pad_token_id=573) | sizes)
    return seeded(kind._from_config(config, attn_implementation="eager"), seed)


def unet(seed, **sizes):
    return seeded(
        UNet2DConditionModel(
            **dict(
                block_out_channels=[4, 8], down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
                up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"], norm_num_groups=2,
                layers_per_block=1, cross_attention_dim=8, attention_head_dim=2, sample_size=8) | sizes),
        seed)


def autoencoder(seed):
    return seeded(
        AutoencoderKL(
            block_out_channels=[4, 4], down_block_types=["DownEncoderBlock2D"] * 2,
            up_block_types=["UpDecoderBlock2D"] * 2, norm_num_groups=2, latent_channels=4,
            sample_size=16), seed)


def save(pipe, folder):
    """The pipeline as diffusers saves it in half precision."""
    shutil.rmtree(folder, ignore_errors=True)
    pipe.to(torch.float16).save_pretrained(folder)
    pipe.to(torch.float32)
    for card in folder.glob("README.md"):
        card.unlink()
    for file in folder.glob("*/tokenizer.json"):
        whole = json.loads(file.read_text())
        file.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n")


def make(pipe, scheduler, prompts, seeds, steps, guidance, width=16, height=16, **options):
    """The latents and the pictures, each from the generator of its own seed."""
    pipe.scheduler = scheduler
    pipe.set_progress_bar_config(disable=True)
    scales = options.get("controlnet_conditioning_scale")

    def run(output):
        if isinstance(pipe, StableDiffusionControlNetPipeline) and len(scales) == 1:
            options["controlnet_conditioning_scale"] = scales[0]
        if not isinstance(pipe, (StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline)):
            options.update(width=width, height=height)
        return pipe(
            prompt=prompts, generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            num_inference_steps=steps, guidance_scale=guidance, output_type=output, **options).images

    pictures = torch.stack([torch.from_numpy(np.array(image)) for image in run("pil")])
    return run("latent"), pictures


def sd1():
    leading = BETAS | dict(steps_offset=1)
    chain = leading | dict(set_alpha_to_one=False, clip_sample=False)
    pndm = PNDMScheduler(**leading, skip_prk_steps=True, set_alpha_to_one=False)
    pipe = StableDiffusionPipeline(
        vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer(), unet=unet(63),
        scheduler=pndm, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    save(pipe, OUTPUT / "sd1")
    # diffusers' clip_skip asks for a part that transformers 5 has done away with.
    object.__setattr__(pipe.text_encoder, "text_model", pipe.text_encoder)
    trailing = dict(timestep_spacing="trailing")
    v = BETAS | dict(prediction_type="v_prediction", rescale_betas_zero_snr=True)
    cases = {
        "pndm": (pndm, {}),
        "ddim": (DDIMScheduler(**chain), {}),
        "ddim-clean": (DDIMScheduler(**leading | dict(set_alpha_to_one=True, clip_sample=False)), {}),
        "ddim-v": (DDIMScheduler(**v, **trailing, clip_sample=False), {"guidance_rescale": 0.7}),
        "ddpm": (DDPMScheduler(**leading, clip_sample=False), {}),
        "euler": (EulerDiscreteScheduler(**leading), {}),
        "euler-leading": (EulerDiscreteScheduler(**leading, timestep_spacing="leading"), {}),
        "euler-trailing": (EulerDiscreteScheduler(**BETAS, **trailing), {}),
        "euler-karras": (
            EulerDiscreteScheduler(**leading, timestep_spacing="leading", use_karras_sigmas=True), {}),
        "euler-exponential": (EulerDiscreteScheduler(**leading, use_exponential_sigmas=True), {}),
        "euler-v": (EulerDiscreteScheduler(**v, **trailing), {}),
        "euler-ancestral": (EulerAncestralDiscreteScheduler(**leading), {}),
        "heun": (HeunDiscreteScheduler(**leading), {}),
        "dpm2": (KDPM2DiscreteScheduler(**leading), {}),
        "dpmpp-2m": (DPMSolverMultistepScheduler(**leading), {}),
        "dpmpp-2m-leading": (
            DPMSolverMultistepScheduler(**leading, timestep_spacing="leading"), {}),
        "dpmpp-2m-karras": (DPMSolverMultistepScheduler(**leading, use_karras_sigmas=True), {}),
        # With fewer than 15 steps its last one would be of first order.
        "dpmpp-2m-lowest": (
            DPMSolverMultistepScheduler(**leading, final_sigmas_type="sigma_min"), {"steps": 16}),
        "unipc": (UniPCMultistepScheduler(**leading), {}),
        "unguided": (EulerDiscreteScheduler(**leading), {"guidance": 1.0}),
        "wide": (DDIMScheduler(**chain), {"width": 24, "height": 16}),
        "clip-skip": (DDIMScheduler(**chain), {"clip_skip": 1}),
        "negative": (DDIMScheduler(**chain), {"negative_prompt": ["red"]}),
        "two": (EulerAncestralDiscreteScheduler(**leading), {
            "prompts": ["a red apple", "the cat"], "seeds": [42, 7]}),
    }
    write("sd1", pipe, cases)


def xl_parts():
    return dict(
        vae=autoencoder(64), text_encoder=text_encoder(65),
        text_encoder_2=text_encoder(
            66, CLIPTextModelWithProjection, hidden_size=6, intermediate_size=24, projection_dim=6,
            hidden_act="gelu"),
        tokenizer=tokenizer(), tokenizer_2=tokenizer(pad_token="!"),
        unet=unet(
            67, down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"], cross_attention_dim=14,
            use_linear_projection=True,
            attention_head_dim=[1, 2], addition_embed_type="text_time", addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=30),
        add_watermarker=False)


def sdxl():
    leading = BETAS | dict(steps_offset=1)
    euler = EulerDiscreteScheduler(**leading, timestep_spacing="leading")
    pipe = StableDiffusionXLPipeline(**xl_parts(), scheduler=euler)
    save(pipe, OUTPUT / "sdxl")
    write("sdxl", pipe, {
        "euler": (euler, {"guidance": 5.0}),
        "karras": (DPMSolverMultistepScheduler(**leading, use_karras_sigmas=True), {}),
        "rescaled": (euler, {"guidance_rescale": 0.7}),
        "clip-skip": (euler, {"clip_skip": 1}),
        "negative": (euler, {"negative_prompt": ["the cat"]}),
        "wide": (euler, {"width": 24, "height": 16}),
    })


def redraw():
    """Pictures from a picture, over the networks of sd1 and of sdxl."""
    parts = dict(
        vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    network = unet(63)
    aware = UNet2DConditionModel.from_config(network.config, in_channels=9)
    generator = torch.Generator().manual_seed(68)
    first = (torch.randn([4, 9, 3, 3], generator=generator) / 9).half().float()
    aware.load_state_dict(network.state_dict() | {"conv_in.weight": first})
    pixels = torch.randint(0, 256, [16, 24, 3], generator=generator, dtype=torch.uint8)
    mask = torch.zeros([16, 24], dtype=torch.uint8)
    mask[3:11, 6:19] = 255
    leading = BETAS | dict(steps_offset=1)
    ddim = DDIMScheduler(**leading, set_alpha_to_one=False, clip_sample=False)
    ancestral = EulerAncestralDiscreteScheduler(**leading)
    karras = DPMSolverMultistepScheduler(**leading, use_karras_sigmas=True)
    picture = Image.fromarray(pixels.numpy())
    own = dict(image=picture, width=24, height=16)
    masked = own | dict(mask_image=Image.fromarray(mask.numpy()))
    vary = StableDiffusionImg2ImgPipeline(**parts, unet=network, scheduler=ddim)
    inpaint = StableDiffusionInpaintPipeline(**parts, unet=network, scheduler=ddim)
    inpaint9 = StableDiffusionInpaintPipeline(**parts, unet=aware.eval(), scheduler=ddim)
    xl_vary = StableDiffusionXLImg2ImgPipeline(**xl_parts(), scheduler=ddim)
    xl_inpaint = StableDiffusionXLInpaintPipeline(**xl_parts(), scheduler=ddim)
    write("redraw", None, {
        "vary-ddim": (ddim, own | {"strength": 0.6, "pipe": vary}),
        "vary-euler-ancestral": (ancestral, own | {"strength": 0.5, "steps": 7, "pipe": vary}),
        "vary-karras": (karras, own | {"strength": 0.8, "pipe": vary}),
        "vary-whole": (ddim, own | {"strength": 1.0, "pipe": vary}),
        "inpaint-ddim": (ddim, masked | {"strength": 1.0, "pipe": inpaint}),
        "inpaint-part": (ddim, masked | {"strength": 0.7, "pipe": inpaint}),
        "inpaint-euler-ancestral": (ancestral, masked | {"strength": 1.0, "pipe": inpaint}),
        "inpaint-karras": (karras, masked | {"strength": 0.8, "pipe": inpaint}),
        "aware-ddim": (ddim, masked | {"strength": 1.0, "pipe": inpaint9}),
        "aware-part": (ancestral, masked | {"strength": 0.7, "pipe": inpaint9}),
        "xl-vary": (ancestral, own | {"strength": 0.6, "pipe": xl_vary}),
        "xl-inpaint": (ancestral, masked | {"strength": 0.8, "pipe": xl_inpaint}),
    }, {"picture": pixels, "mask": mask, "conv_in": first})


def control():
    """Pictures that one ControlNet, or two, steer."""
    network = unet(63)
    steering = seeded(
        ControlNetModel.from_unet(
            network, conditioning_embedding_out_channels=[2, 4], load_weights_from_unet=False), 69)
    shutil.rmtree(OUTPUT / "control", ignore_errors=True)
    steering.half().save_pretrained(OUTPUT / "control")
    steering.float()
    pixels = torch.randint(
        0, 256, [2, 16, 24, 3], generator=torch.Generator().manual_seed(70), dtype=torch.uint8)
    first, second = [Image.fromarray(picture.numpy()) for picture in pixels]
    ddim = DDIMScheduler(**BETAS, steps_offset=1, set_alpha_to_one=False, clip_sample=False)
    parts = dict(
        vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer(), unet=network,
        scheduler=ddim, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    one = StableDiffusionControlNetPipeline(**parts, controlnet=steering)
    two = StableDiffusionControlNetPipeline(**parts, controlnet=[steering, steering])
    size = dict(width=24, height=16)
    write("control", None, {
        "one": (ddim, size | {
            "pipe": one, "image": first, "controlnet_conditioning_scale": [0.8]}),
        "two": (ddim, size | {
            "pipe": two, "image": [first, second], "controlnet_conditioning_scale": [0.5, 1.0]}),
    }, {"first": pixels[0].clone(), "second": pixels[1].clone()})


def lcm():
    """A model that is told the guidance scale and answers for the end of the flow."""
    network = unet(63)
    told = UNet2DConditionModel.from_config(network.config, time_cond_proj_dim=6)
    weight = torch.randn([4, 6], generator=torch.Generator().manual_seed(71)) / 6**0.5
    told.load_state_dict(network.state_dict() | {"time_embedding.cond_proj.weight": weight})
    pipe = StableDiffusionPipeline(
        vae=autoencoder(61), text_encoder=text_encoder(62), tokenizer=tokenizer(), unet=told.eval(),
        scheduler=LCMScheduler(), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False)
    write("lcm", pipe, {"lcm": (LCMScheduler(), {"steps": 4, "guidance": 8.5})},
          {"cond_proj": weight})


def described(scheduler):
    """The text of the scheduler's configuration."""
    config = json.loads(scheduler.to_json_string())
    return json.dumps({key: value for key, value in config.items() if value is not None})


def write(name, pipe, cases, tensors={}):
    asked, tensors = [], dict(tensors)
    for case, (scheduler, options) in cases.items():
        own = dict(prompts=["a red apple"], seeds=[42], steps=5, guidance=7.5) | options
        latents, pictures = make(own.pop("pipe", pipe), scheduler, **own)
        assert latents.isfinite().all(), case
        tensors |= {f"{case}.latents": latents.contiguous(), f"{case}.picture": pictures.contiguous()}
        own = {key: value for key, value in own.items() if key not in ("image", "mask_image")}
        asked.append(dict(name=case, scheduler=described(scheduler)) | own)
    (OUTPUT / f"{name}.json").write_text("[\n" + ",\n".join(map(json.dumps, asked)) + "\n]\n")
    save_file(tensors, OUTPUT / f"{name}.safetensors")
    for path in sorted(OUTPUT.rglob("*")):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    sd1()
    sdxl()
    redraw()
    control()
    lcm()


if __name__ == "__main__":
    with torch.no_grad():
        main()
