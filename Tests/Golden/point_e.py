"""Golden predictions of Point-E's transformer, by its own code and torch 2.13.0; seed 61.

    python Tests/Golden/point_e.py FOLDER

FOLDER is a checkout of github.com/openai/point-e (MIT), commit
fc8a607c08a3ea804cc82bf1ef8628f88a3a5d2f. Without FOLDER, nothing is made.

Writes, beside the tests that read them:
  ModelsTests/PointE/KIND/config.json         a small configuration, in the reference's words
  ModelsTests/PointE/KIND/diffusion_pytorch_model.safetensors  random weights for it
  ModelsTests/PointE/KIND/golden.safetensors  points, timesteps, states, the prediction, derivatives
for the two KINDs token and added, of how the network is told the timestep.
"""

import hashlib
import json
import pathlib
import sys
import types

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/PointE"
SOURCE = "f06820091ef3c030b34b87649b433581"
STATES, CHANNELS = 5, 10


class StatesInPlaceOfCLIP(torch.nn.Module):
    """Says the sizes of what the points are conditioned on, which is given as embeddings."""

    grid_size = 1
    grid_feature_dim = CHANNELS

    def __init__(self, device, cache_dir=None):
        super().__init__()


def reference(folder):
    """The reference's module, without CLIP, which is an import that is not needed here."""
    source = pathlib.Path(folder) / "point_e/models/transformer.py"
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    assert found.startswith(SOURCE), found
    clip = types.ModuleType("point_e.models.pretrained_clip")
    clip.FrozenImageCLIP = clip.ImageCLIP = StatesInPlaceOfCLIP
    clip.ImageType = object
    for name in ["point_e", "point_e.models"]:
        package = types.ModuleType(name)
        package.__path__ = [str(pathlib.Path(folder) / name.replace(".", "/"))]
        sys.modules[name] = package
    sys.modules[clip.__name__] = clip
    import point_e.models.transformer as module

    return module


def write(module, kind, time_token_cond):
    sizes = dict(
        input_channels=6, output_channels=6, n_ctx=9, width=24, layers=2, heads=3, init_scale=0.25,
        time_token_cond=time_token_cond)
    torch.manual_seed(61)
    network = module.CLIPImageGridPointDiffusionTransformer(
        device=torch.device("cpu"), dtype=torch.float32, **sizes).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    folder = OUTPUT / kind
    folder.mkdir(parents=True, exist_ok=True)
    config = {"_class_name": "CLIPImageGridPointDiffusionTransformer", "grid_feature_dim": CHANNELS} | sizes
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    weights = dict(network.named_parameters())
    save_file({name: weight.detach() for name, weight in weights.items()},
              folder / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    x, timestep = torch.randn(3, 6, 9), torch.tensor([0.0, 350.5, 999.0])
    states = torch.randn(3, STATES, CHANNELS)
    states[2] = 0
    prediction = network(x, timestep, embeddings=states.permute(0, 2, 1))
    trained = [
        "time_embed.c_fc.weight", "clip_embed.0.weight", "backbone.resblocks.0.attn.c_qkv.weight",
        "backbone.resblocks.1.mlp.c_proj.bias", "input_proj.weight"]
    loss = prediction.square().mean()
    slopes = torch.autograd.grad(loss, [weights[name] for name in trained])
    save_file(
        {"x": x, "timestep": timestep, "states": states,
         "prediction": prediction.detach().contiguous(), "loss": loss.detach()}
        | {f"gradient.{name}": slope for name, slope in zip(trained, slopes)},
        folder / "golden.safetensors")


def main():
    if len(sys.argv) < 2:
        print("passed over: it needs a checkout of point-e, see the script's first lines")
        return
    module = reference(sys.argv[1])
    write(module, "token", True)
    write(module, "added", False)


main()
