internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// Runs a task and ends the program with the exit code of what went wrong in it, after saying so.
///
/// 1: the run failed; 2: memory was lacking; 3: a model or a file is not sound; 4: a proof does not
/// hold; 5: an audit found something; 64: the request cannot be fulfilled; 130: interrupted.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let error where error is ExitCode || error is ValidationError || error is CleanExit {
    throw error
  } catch {
    let code: Int32? =
      switch Failure(error) {
      case .request: nil
      case .run: 1
      case .memory: 2
      case .file: 3
      case .stopped: 130
      }
    guard let code else { throw ValidationError("\(error)") }
    let text = code == 130 ? "inkwell: stopped" : "inkwell: \(error)"
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    throw ExitCode(code)
  }
}

extension ExitCode {
  /// What `inkwell verify` ends with where something claimed is not so.
  static let unproven = ExitCode(4)

  /// What `inkwell audit --strict` ends with where something is found.
  static let flagged = ExitCode(5)
}
