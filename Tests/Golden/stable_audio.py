"""Golden predictions of a small Stable Audio, by diffusers 0.42.1, transformers 5.23.0, torch 2.13.0; seed 75.

Writes, below ModelsTests/ and in diffusers' and transformers' own layout, with random weights:
  StableAudio/transformer/          two blocks, shared heads of keys and values
  StableAudio/projection/           with a map of the text
  StableAudio/pipeline/             all networks of a pipeline, its projection without a map of the text
  T5/relu/, T5/gated/               text encoders of the first T5 and of T5 1.1
Each has golden.safetensors with inputs and results; the transformer's and the encoders' have
`gradient.NAME` too, derivatives of the mean square of the result by some weights. The long distances of `ids`
fall into every group of positions. The pipeline's is a run of six steps with guidance from the noise
`latents`, and another without guidance: `increment.N` is the noise of a step, of which the Brownian tree of
torchsde has no part, `guided` and `plain` are the latents at the end, `sound` what is heard of `guided` from
2 to 14 milliseconds.
"""

import pathlib
import shutil
from types import SimpleNamespace

import diffusers
import torch
import transformers
from diffusers import AutoencoderOobleck, CosineDPMSolverMultistepScheduler, StableAudioDiTModel, StableAudioPipeline
from diffusers.models.embeddings import get_1d_rotary_pos_embed
from diffusers.pipelines.stable_audio.modeling_stable_audio import StableAudioProjectionModel
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel, T5TokenizerFast

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests"


def randomize(model):
    """Weights that keep the size of what passes through, and norms that are not the identity."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if "relative_attention_bias" in name or "shared" in name:
            parameter.data = noise
        elif parameter.dim() > 1:
            parameter.data = noise / parameter[0].numel() ** 0.5
        else:
            parameter.data = (1 if "norm" in name and name.endswith("weight") else 0) + 0.3 * noise


def gradients(model, y, names):
    weights = dict(model.named_parameters())
    found = torch.autograd.grad(y.square().mean(), [weights[name] for name in names])
    return {f"gradient.{name}": gradient for name, gradient in zip(names, found)}


def write(name, model, tensors):
    folder = OUTPUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    save_file(
        {key: tensor.detach().clone(memory_format=torch.contiguous_format) for key, tensor in tensors.items()}, folder / "golden.safetensors")
    for path in sorted(folder.iterdir()):
        print(path.relative_to(OUTPUT), path.stat().st_size)


def transformer():
    model = StableAudioDiTModel(
        sample_size=16, in_channels=3, num_layers=2, attention_head_dim=8, num_attention_heads=4,
        num_key_value_attention_heads=2, out_channels=3, cross_attention_dim=12, time_proj_dim=10,
        global_states_input_dim=14, cross_attention_input_dim=6).eval()
    randomize(model)
    model.time_proj.weight.data = torch.randn_like(model.time_proj.weight)
    given = {
        "x": torch.randn(2, 3, 9), "timestep": torch.tensor([0.2, 0.9]), "text": torch.randn(2, 5, 6),
        "global": torch.randn(2, 1, 14)}
    rotary = get_1d_rotary_pos_embed(4, 10, use_real=True, repeat_interleave_real=False)
    y = model(given["x"], given["timestep"], given["text"], given["global"], rotary).sample
    names = [
        "transformer_blocks.0.attn1.to_q.weight", "transformer_blocks.1.attn2.to_k.weight",
        "transformer_blocks.1.ff.net.0.proj.bias", "preprocess_conv.weight", "timestep_proj.0.weight"]
    write("StableAudio/transformer", model, given | {"y": y} | gradients(model, y, names))


def projection(name, text, channels):
    model = StableAudioProjectionModel(text, channels, min_value=2, max_value=40)
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) / parameter.shape[-1] ** 0.5
    given = {
        "states": torch.randn(3, 4, text), "start": torch.tensor([0.0, 2, 17.5]),
        "end": torch.tensor([3.0, 40, 47])}
    y = model(given["states"], given["start"], given["end"])
    write(name, model, given | {
        "text": y.text_hidden_states, "start_state": y.seconds_start_hidden_states,
        "end_state": y.seconds_end_hidden_states})


class Recorded:
    """Unit noise in the place of a Brownian tree's increments."""

    increments = [torch.randn(2, 2, 5, generator=torch.Generator().manual_seed(78 + i)) for i in range(6)]
    count = 0

    def __init__(self, *arguments, **options):
        Recorded.count = 0

    def __call__(self, *sigmas):
        Recorded.count += 1
        return self.increments[Recorded.count - 1]


def pipeline():
    text_encoder = T5EncoderModel(T5Config(
        vocab_size=20, d_model=6, d_kv=3, d_ff=8, num_layers=1, num_heads=2,
        relative_attention_num_buckets=8, relative_attention_max_distance=20)).eval()
    projection = StableAudioProjectionModel(6, 6, min_value=0, max_value=0.25)
    for parameter in projection.parameters():
        parameter.data = torch.randn_like(parameter) / parameter.shape[-1] ** 0.5
    transformer = StableAudioDiTModel(
        sample_size=5, in_channels=2, num_layers=1, attention_head_dim=4, num_attention_heads=2,
        num_key_value_attention_heads=1, out_channels=2, cross_attention_dim=4, time_proj_dim=6,
        global_states_input_dim=12, cross_attention_input_dim=6)
    vae = AutoencoderOobleck(
        encoder_hidden_size=4, downsampling_ratios=[2, 2], channel_multiples=[1, 1], decoder_channels=3,
        decoder_input_channels=2, audio_channels=2, sampling_rate=1000)
    randomize(text_encoder)
    randomize(transformer)
    for name, parameter in vae.named_parameters():
        noise = torch.randn_like(parameter)
        parameter.data = 0.6 + 0.1 * noise if name.endswith("weight_g") else 0.3 * noise
    scheduler = CosineDPMSolverMultistepScheduler(sigma_min=0.2, sigma_max=50)
    ids = torch.tensor([[3, 7, 11, 1, 0, 0], [5, 5, 2, 13, 17, 1]])
    mask = (ids > 0).long()
    folder = OUTPUT / "StableAudio/pipeline"
    shutil.rmtree(folder, ignore_errors=True)
    for name, part in [
            ("text_encoder", text_encoder), ("projection_model", projection), ("transformer", transformer),
            ("vae", vae), ("scheduler", scheduler)]:
        part.save_pretrained(folder / name)
    # diffusers looks at the tokenizer's class.
    tokenizer = T5TokenizerFast.__new__(T5TokenizerFast)
    tokens = SimpleNamespace(input_ids=ids, attention_mask=mask)
    model = StableAudioPipeline(vae, text_encoder, projection, tokenizer, transformer, scheduler)
    states = text_encoder(ids, attention_mask=mask)[0]
    module = diffusers.schedulers.scheduling_cosine_dpmsolver_multistep
    module.BrownianTreeNoiseSampler = Recorded
    latents = torch.randn(2, 2, 5)

    def run(scale, kind):
        return torch.as_tensor(model(
            prompt_embeds=states, attention_mask=tokens.attention_mask, guidance_scale=scale,
            num_inference_steps=6, audio_start_in_s=0.002, audio_end_in_s=0.014, latents=latents.clone(),
            output_type=kind).audios)

    tensors = {
        "ids": ids, "mask": mask, "latents": latents, "guided": run(4.0, "latent"), "plain": run(1.0, "latent"),
        "sound": run(4.0, "np"),
    } | {f"increment.{i}": noise for i, noise in enumerate(Recorded.increments)}
    save_file(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()}, folder / "golden.safetensors")


def encoder(name, kind):
    config = T5Config(
        vocab_size=20, d_model=12, d_kv=5, d_ff=16, num_layers=2, num_heads=3, feed_forward_proj=kind,
        relative_attention_num_buckets=8, relative_attention_max_distance=20, layer_norm_epsilon=1e-5)
    model = T5EncoderModel(config).eval()
    randomize(model)
    ids = torch.randint(0, 20, (2, 27))
    mask = torch.ones(2, 27, dtype=torch.int64)
    mask[1, 11:] = 0
    y = model(ids).last_hidden_state
    names = [
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
        "encoder.block.1.layer.0.layer_norm.weight", "encoder.block.0.layer.1.DenseReluDense.wo.weight"]
    write(f"T5/{name}", model, {
        "ids": ids, "mask": mask, "states": y, "masked": model(ids, attention_mask=mask).last_hidden_state,
    } | gradients(model, y, names))


def main():
    torch.manual_seed(75)
    transformer()
    projection("StableAudio/projection", 5, 7)
    encoder("relu", "relu")
    encoder("gated", "gated-gelu")
    pipeline()


main()
