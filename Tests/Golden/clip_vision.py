"""Golden states of a CLIP image encoder, by transformers 5.23.0, torch 2.13.0 and Pillow 13.0.0; seed 71.

Writes, below ModelsTests/CLIPVision/tiny/, a CLIPVisionModelWithProjection with random weights:
  config.json         the sizes, as transformers writes them
  model.safetensors   the weights, in half precision, under the names of published checkpoints
  golden.safetensors  PICTURE, bytes of `[height, width, 3]`, and PICTURE.pixels, what CLIPImageProcessor makes
                      of it; of the first, the states `hidden.N` before and behind every layer and `embedding`;
                      `mask` and mask.HEIGHTxWIDTH, what torch's bicubic interpolation makes of it
"""

import json
import pathlib

import numpy as np
import PIL
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
assert PIL.__version__ == "13.0.0", PIL.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/CLIPVision/tiny"
# Shrunk by a whole number and by a part, enlarged, and as it is; the longer side along either.
SIZES = {"wide": (61, 93), "high": (75, 30), "small": (17, 20), "same": (30, 30), "double": (60, 64)}


@torch.no_grad()
def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(71)
    # 30 does not divide into patches of 7: the last two rows and columns are not seen.
    config = CLIPVisionConfig(
        hidden_size=8, intermediate_size=20, projection_dim=6, num_hidden_layers=3, num_attention_heads=2,
        image_size=30, patch_size=7, hidden_act="gelu")
    model = CLIPVisionModelWithProjection._from_config(config, attn_implementation="eager").eval()
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        scaled = noise / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.3 * noise
        parameter.data = scaled.half().float()
    weights = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    # As the older checkpoints have.
    weights["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    save_file(weights, OUTPUT / "model.safetensors", metadata={"format": "pt"})
    config.architectures = ["CLIPVisionModelWithProjection"]
    (OUTPUT / "config.json").write_text(json.dumps(config.to_dict(), indent=2, sort_keys=True) + "\n")
    processor = CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    golden = {}
    for name, (height, width) in SIZES.items():
        picture = torch.randint(0, 256, (height, width, 3), generator=generator, dtype=torch.uint8)
        pixels = processor(Image.fromarray(picture.numpy()), return_tensors="np").pixel_values
        golden |= {name: picture, f"{name}.pixels": torch.from_numpy(np.array(pixels))}
    output = model(golden["wide.pixels"], output_hidden_states=True)
    golden |= {f"hidden.{place}": states for place, states in enumerate(output.hidden_states)}
    golden["embedding"] = output.image_embeds
    mask = (torch.rand((16, 24), generator=generator) > 0.5).float()
    golden["mask"] = mask
    for size in [(8, 12), (2, 3), (5, 7), (16, 24), (33, 40)]:
        small = torch.nn.functional.interpolate(mask[None, None], size=size, mode="bicubic")
        golden["mask.{}x{}".format(*size)] = small[0, 0]
    save_file({name: tensor.contiguous().clone() for name, tensor in golden.items()}, OUTPUT / "golden.safetensors")
    for path in sorted(OUTPUT.iterdir()):
        print(path.name, path.stat().st_size)


main()
