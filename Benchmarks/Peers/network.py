"""A network of diffusers or transformers, by PyTorch, torch.compile or OpenVINO: what its calls take.

Its last line is a JSON object of seconds, or, with `--engine count`, the operations of a call: two for a
multiplication and an addition, in products, convolutions and attention.
"""
import argparse
import json
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DiTTransformer2DModel, PixArtTransformer2DModel, UNet2DConditionModel
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoTokenizer, CLIPTextConfig, CLIPTextModel

KINDS = {
    "sd1-unet": UNet2DConditionModel, "sdxl-unet": UNet2DConditionModel, "pixart-xl": PixArtTransformer2DModel,
    "dit-xl": DiTTransformer2DModel, "emoji": PixArtTransformer2DModel, "sd1-decoder": AutoencoderKL,
    "clip-l": CLIPTextModel}


class Call(torch.nn.Module):
    """A network as a function of tensors alone."""

    def __init__(self, name, network):
        super().__init__()
        self.name, self.network = name, network

    def forward(self, x, *rest):
        if self.name == "clip-l":
            return self.network(x, return_dict=False)[0]
        if self.name == "sd1-decoder":
            return self.network.decode(x, return_dict=False)[0]
        if self.name == "dit-xl":
            timestep, labels = rest
            return self.network(x, timestep=timestep, class_labels=labels, return_dict=False)[0]
        if self.name in ("pixart-xl", "emoji"):
            timestep, text, mask = rest
            return self.network(
                x, timestep=timestep, encoder_hidden_states=text, encoder_attention_mask=mask,
                added_cond_kwargs={"resolution": None, "aspect_ratio": None}, return_dict=False)[0]
        timestep, text, *added = rest
        added = dict(zip(("text_embeds", "time_ids"), added))
        return self.network(x, timestep, text, added_cond_kwargs=added, return_dict=False)[0]


def empty(name, folder):
    """A network without numbers."""
    with torch.device("meta"):
        if name == "clip-l":
            return CLIPTextModel(CLIPTextConfig.from_pretrained(folder))
        return KINDS[name].from_config(KINDS[name].load_config(folder))


def given(options, config):
    """The inputs: what Inkwell draws from the same seed."""
    torch.manual_seed(0)
    batch, side, tokens = options.batch, options.side, options.tokens
    if options.network == "clip-l":
        tokenizer = AutoTokenizer.from_pretrained(options.folder.parent / "tokenizer")
        text = ["a red apple"] * batch
        return [tokenizer(text, padding="max_length", max_length=tokens, return_tensors="pt").input_ids]
    channels = config.latent_channels if options.network == "sd1-decoder" else config.in_channels
    inputs = [torch.randn(batch, channels, side, side)]
    if options.network == "sd1-decoder":
        return inputs
    inputs.append(torch.full((batch,), 500.0))
    if options.network == "dit-xl":
        return inputs + [torch.full((batch,), 207)]
    if options.network in ("pixart-xl", "emoji"):
        return inputs + [torch.randn(batch, tokens, config.caption_channels), torch.ones(batch, tokens)]
    inputs.append(torch.randn(batch, tokens, config.cross_attention_dim))
    if options.network == "sdxl-unet":
        inputs += [torch.randn(batch, 1280), torch.full((batch, 6), 512.0)]
    return inputs


def count(options):
    network = empty(options.network, options.folder)
    inputs = [tensor.to("meta") for tensor in given(options, network.config)]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        Call(options.network, network)(*inputs)
    return counter.get_total_flops()


def compiled(call, inputs, threads, precision):
    """A call by OpenVINO, which keeps no part of PyTorch's network."""
    import openvino

    model = openvino.convert_model(call, example_input=tuple(inputs), input=[list(x.shape) for x in inputs])
    network = openvino.compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
    return lambda *tensors: torch.from_numpy(network([tensor.numpy() for tensor in tensors])[0])


def main():
    parser = argparse.ArgumentParser()
    for name in ("network", "engine", "precision"):
        parser.add_argument(f"--{name}")
    for name in ("folder", "result"):
        parser.add_argument(f"--{name}", type=Path)
    for name in ("side", "batch", "tokens", "threads", "calls"):
        parser.add_argument(f"--{name}", type=int)
    options = parser.parse_args()
    if options.engine == "count":
        print(count(options))
        return
    torch.set_num_threads(options.threads)
    # OpenVINO converts a network in float32 itself.
    dtype = torch.bfloat16 if options.precision == "bfloat16" and options.engine != "openvino" else torch.float32
    network = KINDS[options.network].from_pretrained(options.folder, torch_dtype=dtype).eval()
    inputs = [x.to(dtype) if x.is_floating_point() else x for x in given(options, network.config)]
    call = Call(options.network, network).eval()
    if options.engine in ("tuned", "torch-compile"):
        # Convolutions like the channels innermost.
        call = call.to(memory_format=torch.channels_last)
    if options.engine == "torch-compile":
        call = torch.compile(call)
    times = []
    with torch.inference_mode(options.engine != "openvino"), torch.no_grad():
        start = time.perf_counter()
        if options.engine == "openvino":
            call = compiled(call, inputs, options.threads, options.precision)
            del network
        for _ in range(options.calls + 1):
            output = call(*inputs)
            times.append(time.perf_counter() - start)
            start = time.perf_counter()
    output.float().contiguous().numpy().tofile(options.result)
    print(json.dumps({"first": times[0], "calls": times[1:]}))


main()
