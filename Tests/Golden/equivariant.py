"""Golden results of layers that turn with space, by e3nn 0.6.0 and torch 2.13.0, in float64; seed 81.

Writes LayersTests/Equivariant/equivariant.safetensors: Wigner 3j symbols (`wigner.L1.L2.L3`), D matrices, spherical
harmonics, radial bases, products, e3nn's Linear and BatchNorm, and convolutions as DiffDock and torsional diffusion
have them. Of a layer there are the weights (`NAME.module.KEY`), what goes in, what comes out (`NAME.y`), and the
derivatives of the mean square of that (`NAME.gradient.KEY`). The convolutions are written anew here, on e3nn's layers.
"""

import pathlib
import warnings

warnings.filterwarnings("ignore")

import e3nn
import torch
from e3nn import o3
from e3nn.math import soft_one_hot_linspace
from e3nn.nn import BatchNorm
from safetensors.torch import save_file
from torch import nn

assert torch.__version__.startswith("2.13.0"), torch.__version__
assert e3nn.__version__ == "0.6.0", e3nn.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "LayersTests/Equivariant/equivariant.safetensors"
TENSORS = {}


class Convolution(nn.Module):
    """Messages of a product with weights by edge, their mean by receiver, a residual and a normalization."""

    def __init__(self, inputs, harmonics, outputs, features, stride, norm_first, groups=1, depthwise=False):
        super().__init__()
        self.outputs, self.norm_first, self.groups = outputs, norm_first, groups
        self.linear_2 = None
        if depthwise:
            first, second, kept = map(o3.Irreps, (inputs, harmonics, outputs))
            found = [(i, j, mul, ir) for i, (mul, a) in enumerate(first) for j, (_, b) in enumerate(second)
                     for ir in a * b if ir in kept]
            middle, places, _ = o3.Irreps([(mul, ir) for _, _, mul, ir in found]).sort()
            paths = [(i, j, places[k], "uvu", True) for k, (i, j, _, _) in enumerate(found)]
            self.tp = o3.TensorProduct(first, second, middle, paths, shared_weights=False, internal_weights=False)
            self.linear_2 = o3.Linear(middle.simplify(), outputs)
        else:
            self.tp = o3.FullyConnectedTensorProduct(inputs, harmonics, outputs, shared_weights=False)
        parts = lambda: nn.Sequential(nn.Linear(features, features), nn.ReLU(), *[nn.Identity()] * (stride - 2),
                                      nn.Linear(features, self.tp.weight_numel))
        self.fc = parts() if groups == 1 else nn.ModuleList(parts() for _ in range(groups))
        self.batch_norm = BatchNorm(outputs)

    def forward(self, nodes, index, features, harmonics):
        weights = self.fc(features) if self.groups == 1 else torch.cat(
            [part(rows) for part, rows in zip(self.fc, features.chunk(self.groups))])
        messages = self.tp(nodes[index[1]], harmonics, weights)
        sums = torch.zeros(len(nodes), messages.shape[1]).index_add(0, index[0], messages)
        mean = sums / torch.bincount(index[0], minlength=len(nodes)).clamp(min=1)[:, None]
        if self.linear_2 is not None:
            mean = self.linear_2(mean)
        residual = nn.functional.pad(nodes, (0, mean.shape[1] - nodes.shape[1]))
        return self.batch_norm(mean) + residual if self.norm_first else self.batch_norm(mean + residual)


def layer(name, module, *inputs, training=False):
    """The weights that depend on nothing, the inputs, the result and the derivatives."""
    module.train(training)
    state = {key: value for key, value in module.state_dict().items()
             if value.numel() and "_compiled" not in key and "output_mask" not in key}
    for key, value in state.items():
        value.copy_(torch.rand_like(value) + 0.5 if "var" in key else torch.randn_like(value))
        TENSORS[f"{name}.module.{key}"] = value.clone()
    inputs = [x.requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = module(*inputs)
    wanted = {key: p for key, p in module.named_parameters() if p.numel()}
    wanted |= {f"in.{i}": x for i, x in enumerate(inputs) if x.requires_grad}
    gradients = torch.autograd.grad(y.pow(3).mean(), list(wanted.values()))
    TENSORS.update({f"{name}.gradient.{key}": g for key, g in zip(wanted, gradients)})
    TENSORS.update({f"{name}.in.{i}": x.detach() for i, x in enumerate(inputs)})
    TENSORS[f"{name}.y"] = y.detach()
    if training:
        TENSORS.update({f"{name}.after.{key}": value.clone() for key, value in module.named_buffers()})


def functions():
    for l1 in range(5):
        for l2 in range(5):
            for l3 in range(abs(l1 - l2), min(l1 + l2, 4) + 1):
                TENSORS[f"wigner.{l1}.{l2}.{l3}"] = o3.wigner_3j(l1, l2, l3)
    TENSORS["rotations"] = rotations = o3.rand_matrix(3)
    for l in range(5):
        TENSORS[f"d.{l}"] = o3.Irrep(l, 1).D_from_matrix(rotations)
    TENSORS["d.mirrored"] = o3.Irreps("2x0o + 1o + 1e + 2e").D_from_matrix(-rotations)
    TENSORS["vectors"] = vectors = torch.cat([2 * torch.randn(6, 3), torch.zeros(1, 3)])
    for normalization in ["component", "norm", "integral"]:
        for name, normalize in [("unit", True), ("free", False)]:
            TENSORS[f"harmonics.{normalization}.{name}"] = o3.spherical_harmonics(
                list(range(7)), vectors, normalize=normalize, normalization=normalization)
    TENSORS["distances"] = distances = torch.linspace(-0.7, 6.3, 23)
    for name, basis in [("gaussian", "gaussian"), ("cosine", "cosine"), ("smoothFinite", "smooth_finite")]:
        for cutoff in [False, True]:
            TENSORS[f"basis.{name}.{str(cutoff).lower()}"] = soft_one_hot_linspace(
                distances, 0.0, 5.0, 6, basis=basis, cutoff=cutoff)


def products():
    first, second, output = "4x0e + 3x1o + 2x1e + 2x2e", "2x0e + 1o + 2e", "3x0e + 2x1o + 2x2o + 0o + 2x1e"
    shared = o3.FullyConnectedTensorProduct(first, second, output)
    layer("shared", shared, shared.irreps_in1.randn(5, -1), shared.irreps_in2.randn(5, -1))
    own = o3.FullyConnectedTensorProduct(first, second, output, shared_weights=False)
    layer("own", own, own.irreps_in1.randn(5, -1), own.irreps_in2.randn(5, -1), torch.randn(5, own.weight_numel))
    full = o3.FullTensorProduct("0e + 2x1o + 2e", "2x2e + 1o")
    layer("full", full, full.irreps_in1.randn(4, -1), full.irreps_in2.randn(4, -1))


def main():
    torch.manual_seed(81)
    torch.set_default_dtype(torch.float64)
    functions()
    products()
    linear = o3.Linear("4x0e + 2x1o + 3x0e + 2x2e", "3x0e + 4x1o + 1e + 2x0e")
    layer("linear", linear, linear.irreps_in.randn(2, 3, -1))
    irreps = o3.Irreps("3x0e + 2x1o + 2x0o + 2e")
    layer("norm", BatchNorm(irreps), irreps.randn(6, -1))
    layer("norm_training", BatchNorm(irreps), irreps.randn(6, -1), training=True)
    layer("norm_instance", BatchNorm(irreps, instance=True), irreps.randn(3, 4, -1))
    index = torch.tensor([[0, 0, 1, 3, 3, 3, 1, 0], [1, 2, 0, 0, 1, 2, 3, 3]])
    inputs, harmonics, outputs = "4x0e + 2x1o", "0e + 1o + 2e", "4x0e + 2x1o + 2x1e + 3x0o"
    edges = [torch.randn(4, 10), index, torch.randn(8, 5), o3.spherical_harmonics(
        harmonics, torch.randn(8, 3), normalize=True, normalization="component")]
    for name, options in {
        "torsional": dict(stride=2, norm_first=False), "docking": dict(stride=3, norm_first=True),
        "grouped": dict(stride=3, norm_first=True, groups=2),
        "depthwise": dict(stride=3, norm_first=True, depthwise=True),
    }.items():
        convolution = Convolution(inputs, harmonics, outputs, 5, **options)
        for mode in [False, True]:
            fresh = [x.detach().clone() for x in edges]
            layer(f"{name}_training" if mode else name, convolution, *fresh, training=mode)
    OUTPUT.parent.mkdir(exist_ok=True)
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in TENSORS.items()}, OUTPUT)
    print(f"{OUTPUT.name}: {len(TENSORS)} tensors, {OUTPUT.stat().st_size} bytes")


main()
