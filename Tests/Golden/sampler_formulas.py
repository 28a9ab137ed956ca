"""Golden trajectories of samplers that no package steps through as they are; seeds 3, 7 and 11.

By diffusers 0.42.1, k-diffusion 0.1.1.post1, scipy 1.17.1 and torch 2.13.0.

Writes, beside the tests that read it:
  DiffusionTests/sampler_formulas.json  levels, starts and the samples after every step

The network, the noise and the type are those of `stochastic_samplers.py`. Parts of diffusers and
k-diffusion are called one by one where they have a step, as the name of a case says; the others are
computed here from their papers, because what has them (ComfyUI, RES4LYF, the authors' own code) is
not a package: Heun++ (ComfyUI's formula), tAB-DEIS (Zhang & Chen 2023), RES-2S (Zhang et al. 2023),
gradient estimation (Permenter & Yuan 2024), ER-SDE (Cui et al. 2023, its integrals by quadrature
where the authors' code sums over a hundred points), SEEDS-3 (Gonzalez et al. 2023), Runge and Kutta's
method, and the reverse diffusion predictor of Song et al. 2021, equation 46.
"""

import json
import math
import pathlib

import scipy
import scipy.integrate
import torch
from diffusers.schedulers.deprecated import scheduling_sde_vp
from diffusers.schedulers import scheduling_rfd4_proteina

from stochastic_samplers import (
    D,
    K,
    SEEDS,
    SHAPE,
    Noise,
    case,
    floats,
    injected,
    karras,
    karras_case,
    model,
    network,
    path,
    start,
)

assert scipy.__version__ == "1.17.1", scipy.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/sampler_formulas.json"


def x0_of(x, level):
    return network(x, level)[1]


def exploding():
    return [(1.0, float(s)) for s in karras()]


def preserving(sigmas):
    return [(1 / math.hypot(1, s), s / math.hypot(1, s)) for s in map(float, sigmas)]


def run(name, levels, step):
    """`step` is given the samples and the number of the step; the last step is the estimate."""
    x = first = start() * levels[0][1]
    trajectory = []
    for i in range(len(levels) - 1):
        x = step(x, i) if levels[i + 1][1] > 0 else x0_of(x, levels[i])
        trajectory.append(floats(x))
    return case(name, levels, first, trajectory)


def quad(f, a, b):
    return scipy.integrate.quad(f, a, b, epsabs=0, epsrel=1e-13, limit=200)[0]


# From the papers


def heunpp2():
    s = [sigma for _, sigma in exploding()]

    def d(x, i):
        return (x - x0_of(x, (1.0, s[i]))) / s[i]

    def step(x, i):
        one = d(x, i)
        x2 = x + (s[i + 1] - s[i]) * one
        two = d(x2, i + 1)
        if s[i + 2] == 0:
            w2 = s[i + 1] / (2 * s[0])
            mean = (1 - w2) * one + w2 * two
        else:
            three = d(x2 + (s[i + 2] - s[i + 1]) * two, i + 2)
            w2, w3 = s[i + 1] / (3 * s[0]), s[i + 2] / (3 * s[0])
            mean = (1 - w2 - w3) * one + w2 * two + w3 * three
        return x + (s[i + 1] - s[i]) * mean

    return run("heunpp2", exploding(), step)


def tab_deis():
    s = [sigma for _, sigma in exploding()]
    low, high = 0.1, 20.0

    def time(sigma):
        b = math.log1p(sigma * sigma)
        return 2 * b / (low + math.sqrt(low * low + 2 * (high - low) * b))

    past = []

    def step(x, i):
        past.insert(0, (x - x0_of(x, (1.0, s[i]))) / s[i])
        count = min(i + 1, 3)
        nodes = [time(s[i - k]) for k in range(count)]
        for j in range(count):
            def integrand(u, j=j):
                sigma = math.exp(u)
                others = [nodes[k] for k in range(count) if k != j]
                return sigma * math.prod((time(sigma) - t) / (nodes[j] - t) for t in others)

            x = x + quad(integrand, math.log(s[i]), math.log(s[i + 1])) * past[j]
        return x

    return run("tab-deis", exploding(), step)


def res_2s():
    s = [sigma for _, sigma in exploding()]

    def step(x, i):
        h = math.log(s[i] / s[i + 1])
        phi1 = lambda z: math.expm1(z) / z  # noqa: E731
        phi2 = lambda z: (phi1(z) - 1) / z  # noqa: E731
        b2 = phi2(-h) / 0.5
        b1 = phi1(-h) - b2
        one = x0_of(x, (1.0, s[i])) - x
        x2 = x + h * 0.5 * phi1(-h / 2) * one
        two = x0_of(x2, (1.0, s[i] * math.exp(-h / 2))) - x
        return x + h * (b1 * one + b2 * two)

    return run("res-2s", exploding(), step)


def gradient_estimation():
    s = [sigma for _, sigma in exploding()]
    last = []

    def step(x, i):
        d = (x - x0_of(x, (1.0, s[i]))) / s[i]
        mean = 2 * d - last[-1] if last else d
        last.append(d)
        return x + (s[i + 1] - s[i]) * mean

    return run("gradient-estimation", exploding(), step)


def runge_kutta(name, levels, derivative):
    """`derivative` is by the second number of a pair, which also tells the level."""

    def step(x, i):
        a, b = levels[i][1], levels[i + 1][1]
        if name == "rk4":
            a, b = math.log(a), math.log(b)
        h, m = b - a, (a + b) / 2
        k1 = derivative(x, a)
        k2 = derivative(x + h / 2 * k1, m)
        k3 = derivative(x + h / 2 * k2, m)
        k4 = derivative(x + h * k3, b)
        return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    return run(name, levels, step)


def rk4():
    yield runge_kutta("rk4", exploding(), lambda x, u: x - x0_of(x, (1.0, math.exp(u))))
    times = [1.0, 0.9, 0.75, 0.55, 0.3, 0.12, 0.0]
    yield runge_kutta(
        "rk4-flow", [(1 - t, t) for t in times],
        lambda x, t: (x - x0_of(x, (1 - t, t))) / t)


def er_sde(name, scale, order):
    levels, noise = exploding(), Noise()
    s = [sigma for _, sigma in levels]
    past, slopes = [], []

    def step(x, i):
        x0 = x0_of(x, levels[i])
        t, u = s[i], s[i + 1]
        ratio = scale(u) / scale(t)
        y = ratio * x + (1 - ratio) * x0
        if i > 0 and order > 1:
            slope = (x0 - past[-1]) / (t - s[i - 1])
            y = y + (u - t + scale(u) * quad(lambda v: 1 / scale(v), u, t)) * slope
            if slopes and order > 2:
                bend = 2 * (slope - slopes[-1]) / (t - s[i - 2])
                weight = (u - t) ** 2 / 2
                weight += scale(u) * quad(lambda v: (v - t) / scale(v), u, t)
                y = y + weight * bend
            slopes.append(slope)
        past.append(x0)
        return y + math.sqrt(u * u - ratio * ratio * t * t) * noise()

    return run(name, levels, step)


def seeds_3():
    s = [sigma for _, sigma in exploding()]

    def step(x, i):
        h = math.log(s[i] / s[i + 1])
        middles = [s[i] * math.exp(-h * r) for r in (1 / 3, 2 / 3)] + [s[i + 1]]

        def phi(k, r):
            z = -2 * r * h
            one = math.expm1(z) / z
            return one if k == 1 else (one - 1) / z

        def at(j, r, weights, estimates, noise):
            # The weights sum up to phi_1; x - x0 falls by the equation's own factor.
            y = math.exp(-2 * r * h) * x + noise
            return y + sum(2 * r * h * w * e for w, e in zip(weights, estimates))

        noise, at_sigma, estimates = 0.0, s[i], [x0_of(x, (1.0, s[i]))]
        for j, r in enumerate((1 / 3, 2 / 3, 1.0)):
            part = math.log(at_sigma / middles[j])
            fresh = middles[j] * math.sqrt(-math.expm1(-2 * part)) * path(at_sigma, middles[j])
            noise, at_sigma = math.exp(-2 * part) * noise + fresh, middles[j]
            if j == 0:
                weights, used = [phi(1, r)], estimates[:1]
            else:
                b = phi(2, r) * r / (j / 3)
                weights, used = [phi(1, r) - b, b], [estimates[0], estimates[j]]
            y = at(j, r, weights, used, noise)
            if j < 2:
                estimates.append(x0_of(y, (1.0, middles[j])))
        return y

    return run("seeds-3", exploding(), step)


def reverse_diffusion():
    levels, noise = preserving(karras()), Noise()

    def step(x, i):
        (a, sigma), (b, _) = levels[i], levels[i + 1]
        beta = 1 - (a / b) ** 2
        score = (a * x0_of(x, levels[i]) - x) / sigma**2
        mean = (2 - math.sqrt(1 - beta)) * x + beta * score
        return mean + math.sqrt(beta) * noise()

    return run("reverse-diffusion", levels, step)


# With parts of diffusers and k-diffusion


def dpmpp_3s():
    """A step's three updates in diffusers, the inner one exact, the last as published."""
    levels = preserving(karras())
    scheduler = D.DPMSolverSinglestepScheduler(solver_order=3)

    def step(x, i):
        a, b = levels[i][1] / levels[i][0], levels[i + 1][1] / levels[i + 1][0]
        sigmas = [a * (b / a) ** r for r in (0, 1 / 3, 2 / 3, 1)]
        scheduler.sigmas = torch.tensor(sigmas)
        inner = preserving(sigmas)
        estimates = [x0_of(x, levels[i])]
        scheduler._step_index = 0
        y = scheduler.dpm_solver_first_order_update(estimates[0], sample=x)
        estimates.append(x0_of(y, inner[1]))
        scheduler._step_index = 1
        scheduler.register_to_config(solver_type="heun")
        y = scheduler.singlestep_dpm_solver_second_order_update(estimates, sample=x)
        estimates.append(x0_of(y, inner[2]))
        scheduler._step_index = 2
        scheduler.register_to_config(solver_type="midpoint")
        return scheduler.singlestep_dpm_solver_third_order_update(estimates, sample=x)

    return run("dpmpp-3s", levels, step)


def dpm_3s():
    solver = K.DPMSolver(model)
    s = karras()

    def step(x, i):
        return solver.dpm_solver_3_step(x, solver.t(s[i]), solver.t(s[i + 1]))[0]

    return run("dpm-3s", exploding(), step)


def flow_sde(eta=0.5):
    """The stochastic step of a flow for proteins, with the noise that bounds it at both ends."""
    times = [0.9, 0.75, 0.55, 0.3, 0.12, 0.0]
    levels = [(1 - t, t) for t in times]
    scheduler = D.RFD4ProteinaScheduler(
        "log", "1/t", tsr_k=1.0, tsr_sigma=1.0, t_lim_ode=2.0, t_lim_ode_below=-1.0)
    scheduler._times = 1 - torch.tensor(times)
    scheduler.timesteps = scheduler._times[:-1]
    scheduler._noise = eta * torch.tensor(times[:-1])

    def step(x, i):
        (a, sigma), (b, next_sigma) = levels[i], levels[i + 1]
        scheduler._step_index = i
        unit = path(sigma / a, next_sigma / b).reshape(2, 4, 1)
        velocity = (x0_of(x, levels[i]) - x) / sigma
        with injected(scheduling_rfd4_proteina, lambda *_, **__: unit):
            moved = scheduler.step(
                velocity.reshape(2, 4, 1), scheduler.timesteps[i], x.reshape(2, 4, 1),
                torch.ones(2, 4, dtype=torch.bool)).prev_sample
        return moved.reshape(SHAPE)

    return run("flow-sde", levels, step)


def score_sde_vp(count=8):
    scheduler = scheduling_sde_vp.ScoreSdeVpScheduler(beta_min=0.1, beta_max=20)
    scheduler.set_timesteps(count)
    times = [1 - i / count for i in range(count)]
    integrals = [0.1 * t + t * t * (20 - 0.1) / 2 for t in times]
    levels = [(math.exp(-b / 2), math.sqrt(-math.expm1(-b))) for b in integrals]
    noise = Noise()

    def step(x, i):
        epsilon = (x - levels[i][0] * x0_of(x, levels[i])) / levels[i][1]
        with injected(scheduling_sde_vp, noise):
            return scheduler.step_pred(epsilon, x, torch.tensor(times[i]))[0]

    return run("score-sde-vp", levels, step)


def inversion(name, order, solver):
    """Up through the levels, the last of diffusers' steps left out: it ends where it begins."""
    sigmas = karras()[:-1].flip(0)
    levels = preserving(sigmas)
    scheduler = D.DPMSolverMultistepInverseScheduler(
        solver_order=order, solver_type=solver, lower_order_final=False)
    scheduler.sigmas = sigmas
    x = first = start()
    trajectory, outputs = [], []
    for i in range(len(levels) - 1):
        scheduler._step_index = i
        outputs.append(x0_of(x, levels[i]))
        used = min(order, len(outputs))
        if used == 1:
            x = scheduler.dpm_solver_first_order_update(outputs[-1], sample=x)
        elif used == 2:
            x = scheduler.multistep_dpm_solver_second_order_update(outputs[-2:], sample=x)
        else:
            x = scheduler.multistep_dpm_solver_third_order_update(outputs[-3:], sample=x)
        trajectory.append(floats(x))
    return case(name, levels, first, trajectory)


def cases():
    yield heunpp2()
    yield tab_deis()
    yield res_2s()
    yield gradient_estimation()
    yield from rk4()
    yield er_sde("er-sde", lambda v: v * (math.exp(v**0.3) + 10), 3)
    yield er_sde("er-sde-2", lambda v: v * v, 2)
    yield seeds_3()
    yield reverse_diffusion()
    yield dpmpp_3s()
    yield dpm_3s()
    yield flow_sde()
    yield score_sde_vp()
    yield karras_case("euler-stochastic", K.sample_euler, s_churn=1.5, s_noise=1.003)
    yield karras_case("dpm2-stochastic", K.sample_dpm_2, s_churn=1.5, s_noise=1.003)


OUTPUT.write_text(
    json.dumps(
        dict(
            shape=SHAPE, seeds=SEEDS, cases=list(cases()),
            inversions=[
                inversion("dpmpp-2m", 2, "midpoint"), inversion("dpmpp-3m", 3, "heun")],
        )
    )
    + "\n"
)
