internal import Foundation
internal import Inkwell
internal import Modalities

/// Steps of `inkwell train` for a LoRA, after the model was read and its pictures were encoded.
struct LoRASteps {
  /// The folder of a Stable Diffusion model.
  let model: String
  /// As recipes name it.
  let precision: String

  /// The seconds of eight steps, after two that do not count.
  func seconds() throws -> [Double] {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let times = Result { try seconds(in: folder) }
    try FileManager.default.removeItem(at: folder)
    return try times.get()
  }

  private func seconds(in folder: URL) throws -> [Double] {
    try writePictures(to: folder)
    let training = try JSONDecoder().decode(LoRATraining.self, from: Data(recipe(folder).utf8))
    let clock = ContinuousClock()
    var ends: [ContinuousClock.Instant] = []
    try training(
      folder: folder.appending(path: "run"),
      report: { if case .progress = $0 { ends.append(clock.now) } })
    let steps = zip(ends.dropFirst(), ends).map { $0 - $1 }
    return steps.dropFirst().map { $0 / .seconds(1) }
  }

  private func writePictures(to folder: URL) throws {
    var lines = ""
    for index in 0..<4 {
      let shade = UInt8(40 * index)
      let picture = Image(
        width: 256, height: 256, color: Color(red: shade, green: 255 - shade, blue: 90))
      try picture.encoded(as: .png).write(to: folder.appending(path: "\(index).png"))
      lines += #"{"file_name": "\#(index).png", "text": "shade number \#(index)"}"# + "\n"
    }
    try Data(lines.utf8).write(to: folder.appending(path: "metadata.jsonl"))
  }

  private func recipe(_ folder: URL) -> String {
    """
    {
      "data": "\(folder.path(percentEncoded: false))", "model": "\(model)/", "side": 256,
      "layers": ["to_q", "to_k", "to_v", "to_out.0"], "rank": 8, "alpha": 8,
      "captionDropout": 0, "samplePrompts": [],
      "plan": {
        "steps": 10, "batchSize": 1, "accumulation": 1,
        "learningRate": {"peak": 1e-4, "warmupSteps": 0, "decay": {"constant": {}}},
        "optimizer": {
          "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
        },
        "averageDecay": 0, "precision": "\(precision)", "seed": 1, "saveEvery": 1000,
        "sampleEvery": 1000
      }
    }
    """
  }
}
