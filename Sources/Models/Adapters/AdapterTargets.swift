internal import Checkpoints

/// The modules of a network that adapters can name, in every spelling.
struct AdapterTargets {
  /// The network.
  let network: LoRA.Network
  private let modules: [String: String]

  /// - Parameters:
  ///   - network: The network.
  ///   - names: The names of its weights, by diffusers' names.
  init(_ network: LoRA.Network, names: some Sequence<String>) {
    self.network = network
    let modules = names.compactMap { name in
      name.hasSuffix(".weight") ? String(name.dropLast(7)) : nil
    }
    var table: [String: String] = [:]
    for module in modules { table[AdapterPlace(network, module: module).flattened] = module }
    if network == .unet {
      let map = UNetOutline(modules: modules).keyMap
      for module in modules {
        guard let original = map.origin(of: module) else { continue }
        table[AdapterPlace(network, module: original).flattened] = module
      }
    }
    self.modules = table
  }

  /// All spellings, each with `_` for dots.
  var spellings: [String] { Array(modules.keys) }

  /// The network's own name of a module.
  subscript(place: AdapterPlace) -> String? { modules[place.flattened] }
}

extension UNetOutline {
  /// What the names of a U-Net's modules say of its layout, which is all that the original's names
  /// depend on; the sizes are not those of the network.
  fileprivate init(modules: [String]) {
    let names = Set(modules)
    func count(_ name: (Int) -> String) -> Int {
      (0...).prefix { names.contains(name($0)) }.count
    }
    let levels = count { "down_blocks.\($0).resnets.0.conv1" }
    self.init(
      channels: Array(repeating: 1, count: levels),
      depths: (0..<levels).map { names.contains("down_blocks.\($0).attentions.0.norm") ? 1 : 0 },
      layers: count { "down_blocks.0.resnets.\($0).conv1" },
      labels: names.contains("add_embedding.linear_1") ? .vector(0) : .none)
  }
}
