import Testing

@testable import Inkwell

/// The graphs that ComfyUI shows, in the layout of its own default graph.
@Suite struct ComfyWorkflowTests {
  private static func node(
    _ id: Int, _ type: String, _ inputs: [(String, Int)] = [], _ values: String = "[]",
    mode: Int = 0
  ) -> String {
    let links = inputs.map { #"{"name": "\#($0.0)", "type": "X", "link": \#($0.1)}"# }
    return """
      {"id": \(id), "type": "\(type)", "mode": \(mode), "inputs": [\(links.joined(separator: ","))],
       "widgets_values": \(values)}
      """
  }

  private static func workflow(_ nodes: [String], _ links: [(Int, Int, Int)]) -> String {
    let links = links.map { #"[\#($0.0), \#($0.1), 0, \#($0.2), 0, "X"]"# }
    return """
      {"last_node_id": 9, "nodes": [\(nodes.joined(separator: ","))],
       "links": [\(links.joined(separator: ","))], "version": 0.4}
      """
  }

  private static func graph(loraMode: Int) -> String {
    workflow(
      [
        node(4, "CheckpointLoaderSimple", [], #"["v1-5.safetensors"]"#),
        node(
          10, "LoraLoader", [("model", 1), ("clip", 2)], #"["ink.safetensors", 0.7, 0.5]"#,
          mode: loraMode),
        node(11, "Reroute", [("", 3)]),
        node(6, "CLIPTextEncode", [("clip", 4)], #"["a lighthouse"]"#),
        node(7, "CLIPTextEncode", [("clip", 4)], #"["blurry"]"#),
        node(5, "EmptyLatentImage", [], "[512, 768, 1]"),
        node(
          3, "KSampler",
          [("model", 5), ("positive", 6), ("negative", 7), ("latent_image", 8)],
          #"[156680208700286, "randomize", 20, 8, "dpmpp_2m", "karras", 1]"#),
      ],
      [
        (1, 4, 10), (2, 4, 10), (3, 10, 11), (4, 4, 6), (5, 11, 3), (6, 6, 3), (7, 7, 3), (8, 5, 3),
      ])
  }

  @Test("the values of nodes are read by their places, along links and past what passes them on")
  func reads() throws {
    let found = try PictureSettings(comfyWorkflow: Self.graph(loraMode: 0))
    #expect(found.prompt == "a lighthouse" && found.negative == "blurry")
    #expect(found.seed == 156_680_208_700_286 && found.steps == 20 && found.guidance == 8)
    #expect(found.sampler?.ours == "dpmpp-2m" && found.spacing?.ours == "karras")
    #expect(found.width == 512 && found.height == 768 && found.model == "v1-5.safetensors")
    #expect(
      found.loras == [.init(name: "ink.safetensors", weight: 0.7, textEncoderWeight: 0.5)])
  }

  @Test("a node that is passed by acts no more", arguments: [2, 4])
  func bypassed(mode: Int) throws {
    let found = try PictureSettings(comfyWorkflow: Self.graph(loraMode: mode))
    #expect(found.loras.isEmpty && found.model == "v1-5.safetensors")
  }

  @Test("nodes of others are read by the names that they list, with the seed's second value")
  func others() throws {
    let node = """
      {"id": 1, "type": "KSampler (Mine)", "mode": 0, "inputs": [
        {"name": "latent_image", "link": 2},
        {"name": "steps", "link": null, "widget": {"name": "steps"}},
        {"name": "seed", "link": null, "widget": {"name": "seed"}},
        {"name": "cfg", "link": null, "widget": {"name": "cfg"}}],
       "widgets_values": [12, 34, "fixed", 5.5]}
      """
    let latent = Self.node(2, "EmptyLatentImage", [], "[64, 32, 1]")
    let found = try PictureSettings(
      comfyWorkflow: Self.workflow([node, latent], [(2, 2, 1)]))
    #expect(found.steps == 12 && found.seed == 34 && found.guidance == 5.5 && found.width == 64)
  }

  @Test("what is no graph, is too large or goes in rings is refused or comes to an end")
  func refusals() throws {
    func problem(_ text: String) -> PictureSettingsError.Problem? {
      #expect(throws: PictureSettingsError.Problem.self) {
        try PictureSettings(comfyWorkflow: text)
      }
    }
    #expect(problem("{}")?.expected == "nodes and links")
    #expect(problem("3")?.place == "workflow")
    #expect(
      problem(#"{"nodes": [{"type": "X"}], "links": []}"#)?.expected
        == "nodes with an id and a type")
    #expect(
      problem(Self.workflow([Self.node(1, "SaveImage")], []))
        == .init(place: "workflow", expected: "a node that samples", found: "SaveImage"))
    let many = (0...ComfyGraph.most).map { Self.node($0, "X") }
    #expect(problem(Self.workflow(many, []))?.expected == "at most 5000 nodes")
    let ring = Self.workflow(
      [
        Self.node(1, "KSampler", [("latent_image", 1), ("model", 1)]),
        Self.node(2, "Reroute", [("", 2)]), Self.node(3, "Reroute", [("", 1)]),
      ], [(1, 2, 1), (2, 3, 2)])
    #expect(problem(ring)?.expected == "a node that samples")
  }
}
