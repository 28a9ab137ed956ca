internal import Foundation

/// The Python with the peers' libraries, and what the tuned peers are started with.
struct PeerEnvironment {
  /// The Python.
  let python: String
  /// The libraries with their versions.
  let versions: [String]
  /// What is not there, with the reason.
  let missing: [String]
  /// The libraries that tuned peers are started with.
  let preloaded: [String]

  /// The packages that the reports name.
  static let packages = ["torch", "diffusers", "transformers", "openvino"]

  /// What a tuned peer's environment has in addition.
  var tuning: [String: String] {
    preloaded.isEmpty ? [:] : ["LD_PRELOAD": preloaded.joined(separator: ":")]
  }

  /// Whether a package is there.
  func has(_ package: String) -> Bool { versions.contains { $0.hasPrefix(package + " ") } }

  /// Finds what is there, and installs what is not.
  ///
  /// - Parameters:
  ///   - folder: The folder of the virtual environment, which is made if no Python is given, and
  ///     of the libraries that are preloaded.
  ///   - given: A Python that has the libraries.
  ///   - requirements: The file of the pinned packages.
  /// - Throws: `ChildError` if there is no Python.
  init(
    folder: URL, python given: String?,
    requirements: URL = URL(filePath: "Benchmarks/Peers/requirements.txt")
  ) throws {
    var problems: [String] = []
    if let given {
      python = given
    } else {
      python = folder.appending(path: "bin/python").path(percentEncoded: false)
      problems += try Self.install(requirements, folder, python)
    }
    let words = [python, "Benchmarks/Peers/versions.py"] + Self.packages
    let lines = try Child.run(words).output.split(separator: "\n").map(String.init)
    versions = lines.filter { $0.contains(" ") }
    let place = python
    problems += lines.filter { !$0.contains(" ") }.map { "\($0): not in \(place)'s packages" }

    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let preloads = [Preload.allocator(in: folder), Preload.dispatch(in: folder)]
    preloaded = preloads.compactMap(\.path)
    missing = problems + preloads.compactMap(\.problem)
  }

  /// Makes the virtual environment and installs the packages, unless that was done before.
  ///
  /// - Returns: What could not be installed.
  private static func install(
    _ requirements: URL, _ folder: URL, _ python: String
  ) throws -> [String] {
    let list = try String(contentsOf: requirements, encoding: .utf8)
    let stamp = folder.appending(path: ".stamp")
    let stampPath = stamp.path(percentEncoded: false)
    if let file = FileManager.default.contents(atPath: stampPath), file == Data(list.utf8) {
      return []
    }
    note("installing the peers' libraries into \(folder.path(percentEncoded: false)) (2 GB)")
    _ = try Child.run(["python3", "-m", "venv", folder.path(percentEncoded: false)])
    let pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    do {
      _ = try Child.run(pip + ["--requirement", requirements.path(percentEncoded: false)])
      try Data(list.utf8).write(to: stamp)
      return []
    } catch {
      note("not all at once (\(error)): one after the other")
    }
    let lines = list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    let options = lines.filter { $0.hasPrefix("--") }.flatMap {
      $0.split(separator: " ").map(String.init)
    }
    return lines.filter { !$0.hasPrefix("--") }.compactMap { package in
      do {
        _ = try Child.run(pip + options + [package])
        return nil
      } catch {
        return "\(package): \(error)"
      }
    }
  }
}
