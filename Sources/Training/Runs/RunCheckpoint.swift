internal import Checkpoints
internal import Files
public import Foundation
internal import Layers
internal import Torch

/// The state of a run after a step, in a folder of its own.
public struct RunCheckpoint: Sendable, Hashable {
  /// The folder.
  public let url: URL
  /// The number of steps that were done.
  public let step: Int

  /// The trained weights.
  public var weights: URL { url.appending(path: "weights.safetensors") }
  /// The average of the weights, which is the one to use.
  public var average: URL { url.appending(path: "average.safetensors") }
  /// What the optimizer remembers.
  public var optimizer: URL { url.appending(path: "optimizer.safetensors") }
  /// Plan, data and statistics.
  public var state: URL { url.appending(path: "state.json") }

  /// Reads the plan, data and statistics.
  ///
  /// - Throws: `TrainingError.damaged` if the file is not what a run writes.
  public func readState() throws -> RunState {
    let file = state.path(percentEncoded: false)
    let data: Data
    do {
      data = try Data(contentsOf: state)
    } catch {
      throw TrainingError.damaged(
        file: file, expected: "the state of step \(step)", found: error.localizedDescription)
    }
    do {
      let format = try JSONDecoder().decode(RunState.Format.self, from: data).format
      guard format == RunState.currentFormat else {
        throw TrainingError.damaged(
          file: file, expected: "format \(RunState.currentFormat)", found: "format \(format)")
      }
      return try JSONDecoder().decode(RunState.self, from: data)
    } catch let error as DecodingError {
      throw TrainingError.damaged(
        file: file, expected: "the state of step \(step)", found: "\(error)")
    }
  }

  func write(_ state: RunState) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(state) + "\n".utf8, to: self.state)
  }

  /// Writes tensors to one of the checkpoint's files.
  static func write(_ tensors: [String: Tensor], to url: URL) throws {
    try Safetensors.write(
      tensors.map { Safetensors.Draft($0.key, $0.value) }, metadata: ["format": "pt"], to: url)
  }

  /// Copies the tensors of one of the checkpoint's files into tensors of the same names.
  ///
  /// - Throws: `TrainingError.otherNetwork` with all misfits at once, before anything is copied;
  ///   `CheckpointError` if the file cannot be read.
  static func read(_ url: URL, into tensors: [String: Tensor]) throws {
    let file = try Checkpoint(contentsOf: url)
    var problems: [LoadingError.Problem] = []
    var found: [(target: Tensor, source: Tensor)] = []
    for (name, target) in tensors.sorted(by: { $0.key < $1.key }) {
      guard file[name] != nil else {
        problems.append(.missing(name, target.shape.sizes))
        continue
      }
      let source = try file.tensor(name)
      if source.shape == target.shape {
        found.append((target, source))
      } else {
        problems.append(
          .misshapen(name, expected: target.shape.sizes, found: source.shape.sizes))
      }
    }
    problems += file.names.filter { tensors[$0] == nil }.map { .unexpected($0) }
    guard problems.isEmpty else {
      throw TrainingError.otherNetwork(
        file: url.path(percentEncoded: false), problems: problems)
    }
    try checked {
      withoutGradients { found.map(\.target).copyEach(from: found.map(\.source)) }
    }
  }
}

/// What a checkpoint says of its run beside the tensors.
public struct RunState: Codable, Sendable, Hashable {
  static let currentFormat = 1

  struct Format: Decodable {
    let format: Int
  }

  /// The version of the checkpoint's layout.
  public let format: Int
  /// The number of steps that were done.
  public let step: Int
  /// The plan of the run.
  public let plan: TrainingPlan
  /// What names the data, such as a hash of it.
  public let data: String
  /// The loss, averaged over about the last hundred steps.
  public let smoothedLoss: Double
  /// The time that the steps took, in seconds.
  public let seconds: Double

  init(step: Int, plan: TrainingPlan, data: String, smoothedLoss: Double, seconds: Double) {
    format = Self.currentFormat
    self.step = step
    self.plan = plan
    self.data = data
    self.smoothedLoss = smoothedLoss
    self.seconds = seconds
  }
}

// The names of the folders; only the first is seen as a checkpoint.
extension RunCheckpoint {
  static func name(_ step: Int) -> String {
    let digits = String(step)
    return "checkpoint-" + String(repeating: "0", count: max(8 - digits.count, 0)) + digits
  }

  static func partialName(_ step: Int) -> String { ".\(name(step)).partial" }

  static func leftoverName(_ step: Int) -> String { ".\(name(step)).removed" }

  static func step(of name: String) -> Int? {
    guard name.hasPrefix("checkpoint-"), let step = Int(name.dropFirst("checkpoint-".count)),
      Self.name(step) == name
    else { return nil }
    return step
  }

  static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix(".checkpoint-") && (name.hasSuffix(".partial") || name.hasSuffix(".removed"))
  }
}
