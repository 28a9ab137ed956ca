/// The graph that ComfyUI shows, as it saves it in the text `workflow` of its pictures and in
/// files.
///
/// Here a node's values are a list without names, and links have numbers of their own. What it says
/// is what ``ComfyGraph`` says, but for nodes whose list of values is not known here.
struct ComfyWorkflow {
  private let nodes: [String: JSONTree]
  /// The node that each link comes from.
  private let origins: [UInt64: String]

  /// Reads a graph.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is none.
  init(_ text: String) throws {
    let tree = try JSONTree(text, of: "workflow")
    guard case .array(let nodes)? = tree["nodes"], case .array(let links)? = tree["links"] else {
      throw PictureSettingsError.Problem(
        place: "workflow", expected: "nodes and links", found: text)
    }
    guard nodes.count <= ComfyGraph.most, links.count <= 10 * ComfyGraph.most else {
      throw PictureSettingsError.Problem(
        place: "workflow", expected: "at most \(ComfyGraph.most) nodes", found: "\(nodes.count)")
    }
    self.nodes = try nodes.reduce(into: [:]) { found, node in
      guard let id = Self.name(node["id"]), node["type"]?.text != nil else {
        throw PictureSettingsError.Problem(
          place: "workflow", expected: "nodes with an id and a type", found: "\(node)")
      }
      found[id] = node
    }
    origins = links.reduce(into: [:]) { origins, link in
      guard case .array(let parts) = link, parts.count >= 2, case .integer(let number) = parts[0],
        let origin = Self.name(parts[1])
      else { return }
      origins[number] = origin
    }
  }

  /// The same graph as ComfyUI runs it.
  var graph: ComfyGraph {
    ComfyGraph(
      nodes: nodes.mapValues { node in
        let type = isActive(node) ? node["type"]?.text ?? "" : ""
        let values = type.isEmpty ? [:] : values(node, of: type)
        return ComfyGraph.Node(type: type, inputs: values.merging(links(of: node)) { $1 })
      })
  }

  /// Whether a node is run: not one that is muted or passed by.
  private func isActive(_ node: JSONTree) -> Bool {
    node["mode"] != .integer(2) && node["mode"] != .integer(4)
  }

  /// The linked inputs; a value that another node only holds stands in the list of values too.
  private func links(of node: JSONTree) -> [String: JSONTree] {
    guard case .array(let inputs)? = node["inputs"] else { return [:] }
    return inputs.reduce(into: [:]) { found, input in
      guard let name = input["name"]?.text, let origin = origin(of: input) else { return }
      if nodes[origin]?["type"]?.text == "PrimitiveNode" { return }
      found[name] = .array([.string(origin), .integer(0)])
    }
  }

  /// The node behind an input, and behind those that only pass it on.
  private func origin(of input: JSONTree) -> String? {
    var (input, seen): (JSONTree, Set<String>) = (input, [])
    while case .integer(let link)? = input["link"], let origin = origins[link] {
      guard nodes[origin]?["type"]?.text == "Reroute" else { return origin }
      guard seen.insert(origin).inserted, case .array(let next)? = nodes[origin]?["inputs"],
        let first = next.first
      else { return nil }
      input = first
    }
    return nil
  }

  /// The values of a node by their names: those that the node itself gives, or that its class has.
  private func values(_ node: JSONTree, of type: String) -> [String: JSONTree] {
    if case .object(let named)? = node["widgets_values"] { return named }
    guard case .array(let values)? = node["widgets_values"],
      let names = Self.names[type] ?? own(node, count: values.count)
    else { return [:] }
    return Dictionary(zip(names, values)) { first, _ in first }
  }

  /// The names of the values that a node lists as inputs, where they are as many as the values.
  private func own(_ node: JSONTree, count: Int) -> [String]? {
    guard case .array(let inputs)? = node["inputs"] else { return nil }
    var names = inputs.compactMap { $0["widget"]?["name"]?.text }
    if let seed = names.firstIndex(where: { $0 == "seed" || $0 == "noise_seed" }) {
      names.insert("control_after_generate", at: seed + 1)
    }
    return names.count == count ? names : nil
  }

  /// The values of ComfyUI's own nodes, in the order of their lists.
  private static let names: [String: [String]] = [
    "KSampler": [
      "seed", "control_after_generate", "steps", "cfg", "sampler_name", "scheduler", "denoise",
    ],
    "KSamplerAdvanced": [
      "add_noise", "noise_seed", "control_after_generate", "steps", "cfg", "sampler_name",
      "scheduler", "start_at_step", "end_at_step", "return_with_leftover_noise",
    ],
    "CLIPTextEncode": ["text"],
    "CheckpointLoaderSimple": ["ckpt_name"],
    "UNETLoader": ["unet_name", "weight_dtype"],
    "LoraLoader": ["lora_name", "strength_model", "strength_clip"],
    "LoraLoaderModelOnly": ["lora_name", "strength_model"],
    "EmptyLatentImage": ["width", "height", "batch_size"],
    "EmptySD3LatentImage": ["width", "height", "batch_size"],
    "RandomNoise": ["noise_seed", "control_after_generate"],
    "KSamplerSelect": ["sampler_name"],
    "BasicScheduler": ["scheduler", "steps", "denoise"],
    "CFGGuider": ["cfg"],
  ]

  /// A node's number, or its name, as links have it.
  private static func name(_ id: JSONTree?) -> String? {
    if case .integer(let number)? = id { "\(number)" } else { id?.text }
  }
}

extension PictureSettings {
  /// Reads a graph that ComfyUI shows.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is no graph, or one without a sampler.
  init(comfyWorkflow text: String) throws {
    try self.init(ComfyWorkflow(text).graph, in: "workflow")
  }
}
