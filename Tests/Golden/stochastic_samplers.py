"""Golden trajectories of stochastic samplers; seeds 3, 7 and 11.

By k-diffusion 0.1.1.post1, diffusers 0.42.1 and torch 2.13.0.

Writes, beside the tests that read it:
  DiffusionTests/stochastic_samplers.json  levels, starts and the samples after every step

The network is a formula in the variance-preserving unit, `x * (0.6 + 0.2 * sigma) + 0.1 * tanh(x)`,
and answers for `v`, so that the estimate is finite at every level and the same in every unit.

All is in float64, the default dtype too: samplers of k-diffusion stay in the dtype of what they
are given; diffusers' tables are replaced by the same in float64, and `torch.float32`, to which it
converts samples, is another name of float64 while it steps. Fresh noise is drawn for each sample of
the batch by its own generator. Noise of a Brownian tree is replaced by a formula of both levels and
of the element, because our path is not torchsde's.
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
import diffusers.schedulers as D  # noqa: E402
import diffusers.schedulers.scheduling_ltx_euler_ancestral_rf as LTX  # noqa: E402

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
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(3))


def network(x, level):
    """v, and the estimate of x0, for samples at a level (alpha, sigma)."""
    alpha, sigma = level
    size = math.hypot(alpha, sigma)
    x, alpha, sigma = x / size, alpha / size, sigma / size
    v = x * (0.6 + 0.2 * sigma) + 0.1 * torch.tanh(x)
    return v, alpha * x - sigma * v


class Noise:
    """Fresh noise of a generator for each sample."""

    def __init__(self, seeds=SEEDS):
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, *_, **__):
        return torch.cat([torch.randn((1,) + SHAPE[1:], generator=g) for g in self.generators])


def path(a, b):
    """What stands for the unit increment of a Brownian path between two of Karras' sigmas."""
    element = torch.arange(1, math.prod(SHAPE) + 1, dtype=torch.float64).reshape(SHAPE)
    return torch.sin(37 * element + 5 * math.log(float(a)) - 3 * math.log(float(b)))


def case(name, levels, first, trajectory):
    assert all(map(math.isfinite, sum(trajectory, []))), name
    return dict(name=name, levels=list(levels), start=floats(first), trajectory=trajectory)


def model(x, sigma):
    return network(x, (1.0, float(sigma[0])))[1]


# k-diffusion: a run over the first n levels, for every n, is the trajectory.


def karras(count=8):
    with float64():
        sigmas = K.get_sigmas_karras(count, 0.05, 40.0)
    return sigmas.double()


def karras_case(name, sample, brownian=False, **options):
    sigmas = karras()
    x = start() * sigmas[0]
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
    half = dict(eta=0.5, s_noise=1.1)
    yield karras_case("k-euler-ancestral-half", K.sample_euler_ancestral, **half)
    yield karras_case("k-dpm2-ancestral", K.sample_dpm_2_ancestral)
    yield karras_case("k-dpm2-ancestral-half", K.sample_dpm_2_ancestral, **half)
    yield karras_case("k-dpmpp-2s-ancestral", K.sample_dpmpp_2s_ancestral)
    yield karras_case("k-dpmpp-2s-ancestral-half", K.sample_dpmpp_2s_ancestral, **half)
    yield karras_case("k-dpmpp-sde", K.sample_dpmpp_sde, True)
    yield karras_case("k-dpmpp-sde-third", K.sample_dpmpp_sde, True, **half, r=1 / 3)
    yield karras_case("k-dpmpp-2m-sde", K.sample_dpmpp_2m_sde, True)
    yield karras_case("k-dpmpp-2m-sde-half", K.sample_dpmpp_2m_sde, True, **half)
    yield karras_case("k-dpmpp-2m-sde-heun", K.sample_dpmpp_2m_sde, True, solver_type="heun")
    yield karras_case("k-dpmpp-3m-sde", K.sample_dpmpp_3m_sde, True)
    yield karras_case("k-dpmpp-3m-sde-half", K.sample_dpmpp_3m_sde, True, **half)
    yield karras_case("k-heun-stochastic", K.sample_heun, s_churn=1.5, s_noise=1.003)
    yield karras_case("k-heun-stochastic-capped", K.sample_heun, s_churn=40.0)
    yield restart()


def restart():
    """Restart with k-diffusion's parts: Heun's method, Karras' levels, noise in between."""
    sigmas, noise = karras(), Noise()
    x = first = start() * sigmas[0]
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


V = dict(prediction_type="v_prediction", clip_sample=False)
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
    ddpm = discrete(D.DDPMScheduler, variance_type="learned_range", timestep_spacing="leading", **V)
    ddpm.set_timesteps(8)
    levels = [vp(t) for t in ddpm.timesteps] + [(1.0, 0.0)]
    ranged = lambda v, x0: torch.cat([v, torch.tanh(v)], 1)  # noqa: E731
    yield table_case("ddpm-learned-range", ddpm, levels, ranged)

    lcm = discrete(D.LCMScheduler, **V)
    lcm.set_timesteps(5)
    yield table_case("lcm", lcm, [vp(t) for t in lcm.timesteps] + [(1.0, 0.0)])

    for name, gamma in [("tcd", 0.3), ("tcd-half", 0.5), ("tcd-zero", 0.0)]:
        tcd = discrete(D.TCDScheduler, **V)
        tcd.set_timesteps(timesteps=[999, 759, 519, 279, 39])
        # Its last level is timestep 0 without fresh noise; ours would be noised.
        yield table_case(name, tcd, [vp(t) for t in tcd.timesteps], steps=4, eta=gamma)

    for name, options in [
        ("sa-solver", dict()), ("sa-solver-3", dict(predictor_order=3, corrector_order=4)),
        ("sa-solver-1", dict(predictor_order=1, corrector_order=1)),
        ("sa-solver-half", dict(predictor_order=2, corrector_order=2)),
        ("sa-solver-3-2", dict(predictor_order=3, corrector_order=2)),
    ]:
        tau = 0.5**0.5 if name == "sa-solver-half" else 1.0
        sa = discrete(
            D.SASolverScheduler, prediction_type="v_prediction", lower_order_final=False,
            timestep_spacing="trailing", tau_func=lambda t, tau=tau: torch.tensor(tau), **options)
        sa.set_timesteps(8)
        levels = [vp(t) for t in sa.timesteps]
        sa.sigmas = torch.tensor([s / a for a, s in levels] + [0.0], dtype=torch.float64)
        yield table_case(name, sa, levels, steps=7)


def sigma_case(name, scheduler, evaluations=1):
    """Schedulers in Karras' sigma, with one or two evaluations a step."""
    sigmas = karras()
    x = first = start() * sigmas[0]
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        scheduler.is_scale_input_called = True
        for index in range(len(sigmas) - 1):
            for half in range(evaluations if sigmas[index + 1] > 0 else 1):
                a, b = sigmas[index], sigmas[index + 1]
                down = b * b / a if isinstance(scheduler, D.KDPM2AncestralDiscreteScheduler) else b
                sigma = float(a if half == 0 else (a * down).sqrt())
                v = network(x, (1.0, sigma))[0]
                t = scheduler.timesteps[index * evaluations + half]
                x = scheduler.step(v, t, x).prev_sample
            trajectory.append(floats(x))
    return case(name, [(1.0, float(s)) for s in sigmas], first, trajectory)


def sigmas_of():
    sigmas = karras()

    euler = discrete(D.EulerAncestralDiscreteScheduler, prediction_type="v_prediction")
    euler.set_timesteps(8)
    euler.sigmas = sigmas
    yield sigma_case("euler-ancestral", euler)

    kdpm = discrete(D.KDPM2AncestralDiscreteScheduler, prediction_type="v_prediction")
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

    sde = discrete(D.DPMSolverSDEScheduler, prediction_type="v_prediction")
    sde.set_timesteps(8)
    sde.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
    sde.noise_sampler = path
    yield sigma_case("dpmpp-sde", sde, evaluations=2)

    yield multistep("dpmpp-2m-sde", "midpoint")
    yield multistep("dpmpp-2m-sde-heun", "heun")
    yield multistep("dpm-2m-sde", "midpoint", "sde-dpmsolver")


def multistep(name, solver, algorithm="sde-dpmsolver++"):
    scheduler = discrete(
        D.DPMSolverMultistepScheduler, prediction_type="v_prediction", algorithm_type=algorithm,
        solver_type=solver, lower_order_final=False, timestep_spacing="trailing",
        final_sigmas_type="zero" if algorithm.endswith("++") else "sigma_min")
    scheduler.set_timesteps(8)
    levels = [vp(t) for t in scheduler.timesteps] + [(1.0, 0.0)]
    scheduler.sigmas = torch.tensor([s / a for a, s in levels], dtype=torch.float64)
    x = first = start()
    trajectory = []
    with injected(module_of(scheduler), Noise()):
        for t, a, b in zip(scheduler.timesteps, levels, levels[1:]):
            # The algorithm for the noise divides by zero in the last step, which is the estimate.
            if b[1] == 0 and algorithm == "sde-dpmsolver":
                trajectory.append(floats(network(x, a)[1]))
                break
            noise = path(a[1] / a[0], b[1] / b[0]) if b[1] > 0 else torch.zeros(SHAPE)
            x = scheduler.step(network(x, a)[0], t, x, variance_noise=noise).prev_sample
            trajectory.append(floats(x))
    return case(name, levels, first, trajectory)


def flows():
    inner = [1.0, 0.9, 0.75, 0.55, 0.3, 0.12]
    times = inner + [0.0]
    levels = [(1 - t, t) for t in times]
    for name, scheduler, given in [
        ("euler-ancestral-flow", LTX.LTXEulerAncestralRFScheduler(eta=1.0), times),
        ("euler-ancestral-flow-half", LTX.LTXEulerAncestralRFScheduler(eta=0.5), times),
        ("flow-stochastic", D.FlowMatchEulerDiscreteScheduler(stochastic_sampling=True), inner),
        ("flow-lcm", D.FlowMatchLCMScheduler(), inner),
    ]:
        scheduler.set_timesteps(sigmas=given)
        yield flow_case(name, scheduler, times, levels)


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
    scheduler = D.CMStochasticIterativeScheduler(clip_denoised=False)
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
    """Predictor and corrector, but for the correction at the first level; each sample alone."""
    scheduler = D.ScoreSdeVeScheduler(snr=0.16, sigma_min=0.05, sigma_max=20.0)
    scheduler.set_timesteps(6)
    scheduler.set_sigmas(6)
    count = 6
    table = torch.exp(torch.linspace(math.log(0.05), math.log(20.0), count, dtype=torch.float64))
    scheduler.discrete_sigmas = table
    scheduler.timesteps = torch.linspace(1, 0, count, dtype=torch.float64)
    sigmas, rows = table.flip(0), []
    first = start() * sigmas[0]
    for index, x in enumerate(first.chunk(2)):
        draw, row = Noise(SEEDS[index : index + 1]), []
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
    OUTPUT.write_text(json.dumps(dict(shape=SHAPE, seeds=SEEDS, cases=cases)) + "\n")
