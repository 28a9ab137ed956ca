"""Golden predictions of small conditional U-Nets and of what steers them, by diffusers 0.42.1 and
torch 2.13.0; seeds 41 and up.

Writes, below ModelsTests/StableDiffusion/, a folder for each network:
  sd1/          the first Stable Diffusion's blocks; its ControlNet and its T2I-Adapters steer it too
  sd2/          linear projections, heads by level, nine channels in, a mask over the words
  sdxl/         sizes and a pooled prompt, transformers of several blocks, an embedded guidance scale
  x4/           a level of noise as class, attention to the prompt alone, seven channels in
  pruned/       no middle, transformers of uneven depth
  rare/         a projected prompt and class, sines first, other paddings and kernels
  label_KIND/   the other three kinds of class
  adaptive/, adaptive_pair/     the latent upscaler's blocks, normalized as the timestep says, at four
                resolutions and at two
  control/, control_xl/, adapter_KIND/, image/, resampler/   what steers sd1 and sdxl
Each has diffusers' config.json, weights.json and golden.safetensors. No weights are stored: every one
is drawn by `seeded` from the seed in weights.json, which also says the names and shapes of all.
"""

import json
import pathlib
import shutil

import diffusers
import torch
from diffusers import ControlNetModel, T2IAdapter, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.embeddings import ImageProjection, IPAdapterPlusImageProjection
from safetensors.torch import save_file

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/StableDiffusion"
DERIVED = [
    "conv_in.weight",
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
    "time_embedding.linear_1.bias",
]


def seeded(model, seed):
    """Weights that keep the size of what passes through, drawn in the order of their names."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            parameter.data = noise / (parameter.numel() // parameter.shape[0]) ** 0.5
        else:
            parameter.data = 0.3 * noise + (1 if name.endswith("weight") else 0)
    return model.eval()


def folder(name, model, seed, tensors):
    path = OUTPUT / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    if hasattr(model, "save_config"):
        model.save_config(path)
    shapes = {key: list(value.shape) for key, value in sorted(model.state_dict().items())}
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(shape)}" for key, shape in shapes.items())
    (path / "weights.json").write_text(f'{{"seed": {seed}, "shapes": {{\n{lines}}}}}\n')
    tensors = {key: value.detach().contiguous() for key, value in tensors.items()}
    save_file(tensors, path / "golden.safetensors")
    print(name, sum(file.stat().st_size for file in path.iterdir()))


def unet(levels, **options):
    """A U-Net whose levels are `x` (with transformers) or `p` (plain)."""
    down = {"x": "CrossAttnDownBlock2D", "p": "DownBlock2D"}
    up = {"x": "CrossAttnUpBlock2D", "p": "UpBlock2D"}
    return UNet2DConditionModel(
        **dict(
            down_block_types=[down[level] for level in levels],
            up_block_types=[up[level] for level in reversed(levels)],
            norm_num_groups=2, cross_attention_dim=6, sample_size=8, layers_per_block=1,
        ) | options)


def inputs(model, size, words=5):
    channels = model.config.encoder_hid_dim or 6
    return {
        "x": torch.randn(2, model.config.in_channels, *size), "timestep": torch.tensor([17.0, 981.0]),
        "text": torch.randn(2, words, channels),
    }


def predict(model, given, x="x", **options):
    return model(given[x], given["timestep"], given["text"], **options).sample


def looks(model, given):
    """How much each place attends to each word, for the first of the batch, by attention."""
    seen = {}

    class Watching(AttnProcessor):
        def __init__(self, place):
            self.place = place

        def __call__(self, attention, hidden_states, *args, **options):
            scores = attention.get_attention_scores

            def watch(query, key, mask=None):
                weights = scores(query, key, mask)
                if self.place.endswith("attn2"):
                    seen[f"look.{self.place}"] = weights.unflatten(0, (2, -1))[0]
                return weights

            attention.get_attention_scores = watch
            result = super().__call__(attention, hidden_states, *args, **options)
            del attention.get_attention_scores
            return result

    before = model.attn_processors
    places = [name.removesuffix(".processor") for name in before]
    model.set_attn_processor({f"{place}.processor": Watching(place) for place in places})
    y = predict(model, given)
    model.set_attn_processor(before)
    return seen, y


def sd1():
    model = seeded(unet("xxp", block_out_channels=[4, 8, 8], attention_head_dim=2, layers_per_block=2), 41)
    given = inputs(model, (8, 8)) | {"wide": torch.randn(2, 4, 7, 10)}
    y = predict(model, given)
    weights = dict(model.named_parameters())
    gradients = torch.autograd.grad(y.square().mean(), [weights[name] for name in DERIVED])
    derived = {f"gradient.{name}": value for name, value in zip(DERIVED, gradients)}
    seen, same = looks(model, given)
    assert torch.allclose(y, same, atol=1e-5)
    return model, given, {"y": y, "wide.y": predict(model, given, "wide")} | derived | seen


def control(model, given):
    network = seeded(
        ControlNetModel.from_unet(
            model, conditioning_channels=3, conditioning_embedding_out_channels=[2, 4, 4, 4],
            load_weights_from_unet=False, controlnet_conditioning_channel_order="bgr"), 42)
    picture = torch.rand(1, 3, 64, 64).mul(8).round() / 8
    arguments = (given["x"], given["timestep"], given["text"], picture)
    down, middle = network(*arguments, conditioning_scale=0.7, return_dict=False)
    guessed, guessed_middle = network(
        *arguments, conditioning_scale=0.7, guess_mode=True, return_dict=False)
    y = predict(
        model, given, down_block_additional_residuals=down, mid_block_additional_residual=middle)
    tensors = {"picture": picture.mul(8).to(torch.uint8), "middle": middle, "y": y,
               "guessed.middle": guessed_middle, "guessed.0": guessed[0], "guessed.3": guessed[3]}
    folder("control", network, 42, tensors | {f"skip.{i}": skip for i, skip in enumerate(down)})


def control_xl(model, given, added):
    network = seeded(
        ControlNetModel.from_unet(
            model, conditioning_embedding_out_channels=[2, 3, 4], load_weights_from_unet=False), 43)
    network.register_to_config(global_pool_conditions=True)
    picture = torch.rand(1, 3, 32, 32).mul(8).round() / 8
    down, middle = network(
        given["x"], given["timestep"], given["text"], picture, added_cond_kwargs=added,
        return_dict=False)
    tensors = {"picture": picture.mul(8).to(torch.uint8), "middle": middle}
    folder("control_xl", network, 43, tensors | {f"skip.{i}": skip for i, skip in enumerate(down)})


def adapter(kind, model, given, seed, size, added=None, **options):
    network = seeded(T2IAdapter(in_channels=1, adapter_type=kind, num_res_blocks=2, **options), seed)
    picture = torch.rand(2 if added else 1, 1, *size).mul(8).round() / 8
    features = network(picture)
    y = predict(
        model, given, added_cond_kwargs=added,
        down_intrablock_additional_residuals=[feature.clone() for feature in features])
    tensors = {f"feature.{i}": feature for i, feature in enumerate(features)}
    if not added:  # Odd sizes of what is halved.
        odd = torch.rand(1, 1, 24, 40).mul(8).round() / 8
        tensors |= {"odd": odd.mul(8).to(torch.uint8), "odd.last": network(odd)[-1]}
    folder(f"adapter_{kind}", network, seed, tensors | {"picture": picture.mul(8).to(torch.uint8), "y": y})


def adaptive(levels, **options):
    """A U-Net of the latent upscaler's blocks; levels are `x` (with attention) or `p` (plain)."""
    down = {"x": "KCrossAttnDownBlock2D", "p": "KDownBlock2D"}
    up = {"x": "KCrossAttnUpBlock2D", "p": "KUpBlock2D"}
    return UNet2DConditionModel(
        **dict(
            down_block_types=[down[level] for level in levels],
            up_block_types=[up[level] for level in reversed(levels)], mid_block_type=None,
            act_fn="gelu", norm_num_groups=None, resnet_time_scale_shift="scale_shift",
            time_embedding_type="fourier", timestep_post_act="gelu", time_cond_proj_dim=7,
            conv_in_kernel=1, conv_out_kernel=1, in_channels=8, out_channels=5,
            cross_attention_dim=6, attention_head_dim=8, sample_size=16) | options)


def stages(model, run):
    """What the stages make of a run, but for the last and largest."""
    seen = {}
    hooks = [
        stage.register_forward_hook(
            lambda _, __, output, name=f"{half}.{index}": seen.update(
                {name: output[0] if isinstance(output, tuple) else output}))
        for half in ("down", "up")
        for index, stage in enumerate(getattr(model, f"{half}_blocks"))
        if (half, index) < ("up", len(model.up_blocks) - 2)]
    y = run()
    for hook in hooks:
        hook.remove()
    return seen | {"y": y}


def latent_upscaler():
    for name, seed, size, model in [
        ("adaptive", 57, (16, 24), adaptive(
            "pxxx", block_out_channels=[32, 32, 64, 64], layers_per_block=2)),
        ("adaptive_pair", 58, (4, 6), adaptive(
            "xx", block_out_channels=[32, 32], layers_per_block=1, time_embedding_dim=32,
            up_block_types=["KCrossAttnUpBlock2D", "KUpBlock2D"], flip_sin_to_cos=False,
            norm_eps=1e-3)),
    ]:
        model = seeded(model, seed)
        given = inputs(model, size) | {
            "timestep": torch.tensor([-0.8, 0.65]), "time_condition": torch.randn(2, 7)}
        folder(name, model, seed, given | stages(
            model, lambda: predict(model, given, timestep_cond=given["time_condition"])))


def main():
    torch.manual_seed(41)
    model, given, golden = sd1()
    folder("sd1", model, 41, given | golden)
    control(model, given)
    adapter("full_adapter", model, given, 44, (64, 64), channels=[4, 8, 8])
    adapter("light_adapter", model, given, 45, (64, 64), channels=[4, 8])

    model = seeded(
        unet("xp", block_out_channels=[4, 8], attention_head_dim=[1, 2], use_linear_projection=True,
             upcast_attention=True, in_channels=9), 46)
    given = inputs(model, (6, 8))
    mask = torch.ones(2, 5)
    mask[0, 3:] = 0
    y = predict(model, given, encoder_attention_mask=mask)
    folder("sd2", model, 46, given | {"mask": mask, "y": y})

    model = seeded(
        unet("pxx", block_out_channels=[4, 8, 8], attention_head_dim=[1, 2, 4],
             use_linear_projection=True, transformer_layers_per_block=[1, 2, 3],
             addition_embed_type="text_time", addition_time_embed_dim=4,
             projection_class_embeddings_input_dim=29, time_cond_proj_dim=6), 47)
    given = inputs(model, (8, 8))
    added = {"text_embeds": torch.randn(2, 5), "time_ids": torch.tensor(
        [[1024.0, 768, 0, 64, 1024, 1024], [512, 512, 3, 0, 1024, 768]])}
    guidance = torch.randn(2, 6)
    folder("sdxl", model, 47, given | added | {
        "guidance": guidance,
        "y": predict(model, given, added_cond_kwargs=added),
        "guided.y": predict(model, given, added_cond_kwargs=added, timestep_cond=guidance)})
    control_xl(model, given, added)
    adapter("full_adapter_xl", model, given, 48, (64, 64), added, channels=[4, 8, 8, 8],
            downscale_factor=16)

    model = seeded(
        unet("px", block_out_channels=[4, 8], attention_head_dim=2, only_cross_attention=[True, True],
             num_class_embeds=10, in_channels=7), 49)
    given = inputs(model, (6, 6))
    label = torch.tensor([3, 9])
    folder("x4", model, 49, given | {"label": label, "y": predict(model, given, class_labels=label)})

    model = seeded(
        unet("xx", block_out_channels=[4, 8], attention_head_dim=2, mid_block_type=None,
             layers_per_block=2, transformer_layers_per_block=[1, [1, 2]],
             reverse_transformer_layers_per_block=[[2, 1, 1], 1]), 50)
    given = inputs(model, (4, 6))
    folder("pruned", model, 50, given | {"y": predict(model, given)})

    model = seeded(
        unet("xx", block_out_channels=[4, 6], attention_head_dim=1, mid_block_type="UNetMidBlock2D",
             layers_per_block=[1, 2], cross_attention_dim=6, encoder_hid_dim=7,
             class_embed_type="projection", projection_class_embeddings_input_dim=3,
             flip_sin_to_cos=False, freq_shift=1, center_input_sample=True, downsample_padding=0,
             conv_in_kernel=1, conv_out_kernel=5, time_embedding_dim=10, norm_eps=1e-3), 51)
    given = inputs(model, (6, 5))
    label = torch.randn(2, 3)
    folder("rare", model, 51, given | {"label": label, "y": predict(model, given, class_labels=label)})

    labels = {"timestep": torch.tensor([3.0, 250.0]), "identity": torch.randn(2, 16),
              "simple_projection": torch.randn(2, 3)}
    for seed, (kind, label) in enumerate(labels.items(), 52):
        model = seeded(
            unet("p", block_out_channels=[4], attention_head_dim=2, mid_block_type="UNetMidBlock2D",
                 class_embed_type=kind, projection_class_embeddings_input_dim=3), seed)
        given = inputs(model, (3, 2))
        folder(f"label_{kind}", model, seed,
               given | {"label": label, "y": predict(model, given, class_labels=label)})

    network = seeded(ImageProjection(5, 6, 3), 55)
    image = torch.randn(2, 5)
    folder("image", network, 55, {"x": image, "y": network(image)})
    network = seeded(
        IPAdapterPlusImageProjection(5, 6, 8, depth=2, dim_head=4, heads=2, num_queries=3), 56)
    image = torch.randn(2, 7, 5)
    folder("resampler", network, 56, {"x": image, "y": network(image)})
    latent_upscaler()


if __name__ == "__main__":
    main()
