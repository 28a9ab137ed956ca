internal import Foundation

/// Networks in turns: by Inkwell's engines, in diffusers, and by what runs diffusers' networks.
struct NetworkContest {
  let options: Options
  let peers: PeerEnvironment
  var engines = NetworkEngine.allCases
  var precision = NetworkPrecision.float32

  /// The contest over a case.
  func contest(_ given: NetworkCase) throws -> Contest {
    let model = given.network.model.map {
      options.weightsFolder.appending(path: $0).path(percentEncoded: false)
    }
    let folder = URL(filePath: model ?? options.model).appending(path: given.network.folder)
    let words =
      given.options(
        folder: folder.path(percentEncoded: false), threads: options.threads, calls: options.calls)
    let weights = try Self.bytes(of: folder)
    var results: [String: URL] = [:]
    let contestants = engines.filter {
      $0 != .compiled || (given.network.isCompiled && precision == .float32)
    }.map { engine in
      let result = FileManager.default.temporaryDirectory
        .appending(path: "benchmark-\(engine.rawValue).f32")
      results[engine.title] = result
      let program =
        engine.isOwn
        ? [CommandLine.arguments[0], "network"] : [peers.python, "Benchmarks/Peers/network.py"]
      return Contestant(
        name: engine.title,
        command: program + ["--engine", engine.rawValue] + words
          + ["--precision", (engine.isOwn ? precision : precision.ofPeers).rawValue]
          + ["--result", result.path(percentEncoded: false)],
        variables: engine.isTuned ? peers.tuning : [:],
        obstacle: obstacle(engine, weights: weights))
    }
    var contest = Contest(
      title: "\(given.title), \(precision.rawValue)", contestants: contestants,
      operations: try operations(words), precision: precision)
    contest.results = results
    contest.difference = difference
    return contest
  }

  /// What keeps an engine from being run.
  private func obstacle(_ engine: NetworkEngine, weights: Int) -> String? {
    if engine == .openVINO, !peers.has("openvino") { return "it is not installed" }
    if engine.isTuned, peers.preloaded.isEmpty { return "there is nothing to tune it with" }
    return memoryObstacle(
      needed: Int(engine.copies * Double(weights) * precision.byteCount / 4) + 2_000_000_000,
      of: Host.memory)
  }

  /// The bytes of a folder's weights in float32; the files of random ones are in half precision.
  static func bytes(of folder: URL) throws -> Int {
    try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.fileSizeKey]
    ).filter { $0.pathExtension == "safetensors" }.reduce(0) { sum, file in
      sum + 2 * (try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
    }
  }

  /// The operations of a call as PyTorch counts them in diffusers' network, which then has no
  /// numbers.
  private func operations(_ words: [String]) throws -> Double {
    let child = try Child.run(
      [peers.python, "Benchmarks/Peers/network.py", "--engine", "count"] + words
        + ["--result", "/dev/null"])
    guard let count = Double(child.lastLine) else {
      throw ChildError(description: "expected a number of operations, found \"\(child.lastLine)\"")
    }
    return count
  }
}

/// Why something that needs so much memory is not run, if it is not.
func memoryObstacle(needed: Int, of memory: Int) -> String? {
  guard needed > memory else { return nil }
  return String(
    format: "it needs about %.0f GB of memory, and there are %.0f", Double(needed) / 1e9,
    Double(memory) / 1e9)
}

/// The largest difference of two results beside the largest number of the second.
///
/// - Parameters:
///   - found: A file of numbers in float32.
///   - reference: Another.
/// - Returns: Words such as "3.2e-06".
/// - Throws: `ChildError` if they have other numbers of numbers, or what a file's reading throws.
func difference(_ found: URL, _ reference: URL) throws -> String {
  func numbers(_ file: URL) throws -> [Float] {
    try Data(contentsOf: file).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
  let (a, b) = (try numbers(found), try numbers(reference))
  guard a.count == b.count, !a.isEmpty else {
    throw ChildError(description: "expected \(b.count) numbers, found \(a.count)")
  }
  let largest = b.map(abs).max() ?? 0
  let distance = zip(a, b).reduce(Float(0)) { most, pair in
    // A number that is none differs from all.
    let apart = abs(pair.0 - pair.1)
    return apart.isNaN ? .infinity : max(most, apart)
  }
  return String(format: "%.1e", distance / largest)
}
