"""Compares CLIP's text encoders at their published sizes with transformers 5.23.0, on random weights.

    python Tests/Golden/check_clip_text.py vit-l      # or openclip-h, openclip-bigg
    swift test --filter CLIPTextFullTests

The first command writes weights and states below runs/clip-text/ (0.5 GB for vit-l, 1.4 and 2.8 GB for
the others); the second reads them, and is skipped where there are none.
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

assert transformers.__version__ == "5.23.0", transformers.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "runs/clip-text"
SIZES = {
    "vit-l": dict(hidden_size=768, intermediate_size=3072, projection_dim=768, num_hidden_layers=12,
                  num_attention_heads=12, hidden_act="quick_gelu"),
    "openclip-h": dict(hidden_size=1024, intermediate_size=4096, projection_dim=512, num_hidden_layers=23,
                       num_attention_heads=16, hidden_act="gelu"),
    "openclip-bigg": dict(hidden_size=1280, intermediate_size=5120, projection_dim=1280, num_hidden_layers=32,
                          num_attention_heads=20, hidden_act="gelu"),
}


@torch.no_grad()
def main():
    torch.manual_seed(45)
    config = CLIPTextConfig(**SIZES[sys.argv[1]])
    model = CLIPTextModelWithProjection(config).eval()
    ids = torch.full((2, 77), 49407)
    ids[:, 0] = 49406
    ids[0, 1:9] = torch.randint(0, 49406, (8,))
    ids[1, 1:76] = torch.randint(0, 49406, (75,))
    output = model(ids, output_hidden_states=True)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, OUTPUT / "model.safetensors")
    (OUTPUT / "config.json").write_text(json.dumps(config.to_dict()))
    save_file(
        {"ids": ids, "last": output.last_hidden_state, "penultimate": output.hidden_states[-2].contiguous(),
         "projected": output.text_embeds}, OUTPUT / "golden.safetensors")
    print(f"{OUTPUT}: {sum(p.numel() for p in model.parameters()):,} weights")


main()
