"""Golden trajectories of samplers, by diffusers 0.42.1 and torch 2.13.0; seeds 3, 7 and 11.

Writes, beside the tests that read it:
  DiffusionTests/samplers.json  tables of alphaBar, timesteps, noise, and trajectories

The network is a formula, `x * (0.6 + 0.2 * t / 1000) + 0.1 * tanh(x)`, so that the Swift tests
can have the same one; without the prompt, it is `x * (0.5 + 0.3 * t / 1000) - 0.1 * tanh(x)`.
Where a scheduler keeps its table in float32, the table is replaced by the same in float64, so that
only the stepping is compared.
"""

import json
import pathlib
import sys

import numpy as np
import torch

# These two are not needed here, and a version of theirs that does not fit would stop diffusers.
sys.modules["torchvision"] = None
import diffusers  # noqa: E402
from diffusers import (  # noqa: E402
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchHeunDiscreteScheduler,
    HeunDiscreteScheduler,
)
from diffusers.guiders import ClassifierFreeGuidance  # noqa: E402

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/samplers.json"

SHAPE = (2, 1, 4, 4)
SEEDS = [7, 11]
BETAS = {
    "linear": dict(beta_start=1e-4, beta_end=0.02, beta_schedule="linear"),
    "scaled-linear": dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
    "cosine": dict(beta_schedule="squaredcos_cap_v2"),
}


def network(x, t):
    return x * (0.6 + 0.2 * float(t) / 1000) + 0.1 * torch.tanh(x)


def unprompted(x, t):
    return x * (0.5 + 0.3 * float(t) / 1000) - 0.1 * torch.tanh(x)


def start():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def alpha_bar(name):
    """The table in float64, by the definitions that diffusers gives."""
    count = 1000
    if name == "linear":
        betas = torch.linspace(1e-4, 0.02, count, dtype=torch.float64)
    elif name == "scaled-linear":
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, count, dtype=torch.float64) ** 2
    else:
        bar = lambda t: np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2  # noqa: E731
        betas = torch.tensor(
            [min(1 - bar((i + 1) / count) / bar(i / count), 0.999) for i in range(count)],
            dtype=torch.float64,
        )
    return torch.cumprod(1 - betas, 0)


def floats(tensor):
    return [float(v) for v in tensor.double().flatten()]


def case(
    name, sampler, schedule, prediction, spacing, scheduler, steps, scale=1.0, guidance=1.0, **step
):
    """The samples after every step; a step of Heun's method is two calls."""
    guider = ClassifierFreeGuidance(guidance_scale=guidance)
    x = start() * scale
    first = floats(x)
    trajectory = []
    timesteps = list(scheduler.timesteps)
    index = 0
    while index < len(timesteps):
        last = index + 1 >= len(timesteps)
        for _ in range(2 if sampler == "heun" and not last else 1):
            t = timesteps[index]
            scaled = x
            if hasattr(scheduler, "scale_model_input"):
                scaled = scheduler.scale_model_input(x, t)
            # Schedulers give samples back in the dtype of the output.
            scaled = scaled.double()
            output = guider.forward(network(scaled, t), unprompted(scaled, t)).pred
            x = scheduler.step(output, t, x, **step).prev_sample
            index += 1
        trajectory.append(floats(x))
    return dict(
        name=name, sampler=sampler, schedule=schedule, prediction=prediction, spacing=spacing,
        steps=steps, guidance=guidance, start=first, trajectory=trajectory,
    )


def generators():
    return [torch.Generator().manual_seed(seed) for seed in SEEDS]


def discrete(kind, schedule, steps, **config):
    scheduler = kind(**BETAS[schedule], **config)
    scheduler.alphas_cumprod = alpha_bar(schedule)
    scheduler.set_timesteps(steps)
    return scheduler


def cases():
    plain = dict(clip_sample=False)
    ddpm = discrete(
        DDPMScheduler, "linear", 10, variance_type="fixed_small",
        timestep_spacing="leading", **plain)
    yield case("ddpm", "ddpm", "linear", "epsilon", "leading", ddpm, 10, generator=generators())
    large = discrete(
        DDPMScheduler, "cosine", 10, variance_type="fixed_large", prediction_type="v_prediction",
        timestep_spacing="leading", **plain)
    yield case(
        "ddpm-large", "ddpm-large", "cosine", "v", "leading", large, 10, generator=generators())
    ddim = discrete(DDIMScheduler, "scaled-linear", 12, timestep_spacing="leading", **plain)
    yield case("ddim", "ddim", "scaled-linear", "epsilon", "leading", ddim, 12)
    # Its DDIM takes 1000 // steps off each timestep whatever the spacing, so steps divide 1000.
    half = discrete(
        DDIMScheduler, "linear", 8, prediction_type="v_prediction", timestep_spacing="trailing",
        **plain)
    yield case(
        "ddim-half", "ddim-half", "linear", "v", "trailing", half, 8, eta=0.5,
        generator=generators())
    sample = discrete(
        DDIMScheduler, "cosine", 10, prediction_type="sample", timestep_spacing="trailing", **plain)
    yield case("ddim-x0", "ddim", "cosine", "x0", "trailing", sample, 10)

    for name, kind, scale in [
        ("euler", EulerDiscreteScheduler, None), ("heun", HeunDiscreteScheduler, None),
        ("dpmpp-2m", DPMSolverMultistepScheduler, 1.0),
    ]:
        for prediction, full in [("epsilon", "epsilon"), ("v", "v_prediction")]:
            scheduler = discrete(
                kind, "scaled-linear", 10, prediction_type=full, timestep_spacing="trailing")
            # Heun visits each timestep but the first twice.
            yield case(
                f"{name}-{prediction}", name, "scaled-linear", prediction, "trailing", scheduler,
                10, scale=float(scheduler.sigmas[0]) if scale is None else scale)

    yield from karras()
    yield case("flow-euler", "euler", "flow-3", "velocity", "", flow(), 9)
    heun = FlowMatchHeunDiscreteScheduler(shift=1.0)
    heun.sigma_max, heun.sigma_min = 1.0, 1 / 9
    heun.set_timesteps(9)
    yield case("flow-heun", "heun", "flow-1", "velocity", "", heun, 9)
    yield case("flow-dpmpp-2m", "dpmpp-2m", "flow-3", "velocity", "", flow_dpmpp(), 9)

    stable = discrete(DDIMScheduler, "scaled-linear", 10, timestep_spacing="leading", **plain)
    yield case(
        "ddim-guided", "ddim", "scaled-linear", "epsilon", "leading", stable, 10, guidance=7.5)
    yield case(
        "flow-dpmpp-2m-guided", "dpmpp-2m", "flow-3", "velocity", "", flow_dpmpp(), 9, guidance=4.0)


def karras():
    # Euler takes the first and the last level from the spacing: linspace has both ends.
    euler = discrete(
        EulerDiscreteScheduler, "scaled-linear", 10, timestep_spacing="linspace",
        use_karras_sigmas=True)
    yield case(
        "euler-karras", "euler", "scaled-linear", "epsilon", "karras", euler, 10,
        scale=float(euler.sigmas[0]))
    dpmpp = discrete(DPMSolverMultistepScheduler, "scaled-linear", 10, use_karras_sigmas=True)
    # It rounds the timesteps of these levels, which Euler and k-diffusion do not.
    assert torch.equal(dpmpp.sigmas, euler.sigmas)
    assert torch.equal(dpmpp.timesteps, euler.timesteps.round().long())
    dpmpp.timesteps = euler.timesteps
    yield case("dpmpp-2m-karras", "dpmpp-2m", "scaled-linear", "epsilon", "karras", dpmpp, 10)


def flow():
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / 9, 9))
    return scheduler


def flow_dpmpp():
    """DPM-Solver++ over the levels that FlowMatch gives; its own begin at 0.999 before the shift."""
    scheduler = DPMSolverMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    scheduler.set_timesteps(9)
    assert len(scheduler.sigmas) == len(flow().sigmas)
    scheduler.sigmas, scheduler.timesteps = flow().sigmas, flow().timesteps
    return scheduler


def timesteps():
    for spacing in ["leading", "trailing", "linspace"]:
        for steps in [2, 7, 10, 50, 999, 1000]:
            scheduler = DDIMScheduler(timestep_spacing=spacing, steps_offset=0)
            scheduler.set_timesteps(steps)
            yield dict(spacing=spacing, steps=steps, timesteps=scheduler.timesteps.tolist())


def noise():
    for seed in [0, 7, 2**63]:
        for shape in [(1, 3), (1, 4, 5, 5)]:
            for dtype in [torch.float32, torch.float64]:
                generator = torch.Generator().manual_seed(seed)
                draws = [torch.randn(shape, generator=generator, dtype=dtype) for _ in range(2)]
                yield dict(
                    seed=seed, shape=list(shape[1:]), float64=dtype == torch.float64,
                    first=floats(draws[0]), second=floats(draws[1]))


tables = {}
for name, betas in BETAS.items():
    # The reference's own float32 table, which the test compares to within float32's rounding.
    tables[name] = floats(DDPMScheduler(**betas).alphas_cumprod[::37])
OUTPUT.parent.mkdir(exist_ok=True)
OUTPUT.write_text(
    json.dumps(
        dict(
            shape=SHAPE, seeds=SEEDS, tables=tables, timesteps=list(timesteps()),
            noise=list(noise()), cases=list(cases()),
        )
    )
    + "\n"
)
