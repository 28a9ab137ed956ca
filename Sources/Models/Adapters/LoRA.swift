internal import Checkpoints
internal import Diffusion
public import Foundation

/// A file of small changes to a model's weights, in any of the dialects that people share them in.
///
/// kohya's names and diffusers' three, PEFT's, and LyCORIS' LoHa, LoKr and full differences, with
/// magnitudes (DoRA) or without; for the U-Net and the text encoders of Stable Diffusion 1, 2
/// and XL. The changes are merged into the weights while a network is loaded
/// (`WeightSource.adapted(by:as:)`), so that no layer knows of them. Every tensor of the file is
/// used, or reading or merging it fails with one ``LoRAError``.
public struct LoRA: Sendable {
  /// A network that a file can change, by its folder in diffusers' layout.
  public enum Network: String, Sendable, Hashable, Codable, CaseIterable {
    /// The denoiser.
    case unet
    /// The text encoder, or the first of two.
    case textEncoder = "text_encoder"
    /// The second text encoder, of SDXL.
    case textEncoder2 = "text_encoder_2"
  }

  /// The path of the file.
  public let path: String
  /// What the writer noted beside the tensors: for example `ss_base_model_version`.
  public let metadata: [String: String]
  let file: WeightsFile
  let modules: [AdapterModule]
  let settings: PEFTSettings

  /// Opens a file and sees what its tensors are; no number is read.
  ///
  /// - Parameter url: A file of safetensors, or one that `torch.save` wrote.
  /// - Throws: `CheckpointError` if it is not sound; ``LoRAError`` with the names that no dialect
  ///   has, and with the modules that lack a part.
  public init(contentsOf url: URL) throws {
    let (lora, problems) = try Self.read(url)
    if !problems.isEmpty { throw LoRAError(file: lora.path, problems: problems) }
    self = lora
  }

  /// What of a file is understood, and what is in the way of the rest.
  package static func read(_ url: URL) throws -> (lora: LoRA, problems: [LoRAError.Problem]) {
    let file = try WeightsFile(contentsOf: url)
    let names = file.entries.map(\.name)
    var problems: [LoRAError.Problem] = []
    var groups: [String: [AdapterKey.Slot: String]] = [:]
    for name in names {
      guard let key = AdapterKey(name) else {
        let end = name.split(separator: ".").suffix(2).joined(separator: ".")
        let nearest = nearestNames(to: end, among: AdapterKey.knownEnds, limit: 1).first
        problems.append(.unknown(name: name, nearest: nearest))
        continue
      }
      guard AdapterPlace(key.place) != nil else {
        problems.append(.foreign(name: name))
        continue
      }
      if let other = groups[key.place, default: [:]].updateValue(name, forKey: key.slot) {
        problems.append(.repeated(other, name))
      }
    }
    var modules: [AdapterModule] = []
    for (spelled, names) in groups.sorted(by: { $0.key < $1.key }) {
      guard let place = AdapterPlace(spelled) else { continue }
      do throws(LoRAError.Problem) {
        modules.append(try AdapterModule(place, spelled: spelled, names: names))
      } catch {
        problems.append(error)
      }
    }
    let settings = try PEFTSettings(of: url, metadata: file.metadata)
    let lora = LoRA(
      path: url.path(percentEncoded: false), metadata: file.metadata, file: file,
      modules: modules, settings: settings)
    return (lora, problems)
  }

  private init(
    path: String, metadata: [String: String], file: WeightsFile, modules: [AdapterModule],
    settings: PEFTSettings
  ) {
    self.path = path
    self.metadata = metadata
    self.file = file
    self.modules = modules
    self.settings = settings
  }

  /// How many layers the file changes of each network.
  public var layers: [Network: Int] {
    Dictionary(grouping: modules, by: \.place.network).mapValues(\.count)
  }

  /// The networks that the file changes.
  public var networks: [Network] { Network.allCases.filter { layers[$0] != nil } }

  /// The ranks of the products, ascending, each once.
  public var ranks: [Int] {
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    let found = modules.compactMap { $0.product?.ranked.flatMap { shapes[$0.name]?.first } }
    return Set(found).sorted()
  }
}
