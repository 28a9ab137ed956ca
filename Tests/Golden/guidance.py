"""Golden guided estimates, by diffusers 0.42.1, kornia 0.9.0 and torch 2.13.0; seed 5.

Writes, beside the tests that read it:
  DiffusionTests/guidance.json  estimates, what each of diffusers' guiders makes of them, thresholds

Guiders that go through float32 on the way are held in float64, so that only the formula is
compared.
"""

import importlib.metadata
import json
import pathlib
import sys

import torch

# It is not needed here, and a version of it that does not fit would stop diffusers.
sys.modules["torchvision"] = None
import diffusers  # noqa: E402
from diffusers import DDPMScheduler  # noqa: E402
from diffusers.guiders import (  # noqa: E402
    AdaptiveProjectedGuidance,
    AdaptiveProjectedMixGuidance,
    AutoGuidance,
    ClassifierFreeGuidance,
    ClassifierFreeZeroStarGuidance,
    FrequencyDecoupledGuidance,
    MagnitudeAwareGuidance,
    PerturbedAttentionGuidance,
    SkipLayerGuidance,
    SmoothedEnergyGuidance,
    TangentialClassifierFreeGuidance,
)
from diffusers.guiders.adaptive_projected_guidance import MomentumBuffer  # noqa: E402
from diffusers.pipelines.deprecated.stable_diffusion_sag.pipeline_stable_diffusion_sag import (  # noqa: E402,E501
    gaussian_blur_2d,
)

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert importlib.metadata.version("kornia") == "0.9.0"
assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "DiffusionTests/guidance.json"
torch.Tensor.float = torch.Tensor.double

SHAPE = (2, 2, 3, 3)
generator = torch.Generator().manual_seed(5)


def draw(shape=SHAPE):
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def floats(tensor):
    return [float(v) for v in tensor.flatten()]


# Three steps of a run, in which the two estimates are alike but not the same.
COND = [draw() for _ in range(3)]
UNCOND = [0.7 * cond + 0.5 * draw() for cond in COND]
WORSE = [0.8 * cond + 0.4 * draw() for cond in COND]


def run(name, guider, *others, first=0, cond=COND):
    """What a guider makes of the three steps."""
    steps = []
    for step, inputs in enumerate(zip(cond, *others)):
        guider.set_state(step=first + step, num_inference_steps=10, timestep=torch.tensor([500]))
        steps.append(floats(guider.forward(*inputs).pred))
    return dict(name=name, steps=steps)


def apg(momentum, rescale, eta, scale):
    guider = AdaptiveProjectedGuidance(
        guidance_scale=scale, adaptive_projected_guidance_momentum=momentum,
        adaptive_projected_guidance_rescale=rescale, eta=eta, use_original_formulation=True)
    if momentum is not None:
        guider.momentum_buffer = MomentumBuffer(momentum)
    return guider


def cases():
    yield run("cfg", ClassifierFreeGuidance(guidance_scale=7.5), UNCOND)
    yield run(
        "cfg-rescaled", ClassifierFreeGuidance(guidance_scale=7.5, guidance_rescale=0.7), UNCOND)
    zero = ClassifierFreeZeroStarGuidance(guidance_scale=4.0, zero_init_steps=1)
    yield run("cfg-zero-star", zero, UNCOND)
    yield run("tcfg", TangentialClassifierFreeGuidance(guidance_scale=5.0), UNCOND)
    # Its norm fails over more than two dimensions.
    tokens = lambda tensors: [t.flatten(2) for t in tensors]  # noqa: E731
    yield run(
        "mambo-g", MagnitudeAwareGuidance(guidance_scale=10.0, alpha=0.8), tokens(UNCOND),
        cond=tokens(COND))
    # In the original formulation their scale is ours less 1.
    yield run("apg", apg(None, 0.0, 0.0, 6.0), UNCOND)
    yield run("apg-norm", apg(None, 1.5, 0.3, 6.0), UNCOND)
    yield run("apg-momentum", apg(-0.5, 2.5, 0.0, 6.0), UNCOND)
    mix = AdaptiveProjectedMixGuidance(
        guidance_scale=3.5, adaptive_projected_guidance_scale=6.0,
        adaptive_projected_guidance_momentum=-0.5, adaptive_projected_guidance_rescale=2.5,
        adaptive_projected_guidance_start_step=0, use_original_formulation=True)
    mix.momentum_buffer = MomentumBuffer(-0.5)
    yield run("apg-mix", mix, UNCOND)
    layers = dict(auto_guidance_layers=[0], dropout=1.0)
    yield run("auto", AutoGuidance(guidance_scale=2.5, **layers), WORSE)
    # The first steps of these have no second guidance.
    kwargs = dict(guidance_scale=5.0)
    skip = SkipLayerGuidance(
        skip_layer_guidance_scale=2.8, skip_layer_guidance_start=0.0,
        skip_layer_guidance_stop=1.0, skip_layer_guidance_layers=[0], **kwargs)
    yield run("skip-layer", skip, UNCOND, WORSE, first=1)
    perturbed = PerturbedAttentionGuidance(
        perturbed_guidance_scale=2.8, perturbed_guidance_start=0.0, perturbed_guidance_stop=1.0,
        perturbed_guidance_layers=[0], **kwargs)
    yield run("perturbed", perturbed, UNCOND, WORSE, first=1)
    smoothed = SmoothedEnergyGuidance(
        seg_guidance_scale=2.8, seg_guidance_start=0.0, seg_guidance_stop=1.0,
        seg_guidance_layers=[0], **kwargs)
    yield run("smoothed", smoothed, UNCOND, WORSE, first=1)
    alone = PerturbedAttentionGuidance(
        guidance_scale=1.0, perturbed_guidance_scale=2.8, perturbed_guidance_start=0.0,
        perturbed_guidance_stop=1.0, perturbed_guidance_layers=[0])
    yield run("perturbed-alone", alone, UNCOND, WORSE, first=1)


def thresholds():
    x0 = 1.5 * draw((3, 2, 5, 5))
    x0[2] *= 0.1
    for quantile, limit in [(0.995, 10.0), (0.9, 10.0), (0.9, 1.4)]:
        scheduler = DDPMScheduler(
            thresholding=True, dynamic_thresholding_ratio=quantile, sample_max_value=limit)
        held = scheduler._threshold_sample(x0)
        yield dict(
            quantile=quantile, limit=limit, shape=list(x0.shape), x0=floats(x0), held=floats(held))


def blur():
    torch.set_default_dtype(torch.float64)
    x = draw((2, 2, 6, 7))
    blurred = gaussian_blur_2d(x, kernel_size=9, sigma=1.0)
    return dict(shape=list(x.shape), x=floats(x), blurred=floats(blurred))


def frequencies():
    """Two and three bands, of pictures whose sides can be halved often enough."""
    torch.set_default_dtype(torch.float64)
    cond, uncond = draw((2, 2, 8, 16)), draw((2, 2, 8, 16))
    cases = []
    for scales, parallel in [([5.0, 2.0], None), ([7.5, 3.0, 1.5], [0.3, 0.3, 0.3])]:
        guider = FrequencyDecoupledGuidance(guidance_scales=scales, parallel_weights=parallel)
        guider.set_state(step=0, num_inference_steps=10, timestep=torch.tensor([500]))
        guided = guider.forward(cond, uncond).pred
        cases.append(dict(
            scales=scales, parallel=1.0 if parallel is None else parallel[0],
            guided=floats(guided)))
    return dict(shape=list(cond.shape), cond=floats(cond), uncond=floats(uncond), cases=cases)


OUTPUT.write_text(
    json.dumps(
        dict(
            shape=SHAPE, cond=[floats(t) for t in COND], uncond=[floats(t) for t in UNCOND],
            worse=[floats(t) for t in WORSE], cases=list(cases()), thresholds=list(thresholds()),
            blur=blur(), frequencies=frequencies(),
        )
    )
    + "\n"
)
