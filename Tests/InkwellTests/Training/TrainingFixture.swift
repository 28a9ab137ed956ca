import Foundation
import Modalities
import TestSupport

/// Pictures of 16 x 16 with captions, one of them broken, and recipes that train on them.
enum TrainingFixture {
  /// A folder with `pictures`, a tiny autoencoder `vae` and text encoder `text`, and the recipes.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyModel.writeParts(to: folder)
    try writePictures(to: folder)
    try folder.write(textToImage(folder).utf8, to: "transformer.json")
    try folder.write(autoencoder(folder).utf8, to: "autoencoder.json")
    return folder
  }

  /// Six pictures to train on, a broken one, and one that is held out.
  static func writePictures(to folder: TemporaryFolder) throws {
    var lines: [String] = []
    for index in 0..<6 {
      try folder.write(picture(index).encoded(as: .png), to: "pictures/\(index).png")
      let words = index % 2 == 0 ? "red apple" : "green cat"
      lines.append(
        """
        {"file_name": "\(index).png", "text": "\(words)", "captions": ["\(words)", "a \(words)"], \
        "style": "flat", "group": "\(index % 2 == 0 ? "Food" : "Animals")", \
        "weight": \(1 + index % 3), "split": "\(index == 5 ? "heldout" : "train")"}
        """)
    }
    lines.append(#"{"file_name": "6.png", "text": "cat", "style": "round"}"#)
    lines.append(#"{"file_name": "broken.png", "text": "apple", "style": "flat"}"#)
    try folder.write(picture(6).encoded(as: .png), to: "pictures/6.png")
    try folder.write("no picture".utf8, to: "pictures/broken.png")
    try folder.write((lines.joined(separator: "\n") + "\n").utf8, to: "pictures/metadata.jsonl")
  }

  /// A square on a ground, of colours that no other index has.
  static func picture(_ index: Int) throws -> Image {
    let shade = UInt8(30 * index)
    var image = Image(
      width: 16, height: 16, color: Color(red: 255 - shade, green: shade, blue: 90))
    image.draw(
      Image(width: 6, height: 6, color: Color(red: shade, green: 20, blue: 255 - shade)),
      x: index, y: 8 - index)
    return image
  }

  private static func textToImage(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "text-to-image",
      "data": "\(folder.file("pictures").path(percentEncoded: false))",
      "side": 16,
      "autoencoder": "\(folder.file("vae").path(percentEncoded: false))",
      "textEncoder": "\(folder.file("text").path(percentEncoded: false))",
      "transformer": {
        "num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 4, "out_channels": 4,
        "num_layers": 2, "sample_size": 8, "caption_channels": 24
      },
      "maximumTokens": 8,
      "captionDropout": 0.25,
      "shift": 1,
      "samplePrompts": ["a red apple"],
      "plan": {
        "steps": 12, "batchSize": 4, "accumulation": 1,
        "learningRate": {
          "peak": 0.01, "warmupSteps": 2, "decay": {"tail": {"steps": 4, "to": 0.1}}
        },
        \(optimizer),
        "muon": {"scopes": ["transformer_blocks"], "momentum": 0.9, "weightDecay": 0.01},
        "averageDecay": 0.9, "precision": "bf16", "seed": 3, "saveEvery": 3, "sampleEvery": 6
      }
    }
    """
  }

  private static func autoencoder(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "autoencoder",
      "data": "\(folder.file("pictures").path(percentEncoded: false))",
      "styles": ["flat"],
      "side": 16,
      "autoencoder": {
        "block_out_channels": [8, 16], "layers_per_block": 1, "latent_channels": 4,
        "norm_num_groups": 4
      },
      "divergenceWeight": 0.001,
      "plan": {
        "steps": 3, "batchSize": 4, "accumulation": 2,
        "learningRate": {"peak": 0.001, "warmupSteps": 0, "decay": {"constant": {}}},
        \(optimizer),
        "averageDecay": 0.9, "precision": "bf16", "seed": 1, "saveEvery": 2, "sampleEvery": 3
      }
    }
    """
  }

  private static let optimizer = """
    "optimizer": {
        "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
      }, "clip": 1
    """
}
