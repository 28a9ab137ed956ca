// Written by Tests/Scripts/pin-samplers.py from what `inkwell verify --json` measured.

extension SamplerPin {
  /// The samplers of the catalogue, by name.
  static let measured: [String: SamplerPin] = [
    "ddpm": SamplerPin(
      errors: [0.61137, 0.41351, 0.20612, 0.11179],
      short: 0.21871, slack: 0.061, variance: 0.042, mixture: 0.077),
    "ddpm-large": SamplerPin(
      errors: [2.2241, 0.75034, 0.24178, 0.11286],
      short: 0.31023, slack: 0.02, variance: 0.038, mixture: 0.039),
    "ddim": SamplerPin(
      errors: [0.34413, 0.071008, 0.024162, 0.011639],
      short: 0.048837, slack: 0.02, variance: 0.02, mixture: 0.028),
    "euler": SamplerPin(
      errors: [0.34413, 0.071008, 0.024162, 0.011639],
      short: 0.048837, slack: 0.02, variance: 0.02, mixture: 0.028),
    "heun": SamplerPin(
      errors: [0.63829, 0.097355, 0.010183, 0.0022943],
      short: 0.0046336, slack: 0.02, variance: 0.00034, mixture: 0.00079),
    "heunpp2": SamplerPin(
      errors: [0.76202, 0.5037, 0.085089, 0.035509],
      short: 0.0049515, slack: 0.02, variance: 0.02, mixture: 0.027),
    "dpmpp-2m": SamplerPin(
      errors: [0.17721, 0.025111, 0.0027282, 0.00061898],
      short: 0.0047012, slack: 0.02, variance: 0.00034, mixture: 0.00075),
    "dpmpp-3m": SamplerPin(
      errors: [0.2591, 0.016209, 0.00031231, 9.4297e-05],
      short: 0.005478, slack: 0.334, variance: 8.7e-05, mixture: 0.00018),
    "dpmpp-3m-corrected": SamplerPin(
      errors: [0.49098, 0.026859, 0.0010714, 0.00010439],
      short: 0.0070216, slack: 0.02, variance: 1.2e-05, mixture: 5.4e-05),
    "dpmpp-2s": SamplerPin(
      errors: [0.21478, 0.026782, 0.0039496, 0.0010188],
      short: 0.0028594, slack: 0.035, variance: 0.0002, mixture: 0.00051),
    "dpmpp-3s": SamplerPin(
      errors: [0.057887, 0.019018, 0.000638, 3.889e-05],
      short: 5.7802e-05, slack: 0.039, variance: 1.3e-06, mixture: 2.2e-06),
    "dpm-2m": SamplerPin(
      errors: [0.0071978, 0.001701, 0.00033585, 9.5716e-05],
      short: 0.0038838, slack: 0.103, variance: 5.9e-05, mixture: 0.00025),
    "dpm-3m": SamplerPin(
      errors: [0.012967, 0.0025987, 0.00033715, 6.3747e-05],
      short: 0.0069466, slack: 0.02, variance: 3.5e-05, mixture: 0.00011),
    "dpm2": SamplerPin(
      errors: [0.50884, 0.053288, 0.0060115, 0.0013762],
      short: 0.0045316, slack: 0.02, variance: 0.0002, mixture: 0.00045),
    "dpm-3s": SamplerPin(
      errors: [0.13572, 0.023165, 0.00092178, 7.9078e-05],
      short: 0.0002003, slack: 0.02, variance: 1.1e-06, mixture: 2.2e-06),
    "dpm-fast": SamplerPin(
      errors: [0.048632, 0.010455, 0.0010402, 4.8016e-05],
      short: 0.014356, slack: 0.02, variance: 3.2e-06, mixture: 4.6e-05),
    "dpm-adaptive": SamplerPin(
      errors: [nil, nil, 0.002899, 9.0524e-05],
      short: 0.00021134, slack: 0.02, variance: 1.1e-06, mixture: 0.0),
    "deis": SamplerPin(
      errors: [0.016654, 0.0022199, 0.00025208, 3.2164e-05],
      short: 0.008129, slack: 0.02, variance: 5.5e-06, mixture: 1.5e-05),
    "tab-deis": SamplerPin(
      errors: [0.012458, 0.0033644, 0.00046836, 7.8635e-05],
      short: 0.0099967, slack: 0.213, variance: 2.4e-05, mixture: 2e-05),
    "unipc": SamplerPin(
      errors: [0.15802, 0.0072986, 0.00042558, 5.3211e-05],
      short: 0.0093656, slack: 0.02, variance: 1.8e-05, mixture: 8.3e-05),
    "unipc-bh1": SamplerPin(
      errors: [0.61394, 0.015589, 0.00070017, 8.3189e-05],
      short: 0.014558, slack: 0.02, variance: 2.8e-05, mixture: 0.00015),
    "unipc-3": SamplerPin(
      errors: [0.56207, 0.011455, 0.00013547, 8.4053e-06],
      short: 0.0053625, slack: 0.02, variance: 1.8e-06, mixture: 4e-06),
    "res-multistep": SamplerPin(
      errors: [0.29381, 0.035496, 0.0036888, 0.00083076],
      short: 0.0075116, slack: 0.02, variance: 0.00047, mixture: 0.0011),
    "res-2s": SamplerPin(
      errors: [0.030181, 0.0112, 0.0011029, 0.00029881],
      short: 0.00073767, slack: 0.052, variance: 6.5e-05, mixture: 0.0002),
    "lms": SamplerPin(
      errors: [0.073551, 0.0095949, 0.00053469, 4.1952e-05],
      short: 0.013894, slack: 0.121, variance: 5.2e-06, mixture: 4.9e-05),
    "plms": SamplerPin(
      errors: [0.040428, 0.0036273, 0.00067622, 0.00017118],
      short: 0.0041437, slack: 0.02, variance: 0.00012, mixture: 0.00029),
    "pndm": SamplerPin(
      errors: [4.3713, 0.0079675, 0.0009434, 0.00020261],
      short: 0.0063849, slack: 0.02, variance: 0.00012, mixture: 0.00029),
    "ipndm": SamplerPin(
      errors: [0.02677, 0.0036025, 0.00065034, 0.00016764],
      short: 0.015959, slack: 0.02, variance: 0.00012, mixture: 0.00029),
    "ipndm-v": SamplerPin(
      errors: [0.073551, 0.0095949, 0.00053469, 4.1952e-05],
      short: 0.013894, slack: 0.121, variance: 5.2e-06, mixture: 4.9e-05),
    "gradient-estimation": SamplerPin(
      errors: [0.068882, 0.038003, 0.018879, 0.010248],
      short: 0.028889, slack: 0.076, variance: 0.02, mixture: 0.026),
    "rk4": SamplerPin(
      errors: [15.156, 0.12605, 0.0024883, 8.5549e-05],
      short: 3.9165e-05, slack: 0.02, variance: 1.1e-06, mixture: 1.4e-06),
    "euler-ancestral": SamplerPin(
      errors: [0.61137, 0.41351, 0.20612, 0.11179],
      short: 0.21871, slack: 0.061, variance: 0.042, mixture: 0.077),
    "euler-ancestral-flow": SamplerPin(
      errors: [0.58863, 0.39835, 0.20148, 0.11033],
      short: 0.20906, slack: 0.068, variance: 0.042, mixture: 0.077),
    "dpm2-ancestral": SamplerPin(
      errors: [6.8338, 1.1401, 0.13434, 0.031421],
      short: 0.052819, slack: 0.02, variance: 0.00089, mixture: 0.051),
    "dpmpp-2s-ancestral": SamplerPin(
      errors: [0.66696, 0.32983, 0.089667, 0.026321],
      short: 0.037462, slack: 0.05, variance: 0.00087, mixture: 0.052),
    "dpmpp-sde": SamplerPin(
      errors: [0.52106, 0.24142, 0.05691, 0.01472],
      short: 0.020417, slack: 0.02, variance: 0.00039, mixture: 0.034),
    "dpmpp-2m-sde": SamplerPin(
      errors: [0.3645, 0.21654, 0.033197, 0.0078906],
      short: 0.033863, slack: 0.02, variance: 0.0009, mixture: 0.034),
    "dpmpp-2m-sde-heun": SamplerPin(
      errors: [1.8494, 0.58702, 0.061115, 0.013656],
      short: 0.006474, slack: 0.02, variance: 0.0016, mixture: 0.034),
    "dpmpp-3m-sde": SamplerPin(
      errors: [3.8391, 0.0066331, 0.012917, 0.0035882],
      short: 0.023046, slack: 0.064, variance: 0.00045, mixture: 0.035),
    "dpmpp-3m-sde-corrected": SamplerPin(
      errors: [5.83, 0.22167, 0.00068454, 0.0010167],
      short: 0.035886, slack: 0.133, variance: 0.00019, mixture: 0.035),
    "dpm-2m-sde": SamplerPin(
      errors: [215.48, 0.046322, 0.0080065, 0.0019684],
      short: 0.016774, slack: 0.02, variance: 0.00023, mixture: 0.035),
    "seeds-3": SamplerPin(
      errors: [0.49042, 0.06133, 0.0020304, 0.0025653],
      short: 0.001922, slack: 0.204, variance: 9.3e-05, mixture: 0.037),
    "heun-stochastic": SamplerPin(
      errors: [3.3399, 0.72485, 0.14195, 0.054616],
      short: 0.10722, slack: 0.081, variance: 0.003, mixture: 0.055),
    "sa-solver": SamplerPin(
      errors: [72.948, 4.6406, 0.082779, 0.014182],
      short: 0.12286, slack: 0.02, variance: 0.0013, mixture: 0.052),
    "er-sde": SamplerPin(
      errors: [0.22926, 0.044397, 0.0048287, 0.0010655],
      short: 0.032326, slack: 0.02, variance: 0.00012, mixture: 0.039),
    "restart": SamplerPin(
      errors: [8.8686, 1.4086, 0.14893, 0.031138],
      short: 0.018496, slack: 0.02, variance: 0.00033, mixture: 0.06),
    "lcm": SamplerPin(
      errors: [2.2204e-16, 2.2204e-16, 5.5511e-16, 6.6613e-16],
      short: 0, slack: 0.02, variance: 0.0, mixture: 0.0),
    "tcd": SamplerPin(
      errors: [0.76887, 0.84317, 0.81236, 0.76803],
      short: 0, slack: 0.02, variance: 0.0, mixture: 0.0),
    "consistency": SamplerPin(
      errors: [5.5979e-05, 0.00010372, 0.00023144, 0.00042181],
      short: 0, slack: 0.02, variance: 0.0, mixture: 0.0),
    "flow-sde": SamplerPin(
      errors: [0.12385, 0.098861, 0.048124, 0.025531],
      short: 0.047118, slack: 0.047, variance: 0.0093, mixture: 0.048),
    "euler-maruyama": SamplerPin(
      errors: [0.77659, 0.25648, 0.087247, 0.041465],
      short: 0.16304, slack: 0.02, variance: 0.015, mixture: 0.055),
    "reverse-diffusion": SamplerPin(
      errors: [2.2241, 0.75034, 0.24178, 0.11286],
      short: 0.31023, slack: 0.02, variance: 0.038, mixture: 0.039),
    "predictor-corrector": SamplerPin(
      errors: [0.79748, 0.59626, 0.3351, 0.18469],
      short: 0.20325, slack: 0.02, variance: 0.022, mixture: 0.033),
  ]
}
