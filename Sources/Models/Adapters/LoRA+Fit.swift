internal import Checkpoints
internal import Diffusion
internal import Torch

extension LoRA {
  /// A module of the file that has found its weight.
  struct FittedModule {
    /// The module's name in the network.
    let name: String
    let module: AdapterModule
  }

  /// Holds the modules of a network against its weights.
  ///
  /// - Parameters:
  ///   - targets: The modules that the network has.
  ///   - shape: Answers a weight's shape by its whole name; none where it is not there.
  /// - Returns: The modules that fit, and what is in the way of the others.
  func fit(
    _ targets: AdapterTargets, shape: (String) throws -> [Int]?
  ) rethrows -> (modules: [FittedModule], problems: [LoRAError.Problem]) {
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    var (fitted, problems): ([FittedModule], [LoRAError.Problem]) = ([], [])
    var known: [String: String] = [:]
    for module in modules where module.place.network == targets.network {
      guard let name = targets[module.place] else {
        problems.append(
          .noModule(place: module.spelled, network: targets.network, nearest: nil))
        continue
      }
      if let other = known.updateValue(module.spelled, forKey: name) {
        problems.append(.repeated(other, module.spelled))
        continue
      }
      let misfits = try module.misfits(name, factors: shapes, shape: shape)
      problems += misfits
      if misfits.isEmpty { fitted.append(FittedModule(name: name, module: module)) }
    }
    return (fitted, problems)
  }

  /// The modules of a network that the file changes.
  ///
  /// - Parameters:
  ///   - folder: The network's folder in diffusers' layout.
  ///   - shapes: The shapes of its weights, by diffusers' names.
  /// - Returns: The modules' names; those that do not fit are passed over.
  package func modules(of folder: String, _ shapes: [String: [Int]]) -> Set<String> {
    guard let network = Network(rawValue: folder) else { return [] }
    let targets = AdapterTargets(network, names: shapes.keys)
    return Set(fit(targets) { shapes[$0] }.modules.map(\.name))
  }

  /// The same problems, the first of which say which of a network's modules they may have meant.
  static func explained(
    _ problems: [LoRAError.Problem], spellings: [String]
  ) -> [LoRAError.Problem] {
    var hints = 8
    return problems.map { problem in
      guard hints > 0, case .noModule(let spelled, let network, _) = problem,
        let place = AdapterPlace(spelled)
      else { return problem }
      hints -= 1
      let nearest = nearestNames(to: place.flattened, among: spellings, limit: 1).first
      return .noModule(place: spelled, network: network, nearest: nearest)
    }
  }

  /// The families of Stable Diffusion whose networks have every module, in the right shape.
  package var families: [StableDiffusionFamily] {
    guard !modules.isEmpty else { return [] }
    return StableDiffusionFamily.all.filter { family in
      networks.allSatisfy { network in
        let parts = [family.denoiser] + family.encoders
        guard let part = parts.first(where: { $0.folder == network.rawValue }) else { return false }
        let targets = AdapterTargets(network, names: part.weights.keys)
        return fit(targets) { part.weights[$0] }.problems.isEmpty
      }
    }
  }
}

extension AdapterModule {
  /// What does not fit between the change, whose `factors` have shapes by their names in the file,
  /// and the weights of the module of that name.
  func misfits(
    _ name: String, factors: [String: [Int]], shape: (String) throws -> [Int]?
  ) rethrows -> [LoRAError.Problem] {
    let weight = try shape("\(name).weight") ?? []
    var problems: [LoRAError.Problem] = []
    func compare(_ found: [Int]?, _ expected: [Int], _ isFit: Bool) {
      if !isFit {
        problems.append(.misshapen(place: spelled, expected: expected, found: found))
      }
    }
    if let product {
      let found = product.mapped {
        $0.isTransposed
          ? factors[$0.name, default: []].reversed()
          : factors[$0.name, default: []]
      }.shape
      compare(found, weight, found.map { Self.fits($0, weight) } ?? false)
    }
    if let magnitude {
      let found = factors[magnitude.name, default: []]
      let expected = magnitude.isOfOutputs || found.first == weight.first ? 0 : 1
      let lengths = weight.indices.map { $0 == expected ? weight[$0] : 1 }
      let isFit =
        magnitude.isOfOutputs
        ? found.reduce(1, *) == weight.first : found == lengths
      compare(found, lengths, isFit)
    }
    for bias in [biases.scaled, biases.plain].compactMap({ $0 }) {
      let (found, expected) = (factors[bias, default: []], try shape("\(name).bias") ?? [])
      compare(found, expected, found == expected && !expected.isEmpty)
    }
    return problems
  }

  /// Whether a difference of one shape is one of the other: kernels of one element are matrices,
  /// and a kernel's rows can stand as those of a matrix.
  private static func fits(_ found: [Int], _ weight: [Int]) -> Bool {
    guard found.first == weight.first, found.reduce(1, *) == weight.reduce(1, *) else {
      return false
    }
    return found.count <= 2 || found.filter { $0 != 1 } == weight.filter { $0 != 1 }
  }
}
