internal import Diffusion
internal import Files
public import Foundation
internal import Modalities
internal import Torch

/// The files from which templates for prompts take their words.
///
/// `__colour__` is a line of `colour.txt` in the folder, `__animal/big__` one of `big.txt` in its
/// folder `animal`, `__colour*__` one of all files whose paths begin so: `*` stands for any text,
/// also for one with slashes, as in dynamicprompts 0.31. Blank lines, those that begin with `#`,
/// and lines that were there before do not count.
public struct Wildcards: Sendable {
  private let folder: URL?
  /// The files' paths in the folder, without `.txt`.
  private let names: [String]

  /// Looks into a folder.
  ///
  /// - Parameter folder: The folder; without one there are only variants, `{red|green}`.
  /// - Throws: ``WildcardError`` or a `FileError` for a folder that cannot be read.
  public init(_ folder: URL? = nil) throws {
    self.folder = folder
    guard let folder else {
      names = []
      return
    }
    let path = folder.path(percentEncoded: false)
    guard isFolder(folder) else { throw WildcardError.noFolder(path) }
    names = try Self.files(in: folder, below: "").sorted()
  }

  private static func files(in folder: URL, below path: String) throws -> [String] {
    try Folder.names(in: folder).flatMap { name -> [String] in
      let place = folder.appending(path: name)
      if isFolder(place) { return try files(in: place, below: path + name + "/") }
      return name.hasSuffix(".txt") ? [path + name.dropLast(4)] : []
    }
  }

  /// The lines of the files that a wildcard means.
  ///
  /// - Throws: ``WildcardError`` that names the nearest files, or what is wrong with a file.
  func lines(of wildcard: String) throws -> [String] {
    guard let folder else { throw WildcardError.needsFolder(wildcard) }
    let pattern = Array(wildcard)
    let found = names.filter { Self.matches(Array($0)[...], pattern[...]) }
    guard !found.isEmpty else {
      throw WildcardError.unknown(
        wildcard, nearest: nearestNames(to: wildcard, among: names), known: names,
        folder: folder.path(percentEncoded: false))
    }
    var seen: Set<String> = []
    return try found.flatMap { name in
      try PromptLines(contentsOf: folder.appending(path: name + ".txt")).prompts
    }.filter { !$0.hasPrefix("#") && seen.insert($0).inserted }
  }

  private static func matches(
    _ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>
  ) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    guard first == "*" else {
      return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
    let rest = pattern.drop { $0 == "*" }
    return (0...name.count).contains { matches(name.dropFirst($0), rest) }
  }
}

extension Generate.Request {
  /// The request whose prompts are drawn from its own as templates (`PromptTemplate`), one for
  /// each picture by the picture's seed.
  ///
  /// Its pictures note the prompts that were drawn, so they can be made again without the files.
  ///
  /// - Parameter wildcards: Where the templates take their words from.
  /// - Returns: A request with a prompt for each picture.
  /// - Throws: `PromptError`, `TemplateError` or ``WildcardError``, or what reading a file throws.
  public func drawn(from wildcards: Wildcards) throws -> Generate.Request {
    let templates = try prompts.map { try PromptTemplate($0) }
    let drawn = try (0..<total).map { index in
      let generator = Generator(seed: seed(of: index))
      return try templates[index / count].prompt(from: wildcards.lines) {
        generator.uniform([1], dtype: .float64).item()
      }
    }
    return try Self(prompts: drawn, model: model, seed: seed, options: options)
  }

  /// The request for every prompt that can be drawn from its own as templates, each as often as
  /// the request counts.
  ///
  /// - Parameter wildcards: Where the templates take their words from.
  /// - Returns: A request with all prompts; at most 10,000 of a template.
  /// - Throws: As ``drawn(from:)``.
  public func combined(from wildcards: Wildcards) throws -> Generate.Request {
    let all = try prompts.flatMap {
      try PromptTemplate($0).prompts(from: wildcards.lines)
    }
    return try Self(prompts: all, model: model, count: count, seed: seed, options: options)
  }
}

/// Why a wildcard gives no words.
public enum WildcardError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The folder is not there.
  case noFolder(String)
  /// A template asks for a file, and no folder is named.
  case needsFolder(String)
  /// No file has that name.
  case unknown(_ name: String, nearest: [String], known: [String], folder: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .noFolder(let path): "\(path): expected a folder of wildcards, found none"
    case .needsFolder(let name): "__\(name)__: expected a folder of wildcards, found none named"
    case .unknown(let name, let nearest, let known, let folder):
      "\(folder): expected a file \(name).txt, found none."
        + (nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?")
        + " Known: \(known.isEmpty ? "none" : known.prefix(12).joined(separator: ", "))."
    }
  }
}
