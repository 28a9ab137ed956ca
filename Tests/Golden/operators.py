"""Golden results of every operator in Scripts/operators.txt, by torch 2.13.0 with seed 33.

Writes TorchTests/Operators/operators.safetensors. A case is an overload's name, with `:variant`
where there are several. It has `CASE.in.N`, the tensors that go in; `CASE.out.N`, those that come
out, or that were changed in place; and where there is a gradient `CASE.seed.N`, a random derivative
by each result, and `CASE.grad.N`, what follows for the tensors that went in.
"""

import pathlib

import torch
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "TorchTests/Operators"
GENERATOR = torch.Generator().manual_seed(33)


def normal(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=GENERATOR, dtype=dtype)


def positive(*shape):
    return torch.rand(shape, generator=GENERATOR, dtype=torch.float64) + 0.1


def whole(limit, *shape):
    return torch.randint(limit, shape, generator=GENERATOR)


def constant(tensor):
    """A tensor by which the operator has no derivative."""
    tensor.isConstant = True
    return tensor


def definite(size):
    a = normal(size, size)
    return a @ a.T + size * torch.eye(size, dtype=torch.float64)


def arithmetic():
    yield "add.Tensor", normal(2, 3), normal(3), dict(alpha=0.5)
    yield "add.Tensor:int", whole(9, 4), whole(9, 4), dict(alpha=3)
    yield "add.Scalar", normal(4), 1.5
    yield "sub.Tensor", normal(2, 3), normal(2, 1)
    yield "sub.Scalar", normal(4), 1.5
    yield "rsub.Scalar", normal(4), 1.5
    yield "mul.Tensor", normal(2, 3), normal(3)
    yield "mul.Scalar", normal(4), -2.5
    yield "div.Tensor", normal(2, 3), normal(2, 1)
    yield "div.Scalar", normal(4), -2.5
    yield "remainder.Scalar", normal(6) * 5, 1.5
    yield "addcmul", normal(2, 1), normal(2, 3), normal(3)
    yield "neg", normal(4)
    yield "reciprocal", normal(4)
    yield "pow.Tensor_Scalar", positive(4), 2.5
    yield "pow.Tensor_Tensor", positive(2, 3), normal(3)


def elementwise():
    signed = ["abs", "exp", "expm1", "erf", "sin", "cos", "tanh", "sigmoid", "relu", "silu", "sign"]
    for name in signed + ["floor", "round"]:
        yield name, 3 * normal(5)
    for name in ["sqrt", "rsqrt", "log", "log1p"]:
        yield name, positive(5)
    yield "round:halves", torch.tensor([-1.5, -0.5, 0.5, 1.5, 2.5], dtype=torch.float64)
    yield "gelu", 2 * normal(5)
    yield "gelu:tanh", 2 * normal(5), dict(approximate="tanh")
    yield "softplus", 20 * normal(5)
    yield "clamp", normal(6), -0.3, 0.5
    yield "clamp:min", normal(6), -0.3
    yield "clamp:max", normal(6), None, 0.5
    yield "minimum", normal(2, 3), normal(3)
    yield "maximum", normal(2, 3), normal(3)


def comparison():
    for name in ["eq.Tensor", "lt.Tensor", "gt.Tensor"]:
        yield name, whole(3, 3, 4), whole(3, 4)
    for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
        yield name + ".Scalar", torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64), 1.0
    truths = torch.tensor([[True, False], [False, True]])
    yield "logical_and", truths, truths[0]
    yield "logical_or", truths, truths[0]
    yield "logical_not", truths
    strange = torch.tensor([1.0, torch.inf, -torch.inf, torch.nan], dtype=torch.float64)
    yield "isfinite", strange
    yield "where.self", truths, normal(2, 2), normal(2)
    yield "masked_fill.Scalar", normal(2, 2), truths, -7.5
    for value, rows in {"mixed": truths, "true": truths[0, :1], "false": truths[0, 1:]}.items():
        yield f"all:{value}", rows
        yield f"any:{value}", rows


def reductions():
    yield "sum.dim_IntList", normal(2, 3, 4), [0, -1], True, dict(dtype=torch.float32)
    yield "sum.dim_IntList:all", normal(2, 3), None
    yield "mean.dim", normal(2, 3, 4), [1], False, dict(dtype=torch.float32)
    yield "mean.dim:all", normal(2, 3), None, True
    yield "var.correction", normal(2, 3, 4), [0, 2], dict(correction=0, keepdim=True)
    yield "var.correction:all", normal(2, 3)
    yield "amax", normal(2, 3, 4), [0, 2], True
    yield "amax:all", normal(2, 3)
    yield "amin", normal(2, 3, 4), [1], False
    yield "argmax", normal(2, 5), 1, True
    yield "argmax:all", normal(2, 5)
    yield "cumsum", normal(2, 3), 1
    yield "cumprod", normal(2, 3), 0
    yield "logsumexp", normal(2, 3, 4), [0, 2], True
    yield "linalg_vector_norm", normal(2, 3, 4), 3, [0, 2], True
    yield "linalg_vector_norm:all", normal(2, 3)
    yield "softmax.int", normal(2, 3), 0, torch.float32
    yield "log_softmax.int", normal(2, 3), 0, torch.float32
    yield "topk", normal(4, 3), 2, 0, False, True
    yield "topk:largest", normal(6), 3
    yield "sort", normal(4, 3), 0, True
    yield "sort:last", normal(2, 5)


def matrices():
    yield "matmul", normal(2, 3, 4), normal(4, 5)
    yield "matmul:float32", normal(2, 3, 4, dtype=torch.float32), normal(4, 5, dtype=torch.float32)
    yield "bmm", normal(2, 3, 4), normal(2, 4, 5)
    yield "linear", normal(2, 3), normal(4, 3), normal(4)
    single = [normal(*shape, dtype=torch.float32) for shape in [(2, 3), (4, 3)]]
    yield "linear:float32", *single
    states = [normal(1, 2, n, 3) for n in (4, 5, 5)]
    attention = "scaled_dot_product_attention"
    yield attention, *states, normal(4, 5), 0.0, False, dict(scale=0.7)
    yield attention + ":causal", *[normal(1, 2, 4, 3) for _ in range(3)], None, 0.0, True
    yield attention + ":float32", *[normal(1, 2, n, 8, dtype=torch.float32) for n in (4, 5, 5)]
    yield "linalg_eigh", definite(4), "U"
    yield "linalg_cholesky", definite(3)
    yield "linalg_inv", definite(3)


def networks():
    yield "conv1d", normal(2, 4, 7), normal(6, 2, 2), normal(6), [2], [1], [3], 2
    yield "conv2d", normal(2, 4, 6, 7), normal(6, 2, 3, 2), normal(6), [2, 1], [1, 0], [1, 2], 2
    x, weight = normal(2, 4, 5, 6, dtype=torch.float32), normal(3, 4, 3, 3, dtype=torch.float32)
    yield "conv2d:float32", x, weight, None, [1, 1], [1, 1]
    yield "conv3d", normal(1, 2, 4, 5, 6), normal(4, 1, 2, 3, 2), normal(4), [1, 2, 1], [1, 0, 1], [2, 1, 1], 2
    yield ("conv_transpose2d.input", normal(1, 4, 3, 2), normal(4, 3, 3, 2), normal(6), [2, 3], [1, 0],
           [1, 2], 2, [1, 2])
    yield "group_norm", normal(2, 6, 3), 3, normal(6), normal(6), 0.1
    yield "layer_norm", normal(2, 3, 4), [3, 4], normal(3, 4), normal(3, 4), 0.1
    for variant, training in {"": True, ":running": False}.items():
        yield ("batch_norm" + variant, normal(4, 3), normal(3), normal(3), constant(normal(3)),
               constant(positive(3)), training, 0.3, 0.1, True)
    yield "embedding", normal(5, 3), whole(5, 2, 4)
    yield "avg_pool2d", normal(1, 2, 6, 7), [2, 3], [1, 2], [1, 0]
    yield "adaptive_avg_pool2d", normal(1, 2, 6, 7), [2, 3]
    yield "upsample_nearest2d.vec", normal(1, 2, 2, 3), [4, 7], None
    yield "upsample_nearest2d.vec:scale", normal(1, 2, 2, 3), None, [2.0, 3.0]
    for name in [
        "_upsample_bilinear2d_aa.vec", "upsample_bilinear2d.vec", "upsample_bicubic2d.vec"
    ]:
        yield name, normal(1, 2, 5, 6), [3, 4], True, None
        yield name + ":scale", normal(1, 2, 4, 6), None, False, [0.5, 1.5]
    yield "pad", normal(2, 3), [1, 2, 0, 1], "constant", 0.5
    yield "pad:reflect", normal(1, 2, 3, 4), [1, 2, 0, 1], "reflect"
    yield "pixel_shuffle", normal(1, 8, 2, 3), 2
    yield "pixel_unshuffle", normal(1, 2, 4, 6), 2
    yield "mse_loss", normal(2, 3), normal(2, 3), 2
    yield "mse_loss:mean", normal(2, 3), normal(2, 3)
    target = torch.tensor([2, 0, 1, 3])
    yield "cross_entropy_loss", normal(4, 5), target, constant(positive(5)), 2, 1, 0.2
    yield "cross_entropy_loss:mean", normal(4, 5), target


def shapes():
    yield "reshape", normal(2, 6), [3, -1]
    yield "permute", normal(2, 3, 4), [2, 0, 1]
    yield "transpose.int", normal(2, 3, 4), 0, 2
    yield "unsqueeze", normal(2, 3), 1
    yield "squeeze.dim", normal(2, 1, 1, 3), -2
    yield "flatten.using_ints", normal(2, 3, 4, 1), 1, 2
    yield "expand", normal(3, 1), [2, -1, 4]
    yield "repeat", normal(2, 3), [2, 1, 3]
    yield "repeat_interleave.self_int", normal(2, 3), 2, 0
    yield "repeat_interleave.self_int:all", normal(2, 3), 3
    yield "cat", [normal(2, 3), normal(2, 1)], 1
    yield "stack", [normal(2, 3), normal(2, 3)], 1
    yield "chunk", normal(2, 5), 2, 1
    yield "split_with_sizes", normal(2, 6), [1, 3, 2], 1
    yield "narrow", normal(3, 6), 1, 2, 3
    yield "select.int", normal(3, 4), 1, 2
    yield "index_select", normal(3, 4), 1, torch.tensor([3, 0, 3])
    yield "gather", normal(3, 4), 1, whole(4, 3, 2)
    yield "index_add", normal(3, 2), 0, torch.tensor([2, 0, 2, 2]), normal(4, 2)
    yield "flip", normal(2, 3, 2), [0, 1]
    yield "roll", normal(3, 4), [1, 2], [1, 0]
    yield "tril", normal(3, 4), 1
    yield "one_hot", torch.tensor([2, 0, 3]), 5
    yield "contiguous", normal(1, 2, 3, 2), dict(memory_format=torch.channels_last)
    yield "clone", normal(2, 3)
    yield "detach", normal(2, 3)
    yield "to.dtype", 100 * normal(2, 3), torch.float32, False, True
    yield "to.dtype:whole", 100 * normal(2, 3), torch.int16


def changes():
    yield "add_.Tensor", normal(2, 3), normal(3), dict(alpha=0.5)
    yield "mul_.Scalar", normal(4), -2.5
    yield "copy_", normal(2, 3), normal(3)
    yield "zero_", normal(4)
    yield "lerp_.Scalar", normal(4), normal(4), 0.3
    yield "_foreach_lerp_.Scalar", [normal(2), normal(3)], [normal(2), normal(3)], 0.3
    yield "_foreach_mul_.Scalar", [normal(2), normal(3)], -2.5
    yield "_foreach_copy_", [normal(2), normal(3)], [normal(2), normal(3)]
    yield "_foreach_norm.Scalar", [normal(2), normal(3)], 3
    one = [torch.tensor(4.0), torch.tensor(7.0)]
    vectors = [[make(2), make(3)] for make in (normal, normal, normal, positive, positive)]
    yield ("_fused_adamw_", *vectors, one,
           dict(lr=0.1, beta1=0.7, beta2=0.8, weight_decay=0.2, eps=0.3, amsgrad=True, maximize=True))


def flattened(arguments):
    """The tensors among the arguments, those of lists one by one."""
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            yield argument
        elif isinstance(argument, (list, tuple)):
            yield from flattened(argument)


def mapped(arguments, change):
    """The arguments with each tensor, also in lists, changed."""
    if isinstance(arguments, torch.Tensor):
        return change(arguments)
    if isinstance(arguments, (list, tuple)):
        return [mapped(argument, change) for argument in arguments]
    return arguments


def results(name, leaves):
    """What the operator returns or, where it works in place, all that it may have changed."""
    *arguments, options = leaves if isinstance(leaves[-1], dict) else [*leaves, {}]
    operator, _, overload = name.partition(".")
    function = getattr(getattr(torch.ops.aten, operator), overload or "default")
    if operator == "batch_norm" or operator.endswith("_"):
        arguments = mapped(arguments, torch.clone)
    y = function(*arguments, **options)
    if operator == "batch_norm":
        return [y, *arguments[3:5]]
    if operator == "_fused_adamw_":
        return list(flattened([arguments[0], *arguments[2:]]))
    if operator == "linalg_eigh":  # an eigenvector's sign is a matter of chance
        return [y[0], y[1].abs()]
    return list(flattened([arguments[0]] if operator.endswith("_") else [y]))


def differentiable(tensor):
    return tensor.is_floating_point() and tensor.requires_grad


def case(name, arguments):
    inputs = list(flattened(arguments))
    for tensor in inputs:
        isConstant = hasattr(tensor, "isConstant") or name in ("_fused_adamw_", "_foreach_copy_")
        tensor.requires_grad_(tensor.is_floating_point() and not isConstant)
    outputs = results(name.partition(":")[0], arguments)
    tensors = {f"in.{index:02}": tensor for index, tensor in enumerate(inputs)}
    tensors |= {f"out.{index:02}": tensor for index, tensor in enumerate(outputs)}
    seeds = {i: normal(*y.shape).to(y.dtype) for i, y in enumerate(outputs) if differentiable(y)}
    leaves = {i: x for i, x in enumerate(inputs) if differentiable(x)}
    if seeds and leaves:
        tensors |= {f"seed.{index}": seed for index, seed in seeds.items()}
        gradients = torch.autograd.grad(
            [outputs[i] for i in seeds], list(leaves.values()), list(seeds.values()), allow_unused=True)
        tensors |= {f"grad.{i}": g for i, g in zip(leaves, gradients) if g is not None}
    return {f"{name}.{key}": tensor.detach().clone(memory_format=torch.contiguous_format)
            for key, tensor in tensors.items()}


def main():
    tensors = {}
    sections = [arithmetic, elementwise, comparison, reductions, matrices, networks, shapes, changes]
    for section in sections:
        for name, *arguments in section():
            assert f"{name}.in.00" not in tensors, name
            tensors |= case(name, arguments)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "operators.safetensors"
    save_file(tensors, path)
    names = {key.partition(".in.")[0] for key in tensors if ".in." in key}
    listed = (FOLDER.parents[2] / "Scripts/operators.txt").read_text().splitlines()
    listed = {line.partition(" = ")[0] for line in listed if line and not line.startswith("#")}
    assert listed == {name.partition(":")[0] for name in names}, listed ^ {n.partition(":")[0] for n in names}
    print(f"{path.name}: {len(names)} cases of {len(listed)} operators, {path.stat().st_size} bytes")


main()
