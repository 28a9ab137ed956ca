/// What is wrong with a file of weights, or with what is asked of it.
public enum ModelFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The path leads nowhere.
  case missing(path: String)
  /// A folder holds no file of weights.
  case noWeights(folder: String)
  /// No table knows what the weights are, so their layout cannot be changed.
  case unknown(path: String)
  /// The weights do not fit the family that they are of.
  case misfits(path: String, reason: String)
  /// Two files of a folder would be one network.
  case ambiguous(folder: String, network: String)
  /// The layout cannot have such numbers.
  case precision(layout: String, precision: String, allowed: [String])
  /// Something stands at the place of the result.
  case exists(path: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): expected a file or folder of weights, found nothing"
    case .noWeights(let folder): "\(folder): expected files of weights, found none"
    case .unknown(let path):
      "\(path): expected a model of a known family, found weights that no table has"
    case .misfits(let path, let reason): "\(path): \(reason)"
    case .ambiguous(let folder, let network):
      "\(folder): expected one file for \(network), found several"
    case .precision(let layout, let precision, let allowed):
      "expected one of \(allowed.joined(separator: ", ")) for the layout \(layout), found "
        + precision
    case .exists(let path): "\(path): expected nothing there yet, found a file or folder"
    }
  }
}
