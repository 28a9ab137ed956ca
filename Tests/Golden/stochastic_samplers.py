"""Golden trajectories of stochastic samplers, by k-diffusion 0.1.1.post1, diffusers 0.42.1 and torch
2.13.0; seeds 3, 7 and 11.

Writes, beside the tests that read it:
  DiffusionTests/stochastic_samplers.json  levels, starts and the samples after every step

The network is a formula in the variance-preserving unit, `F = x * (0.6 + 0.2 * sigma) + 0.1 * tanh(x)`,
and answers for `v`, so that the estimate is `alpha * x - sigma * F`: finite at every level, and the
same whatever unit a sampler works in.

All is in float64, the default dtype too: samplers of k-diffusion stay in the dtype of what they are
given; diffusers' tables are replaced by the same in float64, and while it steps `torch.float32`, to
which it converts samples, is made another name of float64. Fresh noise is drawn for each sample of the batch by its own
generator. Noise that k-diffusion takes from a Brownian tree is replaced by a formula of both levels
and of the element, because our path is not torchsde's.
"""

import contextlib
import importlib
import importlib.util
import json
import math
import pathlib
import sys
import types
from importlib.metadata import version

import torch

sys.modules["torchvision"] = None
import diffusers  # noqa: E402
from diffusers import (  # noqa: E402
    CMStochasticIterativeScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    DPMSolverSDEScheduler,
    EulerAncestralDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchLCMScheduler,
    KDPM2AncestralDiscreteScheduler,
    LCMScheduler,
    SASolverScheduler,
    ScoreSdeVeScheduler,
    TCDScheduler,
)
from diffusers.schedulers.scheduling_ltx_euler_ancestral_rf import (  # noqa: E402
    LTXEulerAncestralRFScheduler,
)

# The samplers alone: the package itself would import networks, data sets and what those need.
package = types.ModuleType("k_diffusion")
package.__path__ = importlib.util.find_spec("k_diffusion").submodule_search_locations
sys.modules["k_diffusion"] = package
package.utils = sys.modules["k_diffusion.utils"] = types.ModuleType("k_diffusion.utils")
package.utils.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
K = importlib.import_module("k_diffusion.sampling")

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert version("k_diffusion") == "0.1.1.post1", version("k_diffusion")
assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/stochastic_samplers.json"

SHAPE = (2, 1, 2, 2)
SEEDS = [7, 11]
FLOAT32 = torch.float32
torch.set_default_dtype(torch.float64)


@contextlib.contextmanager
def float64():
    torch.float32 = torch.float64
    try:
        yield
    finally:
        torch.float32 = FLOAT32


def floats(tensor):
    return [float(v) for v in tensor.double().flatten()]


def start():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(SHAPE, generator=generator, dtype=torch.float64)


def network(x, level):
    """v, and the estimate of x0, for samples at a level (alpha, sigma)."""
    alpha, sigma = level
    size = math.hypot(alpha, sigma)
    x, alpha, sigma = x / size, alpha / size, sigma / size
    v = x * (0.6 + 0.2 * sigma) + 0.1 * torch.tanh(x)
    return v, alpha * x - sigma * v


class Noise:
    """Fresh noise of a generator for each sample."""

    def __init__(self):
        self.generators = [torch.Generator().manual_seed(seed) for seed in SEEDS]

    def __call__(self, *_, **__):
        rows = [torch.randn((1,) + SHAPE[1:], generator=g, dtype=torch.float64) for g in self.generators]
        return torch.cat(rows)


def path(a, b):
    """What stands for the unit increment of a Brownian path between two of Karras' sigmas."""
    element = torch.arange(1, math.prod(SHAPE) + 1, dtype=torch.float64).reshape(SHAPE)
    return torch.sin(37 * element + 5 * math.log(float(a)) - 3 * math.log(float(b)))


def case(name, levels, first, trajectory):
    assert all(len(row) == math.prod(SHAPE) and all(map(math.isfinite, row)) for row in trajectory), name
    return dict(name=name, levels=[list(l) for l in levels], start=floats(first), trajectory=trajectory)


# k-diffusion: a run over the first n levels, for every n, is the trajectory.


def karras(count=8):
    with float64():
        sigmas = K.get_sigmas_karras(count, 0.05, 40.0)
    return sigmas.double()


def karras_case(name, sample, brownian=False, **options):
    sigmas = karras()
    x = start() * sigmas[0]
    model = lambda x, sigma: network(x, (1.0, float(sigma[0])))[1]  # noqa: E731
    trajectory = []
    for n in range(2, len(sigmas) + 1):
        noise = Noise()
        if brownian:
            options["noise_sampler"] = path
        elif "s_churn" not in options:
            options["noise_sampler"] = noise
        run = dict(options)
        if "s_churn" in run:
            # Churn is shared out over the steps of the run, of which this is only a part.
            run["s_churn"] *= (n - 1) / (len(sigmas) - 1)
        original, torch.randn_like = torch.randn_like, noise
        trajectory.append(floats(sample(model, x, sigmas[:n], disable=True, **run)))
        torch.randn_like = original
    return case(name, [(1.0, float(s)) for s in sigmas], x, trajectory)


def k_diffusion():
    yield karras_case("k-euler-ancestral", K.sample_euler_ancestral)
    yield karras_case("k-euler-ancestral-half", K.sample_euler_ancestral, eta=0.5, s_noise=1.1)
    yield karras_case("k-dpm2-ancestral", K.sample_dpm_2_ancestral)
    yield karras_case("k-dpm2-ancestral-half", K.sample_dpm_2_ancestral, eta=0.5, s_noise=1.1)
    yield karras_case("k-dpmpp-2s-ancestral", K.sample_dpmpp_2s_ancestral)
    yield karras_case("k-dpmpp-2s-ancestral-half", K.sample_dpmpp_2s_ancestral, eta=0.5, s_noise=1.1)
    yield karras_case("k-dpmpp-sde", K.sample_dpmpp_sde, True)
    yield karras_case("k-dpmpp-sde-third", K.sample_dpmpp_sde, True, eta=0.5, s_noise=1.1, r=1 / 3)
    yield karras_case("k-dpmpp-2m-sde", K.sample_dpmpp_2m_sde, True)
    yield karras_case("k-dpmpp-2m-sde-half", K.sample_dpmpp_2m_sde, True, eta=0.5, s_noise=1.1)
    yield karras_case("k-dpmpp-2m-sde-heun", K.sample_dpmpp_2m_sde, True, solver_type="heun")
    yield karras_case("k-dpmpp-3m-sde", K.sample_dpmpp_3m_sde, True)
    yield karras_case("k-dpmpp-3m-sde-half", K.sample_dpmpp_3m_sde, True, eta=0.5, s_noise=1.1)
    yield karras_case("k-heun-stochastic", K.sample_heun, s_churn=1.5, s_noise=1.003)
    yield karras_case("k-heun-stochastic-capped", K.sample_heun, s_churn=40.0)
    yield restart()


def restart():
    """Restart with k-diffusion's parts: Heun's method, Karras' levels, noise in between."""
    sigmas, noise = karras(), Noise()
    x = first = start() * sigmas[0]
    model = lambda x, sigma: network(x, (1.0, float(sigma[0])))[1]  # noqa: E731
    trajectory = []
    for a, b in zip(sigmas[:-1], sigmas[1:]):
        x = K.sample_heun(model, x, torch.stack([a, b]), disable=True)
        if a > 0.3 >= b > 0:
            with float64():
                again = K.get_sigmas_karras(4, float(b), 5.0)[:-1].double()
            for _ in range(2):
                x = x + (again[0] ** 2 - b**2).sqrt() * noise()
                x = K.sample_heun(model, x, again, disable=True)
        trajectory.append(floats(x))
    return case("k-restart", [(1.0, float(s)) for s in sigmas], first, trajectory)


# diffusers


def alpha_bar():
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0)


CONFIG = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def discrete(kind, **config):
    scheduler = kind(**CONFIG, **config)
    scheduler.alphas_cumprod = alpha_bar()
    return scheduler


def vp(timestep):
    bar = float(alpha_bar()[int(timestep)])
    return (bar**0.5, (1 - bar) ** 0.5)


@contextlib.contextmanager
def injected(module, noise):
    """The scheduler's own noise, drawn for each sample."""
    original, module.randn_tensor = getattr(module, "randn_tensor", None), noise
    try:
        with float64():
            yield
    finally:
        module.randn_tensor = original


def module_of(scheduler):
    return sys.modules[type(scheduler).__module__]


def table_case(name, scheduler, levels, output=lambda v, x0: v, steps=None, **step):
    """Schedulers that step over timesteps of a table."""
    x = first = start()
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        for t, level in list(zip(scheduler.timesteps, levels))[:steps]:
            x = scheduler.step(output(*network(x, level)), t, x, **step).prev_sample
            trajectory.append(floats(x))
    return case(name, levels[: len(trajectory) + 1], first, trajectory)


def tables():
    ddpm = discrete(
        DDPMScheduler, variance_type="learned_range", clip_sample=False, timestep_spacing="leading",
        prediction_type="v_prediction")
    ddpm.set_timesteps(8)
    ranged = lambda v, x0: torch.cat([v, torch.tanh(v)], 1)  # noqa: E731
    levels = [vp(t) for t in ddpm.timesteps] + [(1.0, 0.0)]
    yield table_case("ddpm-learned-range", ddpm, levels, ranged)

    lcm = discrete(LCMScheduler, prediction_type="v_prediction", clip_sample=False)
    lcm.set_timesteps(5)
    yield table_case("lcm", lcm, [vp(t) for t in lcm.timesteps] + [(1.0, 0.0)])

    for name, gamma in [("tcd", 0.3), ("tcd-half", 0.5), ("tcd-zero", 0.0)]:
        tcd = discrete(TCDScheduler, prediction_type="v_prediction", clip_sample=False)
        tcd.set_timesteps(timesteps=[999, 759, 519, 279, 39])
        # Its last level is timestep 0 without fresh noise, which ours, a level to be noised, is not.
        yield table_case(name, tcd, [vp(t) for t in tcd.timesteps], steps=4, eta=gamma)

    for name, options in [
        ("sa-solver", dict()), ("sa-solver-3", dict(predictor_order=3, corrector_order=4)),
        ("sa-solver-1", dict(predictor_order=1, corrector_order=1)),
        ("sa-solver-half", dict(predictor_order=2, corrector_order=2)),
        ("sa-solver-3-2", dict(predictor_order=3, corrector_order=2)),
    ]:
        tau = 0.5**0.5 if name == "sa-solver-half" else 1.0
        sa = discrete(SASolverScheduler, prediction_type="v_prediction", lower_order_final=False,
                      timestep_spacing="trailing", tau_func=lambda t, tau=tau: torch.tensor(tau), **options)
        sa.set_timesteps(8)
        levels = [vp(t) for t in sa.timesteps]
        sa.sigmas = torch.tensor([s / a for a, s in levels] + [0.0], dtype=torch.float64)
        yield table_case(name, sa, levels, steps=7)


def sigma_case(name, scheduler, evaluations=1, noise=None, **step):
    """Schedulers in Karras' sigma, with one or two evaluations a step."""
    sigmas = karras()
    # Those with two evaluations have every inner level twice.
    inner = sigmas[:-1].repeat_interleave(evaluations)[evaluations - 1 :]
    x = first = start() * sigmas[0]
    trajectory = []
    with injected(module_of(scheduler), noise or Noise()):
        scheduler.is_scale_input_called = True
        for index in range(len(sigmas) - 1):
            for half in range(evaluations if sigmas[index + 1] > 0 else 1):
                a, b = sigmas[index], sigmas[index + 1]
                down = b * b / a if isinstance(scheduler, KDPM2AncestralDiscreteScheduler) else b
                sigma = float(a if half == 0 else (a * down).sqrt())
                v = network(x, (1.0, sigma))[0]
                x = scheduler.step(v, scheduler.timesteps[len(trajectory) * evaluations + half], x, **step).prev_sample
            trajectory.append(floats(x))
    return case(name, [(1.0, float(s)) for s in sigmas], first, trajectory)


def sigmas_of():
    sigmas = karras()

    euler = discrete(EulerAncestralDiscreteScheduler, prediction_type="v_prediction")
    euler.set_timesteps(8)
    euler.sigmas = sigmas
    yield sigma_case("euler-ancestral", euler)

    kdpm = discrete(KDPM2AncestralDiscreteScheduler, prediction_type="v_prediction")
    kdpm.set_timesteps(8)
    following = torch.cat([sigmas[1:], sigmas[-1:]])
    up = (following**2 * (sigmas**2 - following**2) / sigmas**2).nan_to_num().sqrt()
    down = (following**2 - up**2).sqrt()
    middle = (sigmas * down).sqrt()
    middle[-2:] = 0
    twice = lambda s: torch.cat([s[:1], s[1:].repeat_interleave(2), s[-1:]])  # noqa: E731
    kdpm.sigmas, kdpm.sigmas_up, kdpm.sigmas_down = twice(sigmas), twice(up), twice(down)
    kdpm.sigmas_interpol = twice(middle)
    yield sigma_case("dpm2-ancestral", kdpm, evaluations=2)

    sde = discrete(DPMSolverSDEScheduler, prediction_type="v_prediction")
    sde.set_timesteps(8)
    sde.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
    sde.noise_sampler = path
    yield sigma_case("dpmpp-sde", sde, evaluations=2)

    yield multistep("dpmpp-2m-sde", "midpoint")
    yield multistep("dpmpp-2m-sde-heun", "heun")


def multistep(name, solver):
    scheduler = discrete(
        DPMSolverMultistepScheduler, prediction_type="v_prediction", algorithm_type="sde-dpmsolver++",
        solver_type=solver, lower_order_final=False, timestep_spacing="trailing")
    scheduler.set_timesteps(8)
    levels = [vp(t) for t in scheduler.timesteps] + [(1.0, 0.0)]
    scheduler.sigmas = torch.tensor([s / a for a, s in levels], dtype=torch.float64)
    x = first = start()
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        for t, a, b in zip(scheduler.timesteps, levels, levels[1:]):
            noise = path(a[1] / a[0], b[1] / b[0]) if b[1] > 0 else torch.zeros(SHAPE)
            x = scheduler.step(network(x, a)[0], t, x, variance_noise=noise).prev_sample
            trajectory.append(floats(x))
    return case(name, levels, first, trajectory)


def flows():
    times = [1.0, 0.9, 0.75, 0.55, 0.3, 0.12, 0.0]
    levels = [(1 - t, t) for t in times]
    for name, eta in [("euler-ancestral-flow", 1.0), ("euler-ancestral-flow-half", 0.5)]:
        ltx = LTXEulerAncestralRFScheduler(eta=eta, s_noise=1.0)
        ltx.set_timesteps(sigmas=times)
        yield flow_case(name, ltx, times, levels)
    stochastic = FlowMatchEulerDiscreteScheduler(stochastic_sampling=True)
    stochastic.set_timesteps(sigmas=times[:-1])
    yield flow_case("flow-stochastic", stochastic, times, levels)
    lcm = FlowMatchLCMScheduler()
    lcm.set_timesteps(sigmas=times[:-1])
    yield flow_case("flow-lcm", lcm, times, levels)


def flow_case(name, scheduler, times, levels):
    scheduler.sigmas = torch.tensor(times, dtype=torch.float64)
    scheduler.timesteps = scheduler.sigmas[:-1] * 1000
    x = first = start()
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        for t, level in zip(scheduler.timesteps, levels):
            velocity = (x - network(x, level)[1]) / level[1]
            x = scheduler.step(velocity, t, x).prev_sample
            trajectory.append(floats(x))
    return case(name, levels, first, trajectory)


def consistency():
    scheduler = CMStochasticIterativeScheduler(clip_denoised=False)
    sigmas = torch.tensor([80.0, 24.4, 5.84, 0.9, 0.002], dtype=torch.float64)
    scheduler.set_timesteps(timesteps=[39, 29, 19, 9])
    scheduler.sigmas = sigmas
    x = first = start() * sigmas[0]
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        scheduler.is_scale_input_called = True
        for t, sigma in zip(scheduler.timesteps, sigmas):
            x = scheduler.step(network(x, (1.0, float(sigma)))[1], t, x).prev_sample
            trajectory.append(floats(x))
    levels = [(1.0, float(s)) for s in sigmas[:-1]] + [(1.0, 0.0)]
    return case("consistency", levels, first, trajectory)


def score_sde():
    """Predictor and corrector, without the correction at the first level; a batch of one at a time."""
    scheduler = ScoreSdeVeScheduler(snr=0.16, sigma_min=0.05, sigma_max=20.0)
    scheduler.set_timesteps(6)
    scheduler.set_sigmas(6)
    count = 6
    table = torch.exp(torch.linspace(math.log(0.05), math.log(20.0), count, dtype=torch.float64))
    scheduler.discrete_sigmas = table
    scheduler.timesteps = torch.linspace(1, 0, count, dtype=torch.float64)
    sigmas = table.flip(0)
    first = start() * sigmas[0]
    rows = []
    for seed, x in zip(SEEDS, first.chunk(2)):
        generator = torch.Generator().manual_seed(seed)
        draw = lambda *_, **__: torch.randn(  # noqa: E731
            (1,) + SHAPE[1:], generator=generator, dtype=torch.float64)
        row = []
        with injected(module_of(scheduler), draw):
            for index in range(count):
                sigma = float(sigmas[index])
                score = lambda x: (network(x, (1.0, sigma))[1] - x) / sigma**2  # noqa: E731, B023
                t = torch.tensor(1 - index / (count - 1) + 1e-9)
                if index > 0:
                    x = scheduler.step_correct(score(x), x).prev_sample
                    row.append(x)
                step = scheduler.step_pred(score(x), t, x)
                x = step.prev_sample
        row.append(step.prev_sample_mean)
        rows.append(row)
    trajectory = [floats(torch.cat(pair)) for pair in zip(*rows)]
    levels = [(1.0, float(s)) for s in sigmas] + [(1.0, 0.0)]
    return case("score-sde", levels, first, trajectory)


if __name__ == "__main__":
    cases = [*k_diffusion(), *tables(), *sigmas_of(), *flows(), consistency(), score_sde()]
    text = json.dumps(dict(shape=SHAPE, seeds=SEEDS, cases=cases))
    OUTPUT.write_text(text + "\n")
    print(len(cases), "cases,", len(text), "bytes")
