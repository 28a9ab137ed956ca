internal import Compiler
internal import Synchronization
internal import Torch

/// What computes the networks that make pictures.
public enum Engine: String, Codable, Sendable, CaseIterable {
  /// LibTorch, with kernels of our own in the place of some of its operations.
  ///
  /// Pictures are those of ``eager`` but for the rounding of float32, and made faster.
  case native
  /// LibTorch, one operation after another: the reference.
  case eager
  /// OpenVINO, from denoisers and decoders that are compiled before they first run.
  ///
  /// Pictures are the same but for the rounding of float32. Whatever cannot be compiled runs as
  /// with ``native``, and that is told.
  case compiled

  /// What computes where nothing is said.
  static let standard = Engine.native

  /// Runs `body` on this thread so that what it computes comes from the engine.
  func running<Result>(_ body: () throws -> Result) rethrows -> Result {
    try self == .eager ? withoutOwnKernels(body) : body()
  }

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

extension RunSettings {
  /// What computes the networks of a run that is told it.
  ///
  /// - Returns: The engine; nothing if none was asked for.
  /// - Throws: ``GenerateError`` if it is not installed, or cannot stay within a limit.
  func askedEngine() throws -> Engine? {
    guard let engine else { return nil }
    try engine.check()
    guard memoryLimit == nil || engine != .compiled else {
      throw GenerateError.unknownSetting("max memory", of: "compiled networks")
    }
    return engine
  }

  /// What computes the networks of a run.
  ///
  /// - Parameter options: How pictures are made; a network that remembers in its midst, or merges
  ///   tokens, is not compiled.
  /// - Returns: The engine that was asked for, or ``Engine/standard``.
  /// - Throws: ``GenerateError`` for an engine that cannot do what is asked.
  func chosenEngine(with options: Generate.Options) throws -> Engine {
    let engine = try askedEngine() ?? .standard
    for (name, isAsked) in [
      (options.cache?.name ?? "", options.cache.map { !$0.keepsWhole } ?? false),
      ("merge tokens", options.mergedTokens != nil),
    ] where isAsked && engine == .compiled {
      throw GenerateError.unknownSetting(name, of: "compiled networks")
    }
    try options.precision?.check(engine)
    return engine
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
