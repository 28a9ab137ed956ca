/// Everything in which a LoRA and the model for it do not fit, said at once.
public struct LoRAError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One misfit.
  public enum Problem: Error, Sendable, Hashable {
    /// No dialect has a tensor of that name; an end of names that it may have been meant to have.
    case unknown(name: String, nearest: String?)
    /// A dialect has such tensors, but what it changes is no network of Stable Diffusion.
    case foreign(name: String)
    /// A module's formula lacks these parts.
    case incomplete(place: String, missing: [String])
    /// A module has tensors that its formula does not need.
    case surplus(place: String, found: [String])
    /// Two tensors are the same part of a module, or two spellings are one module.
    case repeated(String, String)
    /// The network has no such module; a name that it may have been meant for.
    case noModule(place: String, network: LoRA.Network, nearest: String?)
    /// The change has another shape than the weight, or its parts do not fit one another (`nil`).
    case misshapen(place: String, expected: [Int], found: [Int]?)
    /// The model has no such network.
    case noNetwork(LoRA.Network, modules: Int)
    /// A change's scale cannot be told, or takes the change away.
    case scale(place: String, reason: String)
    /// Every change is zero, as before a training's first step.
    case noEffect
  }

  /// The LoRA's file.
  public let file: String
  /// All misfits.
  public let problems: [Problem]
  /// The families of models that the file fits, in words, where it was held against a model.
  public let fits: [String]

  init(file: String, problems: [Problem], fits: [String] = []) {
    self.file = file
    self.problems = problems
    self.fits = fits
  }

  /// The misfits, a line each; of more than 20 the rest is counted.
  public var description: String {
    let meant = fits.isEmpty ? "" : "; it fits \(fits.joined(separator: ", "))"
    var lines = ["\(file): expected a LoRA for this model, found one that does not fit it\(meant):"]
    lines += problems.prefix(20).map { "  \($0)" }
    if problems.count > 20 { lines.append("  and \(problems.count - 20) more") }
    return lines.joined(separator: "\n")
  }
}

extension LoRAError.Problem: CustomStringConvertible {
  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "\(name): found, but no dialect of LoRA has such a tensor"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .foreign(let name):
      "\(name): found, but the layer is of no network of Stable Diffusion: expected names that begin "
        + "with lora_unet_, lora_te_, unet. or text_encoder."
    case .incomplete(let place, let missing):
      "\(place): expected \(missing.joined(separator: ", ")), found nothing"
    case .surplus(let place, let found):
      "\(place): found \(found.joined(separator: ", ")) beside another kind of change"
    case .repeated(let first, let second): "\(second): found, and \(first) is the same"
    case .noModule(let place, let network, let nearest):
      "\(place): found, but the model's \(network.rawValue) has no such layer"
        + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .misshapen(let place, let expected, let found):
      "\(place): expected a change of \(expected), found "
        + (found.map { "\($0)" } ?? "parts that do not fit one another")
    case .noNetwork(let network, let modules):
      "\(network.rawValue): found changes of \(modules) layers, but the model has no such network"
    case .scale(let place, let reason): "\(place): \(reason)"
    case .noEffect: "all changes are zero: the LoRA has no effect"
    }
  }
}
