internal import Files
internal import Foundation
internal import Torch
public import Verification

/// Measures whether the mathematics is what it claims to be, on cases whose answers are known.
public struct Verify: Codable, Sendable, Hashable {
  /// The path of a JSON file with `weights`, `means` and `deviations`, a mixture to run on; the
  /// library's example if not given.
  public var mixture: String?
  /// The folder that `index.html` and `verification.json` are written into, if any; what else is
  /// there is kept.
  public var output: String?
  /// What to verify, by the names in the catalogues, `manifolds` or `likelihood`; everything if not
  /// given.
  public var only: [String]?

  /// Describes a verification.
  public init(mixture: String? = nil, output: String? = nil, only: [String]? = nil) {
    self.mixture = mixture
    self.output = output
    self.only = only
  }

  /// Measures, and writes the page if a folder is given.
  ///
  /// - Parameters:
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what comes next.
  /// - Returns: What was claimed and measured; a proof that does not hold is no error.
  /// - Throws: `MixtureError`, `UnknownSubject`, or why the page cannot be written.
  @discardableResult
  public func callAsFunction(
    until stop: StopSignal = StopSignal(), report: (ProofProgress) -> Void = { _ in }
  ) throws -> Proof {
    var data = NormalMixture.example
    if let mixture { data = try NormalMixture(contentsOf: URL(filePath: mixture)) }
    let folder = try output.map { try Self.folder($0) }
    let proof = try checked {
      try Proof.all(on: data, only: only) { progress in
        try stop.check()
        report(progress)
      }
    }
    if let folder {
      let json = try proof.json() + "\n"
      try AtomicFile.write(Data(json.utf8), to: folder.appending(path: "verification.json"))
      try AtomicFile.write(Data(proof.html.utf8), to: folder.appending(path: "index.html"))
    }
    return proof
  }

  /// Makes the folder if need be, and sees that files can be written into it.
  private static func folder(_ path: String) throws -> URL {
    let folder = URL(filePath: path, directoryHint: .isDirectory)
    try Folder.make(folder)
    guard FileManager.default.isWritableFile(atPath: folder.path(percentEncoded: false)) else {
      throw OutputError.notWritable(path, reason: "no permission to write there")
    }
    return folder
  }
}
