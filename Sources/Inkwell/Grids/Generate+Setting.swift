internal import Diffusion
internal import Foundation

extension Generate.Request {
  /// The names of what can be set: the model, the prompt, the seed and every option.
  static var settingNames: [String] {
    ["model", "prompt", "seed"]
      + Mirror(reflecting: Generate.Options()).children.compactMap(\.label)
  }

  /// The request with something set as its JSON would have it.
  ///
  /// - Parameters:
  ///   - name: One of ``settingNames``, or a part of it, such as `loras.1.weight`; `clip-skip` is
  ///     `clipSkip`.
  ///   - text: The value: a number, JSON, or a text.
  /// - Returns: The other request.
  /// - Throws: ``GridError`` for what there is not, ``GenerateError`` for a value that cannot be.
  func setting(_ name: String, to text: String) throws -> Generate.Request {
    let path = name.split(separator: ".", omittingEmptySubsequences: false).map { Self.key($0) }
    guard Self.settingNames.contains(path[0]) else {
      throw GridError.unknown(
        name, nearest: nearestNames(to: path[0], among: Self.settingNames),
        known: Self.settingNames)
    }
    if name == "prompt" {
      return try Self(prompts: [text], model: model, seed: seed, options: options)
    }
    let whole = try JSONDecoder().decode(JSONTree.self, from: JSONEncoder().encode(self))
    var expected = ""
    for value in JSONTree.readings(of: text) {
      let changed = try whole.setting(value, at: path[...], of: name)
      do {
        return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(changed))
      } catch let error as DecodingError {
        expected = Self.expected(error)
      }
    }
    throw GenerateError.value(name, expected: expected, found: text)
  }

  /// A name of the command line as that of a property.
  private static func key(_ name: Substring) -> String {
    let words = name.split(separator: "-")
    return words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
  }

  private static func expected(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, _) where type is any BinaryInteger.Type: "a whole number"
    case .typeMismatch(let type, _) where type is any BinaryFloatingPoint.Type: "a number"
    case .typeMismatch(let type, _) where type is Bool.Type: "true or false"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      "what can be read (\(context.debugDescription))"
    @unknown default: "what can be read"
    }
  }
}

extension Generate.Options {
  /// The options but for those that a model is the same with once it is loaded.
  var loading: Generate.Options {
    var options = self
    (options.steps, options.guidance, options.negative) = (nil, nil, nil)
    (options.sampler, options.size, options.spacing) = (nil, nil, nil)
    (options.guidanceRescale, options.clipSkip, options.syntax) = (nil, nil, nil)
    (options.controls, options.blends, options.blending) = (nil, nil, nil)
    (options.imagePrompts, options.hires, options.refiner) = (nil, nil, nil)
    (options.upscaler, options.window) = (nil, nil)
    return options
  }
}

/// What is wrong with a ``Grid/Request``, beside its values.
public enum GridError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no setting of that name.
  case unknown(_ name: String, nearest: [String], known: [String])
  /// The request has no such part.
  case nothing(_ name: String, missing: String, known: [String])
  /// The text to be replaced is not in the prompts.
  case notInPrompt(String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest, let known):
      "grid: expected a setting, found \(name)."
        + (nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?")
        + " Known: \((known + ["replace"]).joined(separator: ", "))."
    case .nothing(let name, let missing, let known):
      known.isEmpty
        ? "\(name): expected \(missing) to be there, found nothing"
        : "\(name): expected \(known.joined(separator: " or ")), found \(missing)"
    case .notInPrompt(let text):
      "replace: expected a text that is in the prompt or in the negative prompt, found \(text)"
    }
  }
}
