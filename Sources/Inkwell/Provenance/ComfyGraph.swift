/// The graph that ComfyUI ran, as it saves it in the text `prompt` of its pictures.
///
/// A node has a class and inputs; an input is a value or a link, `["4", 0]`, to another node's
/// output. A graph can be of any shape, with rings in it: no node is looked at twice.
struct ComfyGraph {
  /// A node.
  struct Node {
    let type: String
    let inputs: [String: JSONTree]
  }

  /// The nodes that a graph may have; what people build has hundreds.
  static let most = 5000

  let nodes: [String: Node]

  /// A graph of nodes by their names.
  init(nodes: [String: Node]) {
    self.nodes = nodes
  }

  /// Reads a graph.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is none.
  init(_ text: String) throws {
    guard case .object(let fields) = try JSONTree(text, of: "prompt") else {
      throw PictureSettingsError.Problem(
        place: "prompt", expected: "an object of nodes", found: text)
    }
    guard fields.count <= Self.most else {
      throw PictureSettingsError.Problem(
        place: "prompt", expected: "at most \(Self.most) nodes", found: "\(fields.count)")
    }
    nodes = try fields.reduce(into: [:]) { nodes, entry in
      guard let type = entry.value["class_type"]?.text,
        case .object(let inputs)? = entry.value["inputs"]
      else {
        throw PictureSettingsError.Problem(
          place: "prompt, node \(entry.key)", expected: "class_type and inputs",
          found: "\(entry.value)")
      }
      nodes[entry.key] = Node(type: type, inputs: inputs)
    }
  }

  /// The node that an input is linked to.
  func linked(_ node: Node, _ input: String) -> String? {
    guard case .array(let link)? = node.inputs[input], link.count == 2, let id = link[0].text,
      nodes[id] != nil
    else { return nil }
    return id
  }

  /// An input's own value, or that of the node that it is linked to, which holds it under a name
  /// that such nodes have.
  func value(_ node: Node, _ input: String) -> JSONTree? {
    var (node, input) = (node, input)
    var seen: Set<String> = []
    while let id = linked(node, input), seen.insert(id).inserted, let next = nodes[id] {
      let names = [input, "value", "seed", "noise_seed", "int", "float", "string", "text"]
      guard let name = names.first(where: { next.inputs[$0] != nil }) else { return nil }
      (node, input) = (next, name)
    }
    let found = node.inputs[input]
    if case .array? = found { return nil }
    return found
  }

  /// The nodes behind a node's input, nearest first; from there on along inputs of the given names,
  /// or along all if none are given.
  func behind(_ id: String, _ input: String, following names: [String] = []) -> [Node] {
    guard let node = nodes[id], let first = linked(node, input) else { return [] }
    var (queue, seen, found): ([String], Set<String>, [Node]) = ([first], [first], [])
    var place = 0
    while place < queue.count, let node = nodes[queue[place]] {
      place += 1
      found.append(node)
      let inputs = names.isEmpty ? node.inputs.keys.sorted() : names
      for input in inputs {
        if let next = linked(node, input), seen.insert(next).inserted { queue.append(next) }
      }
    }
    return found
  }

  /// The first 50 samplers, in the order in which they ran: one that others are linked to comes
  /// before them.
  var samplers: [String] {
    let found = nodes.filter { $0.value.inputs["latent_image"] != nil && $0.value.isSampler }.keys
    let depths = found.sorted().prefix(50).map { id in
      (id, behind(id, "latent_image").count { $0.isSampler })
    }
    return depths.sorted { ($0.1, $0.0.count, $0.0) < ($1.1, $1.0.count, $1.0) }.map(\.0)
  }
}

extension ComfyGraph.Node {
  /// Whether it is one of the nodes that run a sampler.
  var isSampler: Bool {
    type.contains("KSampler") && type != "KSamplerSelect" || type.hasPrefix("SamplerCustom")
  }
}

extension PictureSettings {
  /// Reads a graph of ComfyUI: what its first sampler was given.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is no graph, or one without a sampler.
  init(comfyUI text: String) throws {
    try self.init(ComfyGraph(text), in: "prompt")
  }

  /// Reads a graph of ComfyUI, which stands in the text `place`.
  init(_ graph: ComfyGraph, in place: String) throws {
    self.init(program: .comfyUI)
    guard let id = graph.samplers.first, let node = graph.nodes[id] else {
      let types = Set(graph.nodes.values.map(\.type)).sorted().joined(separator: ", ")
      throw PictureSettingsError.Problem(
        place: place, expected: "a node that samples", found: types)
    }
    if graph.samplers.count > 1 { others["samplers"] = "\(graph.samplers.count)" }
    // The custom samplers have their parts in nodes of their own.
    let parts =
      [node]
      + ["noise", "guider", "sampler", "sigmas"].flatMap {
        graph.behind(id, $0, following: ["guider"])
      }
    func value(_ names: String...) -> JSONTree? {
      for part in parts {
        for name in names { if let found = graph.value(part, name) { return found } }
      }
      return nil
    }
    if case .integer(let found)? = value("seed", "noise_seed") { seed = found }
    steps = value("steps")?.double.flatMap { Int(exactly: $0) }
    guidance = value("cfg")?.double
    strength = value("denoise")?.double
    if let name = value("sampler_name")?.text { sampler = TheirNames.sampler(name).sampler }
    if let name = value("scheduler")?.text { spacing = TheirNames.scheduler(name) }
    let holder = graph.linked(node, "guider") ?? id
    prompt =
      graph.prompt(holder, "positive") ?? graph.prompt(holder, "conditioning")
    negative = graph.prompt(holder, "negative")
    takeModel(graph, holder, node.inputs["model"] == nil ? holder : id)
    let latents = graph.behind(id, "latent_image")
    for latent in latents where width == nil {
      guard let w = graph.value(latent, "width")?.double,
        let h = graph.value(latent, "height")?.double
      else { continue }
      (width, height) = (Int(exactly: w), Int(exactly: h))
    }
  }

  /// The model behind a sampler, and the LoRAs on the way.
  private mutating func takeModel(_ graph: ComfyGraph, _ holder: String, _ id: String) {
    for node in graph.behind(id, "model", following: ["model", "unet", "base_model"]) {
      if let name = node.inputs["lora_name"]?.text {
        loras.append(
          Adapter(
            name: name, weight: graph.value(node, "strength_model")?.double,
            textEncoderWeight: graph.value(node, "strength_clip")?.double))
      }
      for key in ["ckpt_name", "unet_name"] where model == nil {
        model = graph.value(node, key)?.text
      }
    }
    // The one that is nearest to the model was applied first.
    loras.reverse()
  }
}

extension ComfyGraph {
  /// The text behind a conditioning.
  func prompt(_ id: String, _ input: String) -> String? {
    let names = [input, "conditioning", "conditioning_1", "conditioning_to", "conditioning_from"]
    for node in behind(id, input, following: names) {
      if let text = value(node, "text")?.text { return text }
      let texts = ["text_g", "text_l"].compactMap { value(node, $0)?.text }
      if let first = texts.first {
        return Set(texts).count == 1 ? first : texts.joined(separator: "\n")
      }
    }
    return nil
  }
}
