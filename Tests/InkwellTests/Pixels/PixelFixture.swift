import Foundation
import Modalities
import TestSupport

/// Pictures of 16 x 16, a bright upper half or a bright lower one, and recipes that train on them.
enum PixelFixture {
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    var lines: [String] = []
    for index in 0..<28 {
      let label = index % 2
      var image = Image(width: 16, height: 16, color: .black)
      let shade = UInt8(170 + 3 * index)
      image.draw(
        Image(width: 16, height: 8, color: Color(red: shade, green: shade, blue: shade)), x: 0,
        y: 8 * label)
      try folder.write(image.encoded(as: .png), to: "pictures/\(index).png")
      lines.append(
        """
        {"file_name": "\(index).png", "text": "half", "name": "\(label == 0 ? "up" : "down")", \
        "label": \(label), "split": "\(index < 20 ? "train" : "heldout")"}
        """)
    }
    try folder.write(lines.joined(separator: "\n").utf8, to: "pictures/metadata.jsonl")
    return folder
  }

  static let chain =
    #"{"chain": {"betas": {"linear": {"first": 0.0001, "last": 0.02}}, "#
    + #""timesteps": 1000}}"#
  static let vp = #"{"variancePreserving": {"betaMin": 0.1, "betaMax": 20}}"#

  /// Processes and objectives that go together.
  static let objectives = [
    #""process": \#(chain), "objective": {"denoising": {"prediction": "v", "weighting": "#
      + #"{"uniform": {}}}}"#,
    #""process": \#(vp), "objective": {"score": {"weighting": "variance"}}"#,
    #""process": \#(vp), "objective": {"score": {"weighting": "likelihood"}}"#,
  ]

  static func network(channels: Int = 4, side: Int = 8) -> String {
    """
    "image_size": \(side), "in_channels": \(channels), "out_channels": \(channels), \
    "model_channels": 32, "num_res_blocks": 1, "attention_resolutions": [], \
    "channel_mult": [1], "num_classes": 3, "num_head_channels": 32
    """
  }

  static func pixels(
    _ folder: TemporaryFolder, objective: String = objectives[0], network: String = network(),
    patchSize: Int? = 2, autoencoder: String? = nil
  ) throws -> String {
    """
    {
      "train": "pixels", "data": "\(folder.file("pictures").path(percentEncoded: false))", "side": 16,
      \(patchSize.map { "\"patchSize\": \($0)," } ?? "")
      \(autoencoder.map { "\"autoencoder\": \"\($0)\"," } ?? "")
      "network": {\(network)},
      \(objective), "labelDropout": 0.2,
      \(plan(steps: 60))
    }
    """
  }

  static func classifier(_ folder: TemporaryFolder, isNoisy: Bool = false) -> String {
    """
    {
      "train": "classifier", "data": "\(folder.file("pictures").path(percentEncoded: false))", "side": 16,
      "patchSize": 2,
      "network": {
        "image_size": 8, "in_channels": 4, "out_channels": 2, "model_channels": 32,
        "num_res_blocks": 1, "attention_resolutions": [], "channel_mult": [1, 2],
        "num_head_channels": 32, "pool": "adaptive"
      },
      \(isNoisy ? "\"process\": \(chain)," : "")
      \(plan(steps: 40))
    }
    """
  }

  static func autoencoder(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "autoencoder", "data": "\(folder.file("pictures").path(percentEncoded: false))", "side": 16,
      "autoencoder": {
        "in_channels": 1, "out_channels": 1, "block_out_channels": [8, 8], "layers_per_block": 1,
        "latent_channels": 2, "norm_num_groups": 4
      },
      "divergenceWeight": 0.001,
      \(plan(steps: 3))
    }
    """
  }

  private static func plan(steps: Int) -> String {
    """
    "plan": {
      "steps": \(steps), "batchSize": 8, "accumulation": 1,
      "learningRate": {"peak": 0.003, "warmupSteps": 2, "decay": {"constant": {}}},
      "optimizer": {
        "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
      }, "clip": 1, "averageDecay": 0.8, "precision": "fp32", "seed": 3, "saveEvery": 4,
      "sampleEvery": 1000
    }
    """
  }
}
