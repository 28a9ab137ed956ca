internal import Compiler
internal import Synchronization
internal import Torch

/// What computes the networks that make pictures.
public enum Engine: String, Codable, Sendable, CaseIterable {
  /// LibTorch, one operation after another: the reference.
  case eager
  /// OpenVINO, from denoisers and decoders that are compiled before they first run.
  ///
  /// Pictures are the same but for the rounding of float32. Whatever cannot be compiled runs as
  /// with ``eager``, and that is told.
  case compiled

  /// Asks whether this machine has it.
  ///
  /// - Parameter absence: Why OpenVINO is not here, if it is not.
  /// - Throws: ``GenerateError`` with that.
  func check(
    absence: @autoclosure () -> String? = CompiledNetwork.reasonForAbsence
  ) throws(GenerateError) {
    guard self == .compiled, let reason = absence() else { return }
    throw .value("engine", expected: "one that is installed, such as eager", found: reason)
  }
}

extension Engine {
  /// The engine that is usually the fastest for pictures of prompts.
  ///
  /// Compiling a denoiser of 860 million weights took as long as one and a half of its eager steps,
  /// and saved a quarter to a third of each. A small model's steps are eager faster than that.
  ///
  /// - Parameters:
  ///   - modelBytes: The bytes of the model's files.
  ///   - steps: The steps of the whole run, of all batches.
  ///   - freeMemory: The memory that is free, in bytes; compiling takes that of the weights again.
  /// - Returns: The engine.
  static func standard(modelBytes: Int, steps: Int, freeMemory: Int?) -> Engine {
    let pays = modelBytes >= 1_000_000_000 && steps >= 15
    return pays && freeMemory ?? 0 > 3 * modelBytes ? .compiled : .eager
  }
}

extension RunSettings {
  /// What computes the networks of a run that is told it.
  ///
  /// - Returns: The engine; nothing if none was asked for.
  /// - Throws: ``GenerateError`` if it is not installed, or cannot stay within a limit.
  func askedEngine() throws -> Engine? {
    guard let engine else { return nil }
    try engine.check()
    guard memoryLimit == nil || engine == .eager else {
      throw GenerateError.unknownSetting("max memory", of: "compiled networks")
    }
    return engine
  }

  /// What computes the networks of a run.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - steps: The steps of a batch.
  ///   - pictures: The pictures of the run.
  ///   - cache: What is not computed in every step; a network that remembers runs eagerly.
  /// - Returns: The engine that was asked for, or the standard one.
  /// - Throws: What ``askedEngine()`` throws, or what is wrong with a file.
  func chosenEngine(
    for source: some PromptedModelSource, steps: Int, pictures: Int,
    cache: Generate.StepCache? = nil
  ) throws -> Engine {
    if let engine = try askedEngine() {
      guard engine == .eager || cache == nil else {
        throw GenerateError.unknownSetting("cache interval", of: "compiled networks")
      }
      return engine
    }
    guard memoryLimit == nil, saving == nil, cache == nil else { return .eager }
    let batches = (pictures + batchSize - 1) / batchSize
    let standard = Engine.standard(
      modelBytes: try source.byteCount, steps: steps * batches, freeMemory: Machine.freeMemory)
    // The runtime is opened only where it would be used.
    return standard == .compiled && CompiledNetwork.reasonForAbsence == nil ? .compiled : .eager
  }
}

/// Why parts of a model that were to be compiled are not, until it is told.
final class CompilerNotes: Sendable {
  private let reasons = Mutex<[String]>([])

  /// Notes a reason.
  var add: @Sendable (String) -> Void {
    { [self] reason in reasons.withLock { $0.append(reason) } }
  }

  /// The reasons since the last time.
  func take() -> [String] {
    reasons.withLock { reasons in
      defer { reasons = [] }
      return reasons
    }
  }
}
