"""Measures the memory of a run of Stable Diffusion 1 at its published size, and its plan beside it.

    swift build
    python Tests/Golden/check_memory.py .build/debug/inkwell FOLDER [CASE…]

FOLDER gets two models of random weights (seed 99), in float32 and in float16, 6 GB together, and keeps
them. Each case draws a picture in one step. The run says the peak that it expects before it loads the
model; the greatest resident memory of the process (Linux' VmHWM) may be 1.05 times that at most, and the
least is reported as well. Needs diffusers 0.42.1 and transformers 5.23.0.
"""

import pathlib
import re
import resource
import shutil
import subprocess
import sys

import diffusers
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

assert diffusers.__version__ == "0.42.1", diffusers.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
VAE = dict(
    block_out_channels=[128, 256, 512, 512], down_block_types=["DownEncoderBlock2D"] * 4,
    up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2, sample_size=512)
CASES = {
    "plain": ("float32", []),
    "half-files": ("float16", []),
    "parts": ("float32", ["--max-memory", "4400M"]),
    "half": ("float32", ["--max-memory", "3400M"]),
    "least-files": ("float16", ["--max-memory", "2700M"]),
    "wide": ("float16", ["--size", "1024x768", "--max-memory", "4G"]),
}


def make(folder):
    """The two models."""
    torch.manual_seed(99)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
        num_attention_heads=12, max_position_embeddings=77, hidden_act="quick_gelu"))
    pipe = StableDiffusionPipeline(
        vae=AutoencoderKL(**VAE), text_encoder=text,
        tokenizer=CLIPTokenizer.from_pretrained(TESTS / "ModelsTests/CLIPText/tokenizer"),
        unet=UNet2DConditionModel(cross_attention_dim=768, sample_size=64),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipe.save_pretrained(folder / "float32", max_shard_size="1000GB")
    pipe.to(torch.float16).save_pretrained(folder / "float16", max_shard_size="1000GB")


def size(text):
    """The bytes of a number such as 4.1 GB."""
    number, unit = text.split()
    return float(number) * {"MB": 1e6, "GB": 1e9}[unit]


def run(program, folder, name):
    """Draws a picture in a child of a child, whose peak is its own; says what was expected."""
    model, options = CASES[name]
    command = [program, "generate", "a red apple", "--model", f"{folder / model}/", "--steps", "1",
               "--seed", "1", "--no-preview", "--force", "--output", str(folder / f"{name}.png")]
    result = subprocess.run(command + options, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{name}: {result.stderr}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    stated = re.search(r"needs about ([0-9.]+ [MG]B).*", result.stderr)
    expected = size(stated.group(1))
    print(f"{name}: expected {expected / 1e9:.2f} GB, found {peak / 1e9:.2f} GB "
          f"({peak / expected:.2f})\n  {stated.group(0)}", flush=True)
    return peak <= 1.05 * expected


def main():
    program, folder, *names = sys.argv[1:]
    folder = pathlib.Path(folder)
    if not (folder / "float16/model_index.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
    if len(names) == 1:
        sys.exit(not run(program, folder, names[0]))
    # Each in a process of its own, whose children's peak is then that of one run.
    failed = [
        name for name in names or CASES
        if subprocess.run([sys.executable, __file__, program, str(folder), name]).returncode]
    sys.exit(f"more memory than expected: {', '.join(failed)}" if failed else 0)


main()
