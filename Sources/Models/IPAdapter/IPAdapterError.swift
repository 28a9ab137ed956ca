internal import Checkpoints
public import Layers

/// Everything in which an IP-Adapter's file and a model do not fit, said at once.
public struct IPAdapterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One misfit.
  public enum Problem: Error, Sendable, Hashable {
    /// The file holds no IP-Adapter that is known.
    case notAnAdapter
    /// The adapter takes the embedding of a face by a network that is not run here.
    case faceID
    /// The adapter is for another family of models, of this title.
    case otherModel(fits: String)
    /// A tensor of the file has no place in an adapter.
    case unknown(String)
    /// A tensor of the file cannot be divided as it should.
    case misshapen(String, expected: String, found: [Int])
    /// A weight does not fit the networks.
    case weight(LoadingError.Problem)
  }

  /// The file.
  public let file: String
  /// All misfits.
  public let problems: [Problem]

  /// The misfits, a line each.
  public var description: String {
    let head = "\(file): expected an IP-Adapter for this model, found one that does not fit it:"
    return ([head] + problems.map { "  \($0)" }).joined(separator: "\n")
  }
}

extension IPAdapterError.Problem: CustomStringConvertible {
  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .notAnAdapter:
      "expected tensors in image_proj and ip_adapter, as IP-Adapters for Stable Diffusion have"
    case .faceID:
      "it takes embeddings of faces (FaceID), which are not computed here; expected a plain one, "
        + "Plus or Full Face"
    case .otherModel(let title): "it is for \(title)"
    case .unknown(let name): "\(name): found, but an IP-Adapter has no such tensor"
    case .misshapen(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .weight(let problem): "\(problem)"
    }
  }

  /// A misfit of the names; none for what is lacking, which the networks tell by each weight.
  init?(_ problem: KeyMapError.Problem) {
    switch problem {
    case .unknown(let name): self = .unknown(name)
    case .misshapen(let name, let expected, let found):
      self = .misshapen(name, expected: expected, found: found)
    case .unmatched, .incomplete, .overlapping: return nil
    }
  }
}

extension LoadingError.Problem {
  /// The same misfit by the names of the file.
  func renamed(by map: KeyMap) -> LoadingError.Problem {
    func own(_ name: String) -> String { map.origin(of: name) ?? name }
    return switch self {
    case .missing(let name, let shape): .missing(own(name), shape)
    case .unexpected(let name): .unexpected(own(name))
    case .misshapen(let name, let expected, let found):
      .misshapen(own(name), expected: expected, found: found)
    case .repeated(let name): .repeated(own(name))
    case .unreadable(let name, let reason): .unreadable(own(name), reason)
    }
  }
}
