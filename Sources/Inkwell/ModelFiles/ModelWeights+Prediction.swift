internal import Checkpoints
internal import Models
internal import Torch

extension ModelWeights {
  static let knownMarks: Set<String> = ["v_pred", "ztsnr", mostSigma, leastSigma]

  /// The largest `sigma / alpha` of a model that was trained on a range of noise levels, and the
  /// smallest: what ComfyUI and stable-diffusion.cpp know CosXL by.
  private static let mostSigma = "edm_vpred.sigma_max"
  private static let leastSigma = "edm_vpred.sigma_min"

  /// Whether it was trained on a range of noise levels and no chain.
  var isContinuous: Bool { family.isXL && marks[Self.mostSigma] != nil }

  /// The channels of the latents and of what a task adds to them.
  var inputs: Int {
    weights.first { $0.tensor.name == "unet.conv_in.weight" }?.tensor.shape[1] ?? 4
  }

  /// The sizes of the denoiser and of its pictures, as they were published.
  var unetConfiguration: UNet2DConditionConfiguration {
    get throws {
      var sizes = family.unetConfiguration(inputs: inputs)
      // Stable Diffusion 2's first models, which predict noise, draw at the size of version 1.
      if family.name == "sd2", try !predictsVelocity { sizes.sampleSize = [64, 64] }
      return sizes
    }
  }

  /// The scheduler that diffusers gives to such a model.
  var scheduler: PublishedScheduler {
    get throws {
      if isContinuous, let most = marks[Self.mostSigma] {
        return PublishedScheduler(sigmas: marks[Self.leastSigma] ?? 0.002, most)
      }
      return PublishedScheduler(
        family, predictsVelocity: try predictsVelocity, hasZeroTerminalSNR: marks["ztsnr"] != nil)
    }
  }

  /// Whether the denoiser outputs `v`, which no weight's name says.
  ///
  /// A writer can note it as `modelspec.prediction_type`, or by a tensor called `v_pred`. Without
  /// that, Stable Diffusion 2 is told by ComfyUI's rule of thumb (`SD20.model_type`): where the
  /// last transformer's first normalization has biases whose deviation is above 0.09, it is `v`.
  private var predictsVelocity: Bool {
    get throws {
      if marks["v_pred"] != nil || family.isEnlarger { return true }
      switch metadata["modelspec.prediction_type"] {
      case "v", "v_prediction": return true
      case "epsilon": return false
      default: break
      }
      let name = "unet.up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
      guard family.name == "sd2", inputs == 4,
        let weight = weights.first(where: { $0.tensor.name == name })
      else { return false }
      let bias = try weight.numbers().converted(to: .float32)
      return try checked {
        bias.variance(dims: [0], correction: 0).squareRoot().item()
      } > 0.09
    }
  }
}
