internal import Models

extension ModelReport.File {
  /// Notes what a LoRA changes, and what of it is not understood.
  mutating func describe(_ found: (lora: LoRA, problems: [LoRAError.Problem])) {
    let (lora, problems) = found
    adapter = ModelReport.Adapter(
      layers: Dictionary(
        uniqueKeysWithValues: lora.layers.map { ($0.key.rawValue, $0.value) }),
      ranks: lora.ranks, families: problems.isEmpty ? lora.families.map(\.name) : [])
    for problem in problems {
      switch problem {
      case .unknown(let name, let nearest):
        unknown.append(
          ModelReport.Misfit(name: name, hint: nearest.map { "did you mean \($0)?" }))
      case .foreign(let name):
        unknown.append(ModelReport.Misfit(name: name, hint: "of no network of Stable Diffusion"))
      case .incomplete(let place, let parts):
        missing += parts.map { ModelReport.Misfit(name: "\(place).\($0)", hint: nil) }
      case .surplus, .repeated, .noModule, .misshapen, .noNetwork, .scale, .noEffect:
        unknown.append(ModelReport.Misfit(name: "\(problem)", hint: nil))
      }
    }
  }
}

extension ModelReport.File {
  /// Notes which models an IP-Adapter is for, or why it cannot be used.
  mutating func describeImageAdapter(_ shapes: [String: [Int]]) {
    do throws(IPAdapterError.Problem) {
      let (attentions, families, _) = try IPAdapter.outline(shapes)
      adapter = ModelReport.Adapter(
        layers: ["unet": attentions], ranks: [], families: families.map(\.name))
    } catch {
      unknown.append(ModelReport.Misfit(name: "\(error)", hint: nil))
    }
  }
}

extension ModelReport {
  /// What trainers note that says what a LoRA is for.
  private static let notes = [
    "modelspec.title", "modelspec.architecture", "modelspec.trigger_phrase",
    "ss_base_model_version", "ss_sd_model_name", "ss_network_module", "ss_network_dim",
    "ss_network_alpha", "ss_output_name", "ss_training_comment",
  ]

  /// What a person reads of a LoRA.
  static func lines(_ adapter: Adapter, _ metadata: [String: String]) -> [String] {
    let layers = adapter.layers.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
    let fits = adapter.families.isEmpty ? ["no known family"] : adapter.families
    var lines = [
      "  changes     \(layers.joined(separator: ", ")) (layers)",
      "  fits        \(fits.joined(separator: ", "))",
    ]
    if !adapter.ranks.isEmpty {
      lines.append("  rank        \(adapter.ranks.map(String.init).joined(separator: ", "))")
    }
    for key in notes {
      guard let text = metadata[key], !text.isEmpty, text != "None" else { continue }
      // What a stranger wrote is quoted, so that it can do nothing to a terminal.
      lines.append("  noted       \(key) \(String(text.prefix(200)).debugDescription)")
    }
    return lines
  }
}
