"""Golden tables of noise schedules, by diffusers 0.42.1, k-diffusion 0.1.1.post1 and scipy 1.17.1.

Writes, beside the tests that read it:
  DiffusionTests/schedules.json  tables of alphaBar, spacings of sigma, shifts, Beta quantiles

Nothing here is random. The references keep most tables in float32, so those are compared to within
its rounding; spacings that they compute in float64 are compared closely.
"""

import importlib.metadata
import importlib.util
import json
import pathlib
import sys
import types

import numpy as np
import scipy.stats
import torch

sys.modules["torchvision"] = None
import diffusers  # noqa: E402
from diffusers import (  # noqa: E402
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.pipelines.flux.pipeline_flux import calculate_shift  # noqa: E402
from diffusers.pipelines.mochi.pipeline_mochi import linear_quadratic_schedule  # noqa: E402
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr  # noqa: E402
from diffusers.schedulers.scheduling_ddpm import betas_for_alpha_bar  # noqa: E402
from diffusers.schedulers.scheduling_utils import AysSchedules  # noqa: E402

# The package's __init__ brings in what nobody here needs, so it is passed over.
package = types.ModuleType("k_diffusion")
package.__path__ = importlib.util.find_spec("k_diffusion").submodule_search_locations
sys.modules["k_diffusion"] = package
sys.modules["k_diffusion.utils"] = types.ModuleType("k_diffusion.utils")
package.utils = sys.modules["k_diffusion.utils"]
import k_diffusion.sampling as kd  # noqa: E402

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert importlib.metadata.version("k-diffusion") == "0.1.1.post1"
assert scipy.__version__ == "1.17.1", scipy.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/schedules.json"

STEPS = [1, 2, 7, 12]
SCALED = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def floats(values):
    return [float(v) for v in values]


def alpha_bars():
    """Every 37th value of a table of 1000."""
    sigmoid = DDPMScheduler(beta_schedule="sigmoid").alphas_cumprod
    yield "sigmoid", floats(sigmoid[::37])
    for name in ["laplace", "exp"]:
        betas = betas_for_alpha_bar(1000, alpha_transform_type=name)
        yield name, floats(torch.cumprod(1 - betas.double(), 0)[::37])
    betas = DDPMScheduler(**SCALED).betas.double()
    rescaled = rescale_zero_terminal_snr(betas)
    yield "zero-terminal", floats(torch.cumprod(1 - rescaled, 0)[::37])


def k_diffusion():
    """Levels from 80 to 0.002, and those of the VP process, without the final zero."""
    torch.set_default_dtype(torch.float64)
    for n in STEPS:
        yield "karras", n, floats(kd.get_sigmas_karras(n, 0.002, 80.0)[:-1])
        yield "exponential", n, floats(kd.get_sigmas_exponential(n, 0.002, 80.0)[:-1])
        yield "polyexponential", n, floats(kd.get_sigmas_polyexponential(n, 0.002, 80.0, 2.0)[:-1])
        yield "vp", n, floats(kd.get_sigmas_vp(n)[:-1])
    torch.set_default_dtype(torch.float32)


def over_table():
    """diffusers' spacings of sigma over Stable Diffusion's table."""
    for n in STEPS:
        for name, kind, flag in [
            ("karras", EulerDiscreteScheduler, "use_karras_sigmas"),
            ("exponential", EulerDiscreteScheduler, "use_exponential_sigmas"),
            ("beta", EulerDiscreteScheduler, "use_beta_sigmas"),
            ("lu", DPMSolverMultistepScheduler, "use_lu_lambdas"),
        ]:
            # Euler takes the ends from the spacing: linspace has both.
            if kind is EulerDiscreteScheduler and n == 1:
                continue
            extra = dict(timestep_spacing="linspace") if kind is EulerDiscreteScheduler else {}
            scheduler = kind(**SCALED, **{flag: True}, **extra)
            # The same table in float64, so that only the spacing is compared.
            betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
            scheduler.alphas_cumprod = torch.cumprod(1 - betas, 0)
            scheduler.set_timesteps(n)
            yield name, n, floats(scheduler.sigmas[:-1])


def flows():
    """Shifted times, without the final zero."""
    for n in [2, 7, 12]:
        times = np.linspace(1, 1 / n, n)
        for shift in [1.0, 3.0]:
            scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
            scheduler.set_timesteps(sigmas=times)
            yield dict(kind="shift", value=shift, times=floats(scheduler.sigmas[:-1]))
        for kind in ["exponential", "linear"]:
            for length in [256, 1024, 4096, 9000]:
                mu = calculate_shift(length)
                scheduler = FlowMatchEulerDiscreteScheduler(
                    use_dynamic_shifting=True, time_shift_type=kind)
                scheduler.set_timesteps(sigmas=times, mu=mu)
                yield dict(
                    kind=kind, value=length, mu=mu, times=floats(scheduler.sigmas[:-1]))
        quadratic = linear_quadratic_schedule(n, 0.025)
        yield dict(kind="linear-quadratic", value=0.025, times=floats(quadratic))


def beta_quantiles():
    for a, b in [(0.6, 0.6), (0.5, 0.7), (1.0, 1.0), (2.0, 5.0), (30.0, 12.0)]:
        for p in [1e-9, 0.001, 0.1, 0.25, 0.5, 0.8, 0.99, 1 - 1e-6]:
            yield dict(alpha=a, beta=b, share=p, quantile=float(scipy.stats.beta.ppf(p, a, b)))


def spacing_rows(rows):
    return [dict(name=name, steps=steps, sigmas=sigmas) for name, steps, sigmas in rows]


OUTPUT.write_text(
    json.dumps(
        dict(
            tables=dict(alpha_bars()),
            continuous=spacing_rows(k_diffusion()),
            discrete=spacing_rows(over_table()),
            flows=list(flows()),
            quantiles=list(beta_quantiles()),
            alignYourSteps={
                name: values for name, values in AysSchedules.items() if name.endswith("Sigmas")},
        )
    )
    + "\n"
)
