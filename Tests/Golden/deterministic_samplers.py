"""Golden trajectories of deterministic samplers, by diffusers 0.42.1, k-diffusion 0.1.1.post1 and
torch 2.13.0; seed 3.

Writes, beside the tests that read it:
  DiffusionTests/deterministic_samplers.json  levels and the samples at them

The network is the formula of `samplers.py`, `x * (0.6 + 0.2 * t / 1000) + 0.1 * tanh(x)`, and all is
computed in float64. Where a scheduler keeps its sigmas in float32, they are replaced by the same in
float64; `DPMSolverMultistepScheduler.step` rounds the samples to float32, so its updates are called
one by one, in the order in which `step` would. Last steps to a clean level are left out where the
reference divides by zero, or where it goes on to extrapolate the noise and ours gives the estimate.
"""

import importlib.metadata
import importlib.util
import json
import math
import pathlib
import sys
import types
import unittest.mock
import warnings

import numpy as np
import torch

# These two are not needed here, and a version of theirs that does not fit would stop diffusers.
sys.modules["torchvision"] = None
import diffusers  # noqa: E402
from diffusers import (  # noqa: E402
    DDIMInverseScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSinglestepScheduler,
    IPNDMScheduler,
    KDPM2DiscreteScheduler,
    LMSDiscreteScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

# Of k-diffusion only the samplers: the package wants torchvision and scikit-image as well.
for name in ["torchvision", "torchvision.transforms", "torchvision.transforms.functional"]:
    sys.modules[name] = unittest.mock.MagicMock()
package = types.ModuleType("k_diffusion")
package.__path__ = importlib.util.find_spec("k_diffusion").submodule_search_locations
sys.modules["k_diffusion"] = package
import k_diffusion.sampling as kd  # noqa: E402

assert importlib.metadata.version("k-diffusion") == "0.1.1.post1"
assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/deterministic_samplers.json"

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
SHAPE = (1, 1, 2, 3)
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
ALPHA_BAR = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0)
SIGMAS = ((1 - ALPHA_BAR) / ALPHA_BAR).sqrt()
STEPS = 12


def network(x, t):
    return x * (0.6 + 0.2 * float(t) / 1000) + 0.1 * torch.tanh(x)


def start(scale=1.0):
    return scale * torch.randn(SHAPE, generator=torch.Generator().manual_seed(3))


def floats(tensor):
    return [float(v) for v in tensor.flatten()]


def variance_preserving(sigmas):
    return [[1 / math.sqrt(1 + s * s), s / math.sqrt(1 + s * s)] for s in map(float, sigmas)]


def variance_exploding(sigmas):
    return [[1.0, float(s)] for s in sigmas]


def case(name, levels, xs, prediction="epsilon"):
    assert all(torch.isfinite(x).all() for x in xs), name
    assert all(x.dtype == torch.float64 for x in xs), name
    return dict(
        name=name, prediction=prediction, levels=levels[: len(xs)], samples=[floats(x) for x in xs])


# diffusers


def discrete(kind, **config):
    """A scheduler with its table and its sigmas in float64, over trailing timesteps."""
    has_spacing = kind is not DPMSolverSinglestepScheduler
    spacing = dict(timestep_spacing="trailing") if has_spacing else {}
    scheduler = kind(**BETAS, **spacing, **config)
    scheduler.alphas_cumprod = ALPHA_BAR
    scheduler.set_timesteps(STEPS)
    sigmas = SIGMAS[trailing()]
    if has_spacing:
        assert torch.allclose(scheduler.sigmas[:-1].double(), sigmas, rtol=1e-5)
        assert torch.equal(scheduler.timesteps.long(), trailing())
    scheduler.timesteps = trailing().double()
    scheduler.sigmas = torch.cat([sigmas, torch.zeros(1)])
    return scheduler


def trailing():
    return (torch.arange(1000, 0, -1000 / STEPS).round() - 1).long()


def stepped(scheduler, x, calls=lambda index: 1):
    """The samples at all levels; `calls` says how many calls make the step of an index."""
    xs, timesteps = [x], iter(scheduler.timesteps)
    for index in range(STEPS):
        for _ in range(calls(index)):
            t = next(timesteps)
            scaled = scheduler.scale_model_input(x, t)
            x = scheduler.step(network(scaled, t), t, x).prev_sample
        xs.append(x)
    return xs


def multistep(name, order, algorithm, solver):
    scheduler = discrete(
        DPMSolverMultistepScheduler, solver_order=order, algorithm_type=algorithm,
        solver_type=solver, lower_order_final=False,
        final_sigmas_type="zero" if algorithm == "dpmsolver++" else "sigma_min")
    x, xs, outputs = start(), [start()], []
    for index, t in enumerate(scheduler.timesteps):
        scheduler._step_index = index
        outputs.append(scheduler.convert_model_output(network(x, t), sample=x))
        used = 1 if index == STEPS - 1 else min(order, len(outputs))
        if used == 1:
            x = scheduler.dpm_solver_first_order_update(outputs[-1], sample=x)
        elif used == 2:
            x = scheduler.multistep_dpm_solver_second_order_update(outputs[-2:], sample=x)
        else:
            x = scheduler.multistep_dpm_solver_third_order_update(outputs[-3:], sample=x)
        xs.append(x)
    if algorithm == "dpmsolver":
        xs = xs[:-1]
    return case(name, variance_preserving(scheduler.sigmas), xs)


def diffusers_cases():
    for algorithm, short in [("dpmsolver++", "dpmpp"), ("dpmsolver", "dpm")]:
        yield multistep(f"{short}-2m", 2, algorithm, "midpoint")
        yield multistep(f"{short}-2m-heun", 2, algorithm, "heun")
        yield multistep(f"{short}-3m", 3, algorithm, "midpoint")
        yield multistep(f"{short}-3m-heun", 3, algorithm, "heun")
    for order, solver in [(2, "midpoint"), (2, "heun"), (3, "heun")]:
        for algorithm, short in [("dpmsolver++", "dpmpp"), ("dpmsolver", "dpm")]:
            is_noise = algorithm == "dpmsolver"
            single = discrete(
                DPMSolverSinglestepScheduler, solver_order=order, solver_type=solver,
                algorithm_type=algorithm, final_sigmas_type="sigma_min" if is_noise else "zero")
            xs = stepped(single, start())
            yield case(
                f"{short}-{order}s-{solver}", variance_preserving(single.sigmas),
                xs[:-1] if is_noise else xs)
    for order in [2, 3]:
        deis = discrete(DEISMultistepScheduler, solver_order=order, lower_order_final=False)
        # The logarithm of the last level, 0, makes a NaN.
        yield case(
            f"deis-{order}", variance_preserving(deis.sigmas), stepped(deis, start())[:-1])
    for order in [1, 2, 3]:
        for solver in ["bh1", "bh2"]:
            unipc = discrete(
                UniPCMultistepScheduler, solver_order=order, solver_type=solver,
                lower_order_final=True)
            # The last step of bh1 multiplies an infinity by 0; the one before it has two values.
            yield case(
                f"unipc-{solver}-{order}", variance_preserving(unipc.sigmas),
                stepped(unipc, start())[: -2 if order == 3 else -1])
    lms = discrete(LMSDiscreteScheduler)
    lms.is_scale_input_called = True
    yield case("lms", variance_exploding(lms.sigmas), stepped(lms, start(lms.sigmas[0]))[:-1])
    yield dpm2()
    yield from pndm()
    yield ipndm()
    yield inversion()


def dpm2():
    scheduler = KDPM2DiscreteScheduler(**BETAS, timestep_spacing="trailing")
    scheduler.set_timesteps(STEPS)
    sigmas = torch.cat([SIGMAS[trailing()], torch.zeros(1)])
    middles = (sigmas.log().lerp(sigmas.roll(1).log(), 0.5)).exp()

    def interleaved(values):
        return torch.cat([values[:1], values[1:].repeat_interleave(2), values[-1:]])

    assert torch.allclose(scheduler.sigmas.double(), interleaved(sigmas), rtol=1e-5)
    scheduler.sigmas, scheduler.sigmas_interpol = interleaved(sigmas), interleaved(middles)
    timesteps = trailing().double()
    between = torch.tensor([timestep(float(s)) for s in middles[1:-1]])
    scheduler.timesteps = torch.cat(
        [timesteps[:1], torch.stack([between, timesteps[1:]], dim=1).flatten()])
    xs = stepped(scheduler, start(sigmas[0]), lambda index: 2 if index < STEPS - 1 else 1)
    return case("dpm2", variance_exploding(sigmas), xs)


def pndm():
    """Its step takes 1000 // steps off each timestep whatever the spacing: only leading is right."""
    global STEPS
    steps, STEPS = STEPS, 10
    levels = variance_preserving(SIGMAS[torch.arange(900, -1, -100)])
    for name, skip, calls in [("plms", True, lambda index: 2 if index == 0 else 1),
                              ("pndm", False, lambda index: 4 if index < 3 else 1)]:
        scheduler = PNDMScheduler(**BETAS, skip_prk_steps=skip, timestep_spacing="leading")
        scheduler.alphas_cumprod = ALPHA_BAR
        scheduler.set_timesteps(STEPS)
        yield case(name, levels, stepped(scheduler, start(), calls)[:-1])
    STEPS = steps


def ipndm():
    """Its levels, but for the first: from pure noise it divides by 1e-8."""
    scheduler = IPNDMScheduler()
    scheduler.set_timesteps(STEPS)
    sigmas = torch.sin(torch.linspace(1, 0, STEPS + 1) * math.pi / 2) ** 2
    assert torch.allclose(scheduler.betas.double(), sigmas, atol=1e-6)
    sigmas[0] = 0.999
    scheduler.betas, scheduler.alphas = sigmas, (1 - sigmas**2).sqrt()
    scheduler.timesteps = torch.atan2(scheduler.betas, scheduler.alphas)[:-1] / math.pi * 2
    x, xs = start(), [start()]
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, 1000 * t), t, x).prev_sample
        xs.append(x)
    levels = [[float(a), float(s)] for a, s in zip(scheduler.alphas, scheduler.betas)]
    return case("ipndm", levels, xs[:-1], prediction="v")


def inversion():
    """From its second level on: its first step is one from a clean level."""
    scheduler = DDIMInverseScheduler(
        **BETAS, timestep_spacing="leading", clip_sample=False, set_alpha_to_one=True)
    scheduler.alphas_cumprod = ALPHA_BAR
    scheduler.set_timesteps(10)
    x, xs = start(0.5), []
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, t), int(t), x).prev_sample
        xs.append(x)
    return case("ddim-inversion", variance_preserving(SIGMAS[scheduler.timesteps]), xs)


# k-diffusion


def timestep(sigma):
    """The timestep between whole ones, in proportion of log sigma."""
    return float(np.interp(math.log(sigma), SIGMAS.log().numpy(), np.arange(1000)))


def model(x, sigma):
    """k-diffusion's denoiser over a variance-preserving network that predicts the noise."""
    sigma = float(sigma.flatten()[0])
    return x - sigma * network(x / math.sqrt(1 + sigma * sigma), timestep(sigma))


def k_diffusion_cases():
    low, high = float(SIGMAS[0]), float(SIGMAS[-1])
    rho = 7.0
    ramp = torch.linspace(0, 1, STEPS)
    sigmas = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    sigmas = kd.append_zero(sigmas)

    def no_noise(sigma, sigma_next):
        return torch.zeros(SHAPE)

    for name, function, config in [
        ("k-dpm2", kd.sample_dpm_2, dict()),
        ("k-lms", kd.sample_lms, dict()),
        ("k-dpmpp-2s", kd.sample_dpmpp_2s_ancestral, dict(eta=0.0, noise_sampler=no_noise)),
        ("k-dpmpp-2m", kd.sample_dpmpp_2m, dict()),
        ("k-dpmpp-2m-heun", kd.sample_dpmpp_2m_sde,
         dict(eta=0.0, noise_sampler=no_noise, solver_type="heun")),
        ("k-dpmpp-3m", kd.sample_dpmpp_3m_sde, dict(eta=0.0, noise_sampler=no_noise)),
    ]:
        xs = []
        end = function(
            model, start(sigmas[0]), sigmas, disable=True, callback=lambda i: xs.append(i["x"]),
            **config)
        # The polynomials of the last step of LMS go on to sigma = 0.
        xs = xs if name == "k-lms" else xs + [end]
        yield case(name, variance_exploding(sigmas), xs)

    ends = variance_exploding([high, low])
    for evaluations in [9, 10, 11]:
        end = kd.sample_dpm_fast(model, start(high), low, high, evaluations, disable=True)
        yield case(f"k-dpm-fast-{evaluations}", ends, [start(high), end])
    for order in [2, 3]:
        for tolerance in [0.05, 0.001]:
            end, info = kd.sample_dpm_adaptive(
                model, start(high), low, high, order=order, rtol=tolerance, atol=tolerance / 5,
                disable=True, return_info=True)
            yield dict(
                case(f"k-dpm-adaptive-{order}-{tolerance}", ends, [start(high), end]),
                accepted=info["n_accept"], rejected=info["n_reject"])


OUTPUT.write_text(
    json.dumps(dict(shape=SHAPE, cases=[*diffusers_cases(), *k_diffusion_cases()])) + "\n")
