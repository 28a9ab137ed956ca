/// The sizes of a Stable Diffusion UNet, as far as its weights' names and shapes tell.
package struct UNetOutline: Sendable, Hashable {
  /// What a network is told of a picture besides its noise level and its prompt.
  package enum Labels: Sendable, Hashable {
    /// Nothing.
    case none
    /// One of so many classes: the noise levels of the enlarger's input.
    case classes(Int)
    /// A vector of that width: the pooled prompt, sizes and crops.
    case vector(Int)
  }

  /// The channels of the input: 4 latents, and what a task adds to them.
  package var inputs = 4
  /// The channels of the output.
  package var outputs = 4
  /// The channels at every resolution, finest first.
  package var channels = [320, 640, 1280, 1280]
  /// The transformer blocks at every resolution; none is no attention.
  package var depths = [1, 1, 1, 0]
  /// The transformer blocks in the middle.
  package var middleDepth = 1
  /// The resolutions at which the first attention looks at the prompt, too.
  package var crossOnly: Set<Int> = []
  /// The width of the prompt's states.
  package var contextWidth = 768
  /// The residual blocks at a resolution on the way down; the way up has one more.
  package var layers = 2
  /// Whether the transformers' first and last layers are matrices, not kernels of one element.
  package var projectsByMatrix = true
  /// What else the network is told.
  package var labels = Labels.none

  /// Stable Diffusion 1.
  package static let sd1 = UNetOutline(projectsByMatrix: false)
  /// Stable Diffusion 2.
  package static let sd2 = UNetOutline(contextWidth: 1024)
  /// Stable Diffusion XL.
  package static let xl = UNetOutline(
    channels: [320, 640, 1280], depths: [0, 2, 10], middleDepth: 10, contextWidth: 2048,
    labels: .vector(2816))
  /// The refiner of Stable Diffusion XL.
  package static let refiner = UNetOutline(
    channels: [384, 768, 1536, 1536], depths: [0, 4, 4, 0], middleDepth: 4, contextWidth: 1280,
    labels: .vector(2560))
  /// The fourfold enlarger of Stable Diffusion 2.
  package static let enlarger = UNetOutline(
    inputs: 7, channels: [256, 512, 512, 1024], depths: [0, 1, 1, 1], crossOnly: [0, 1, 2],
    contextWidth: 1024, labels: .classes(1000))

  /// The numbers of the original's blocks that begin a resolution on the way down.
  func firstBlock(of level: Int) -> Int { 1 + level * (layers + 1) }

  /// The weights with their shapes, by diffusers' names.
  package var weights: [String: [Int]] {
    var list = WeightList()
    let time = 4 * channels[0]
    list.conv("conv_in", inputs, channels[0], kernel: 3)
    list.linear("time_embedding.linear_1", channels[0], time)
    list.linear("time_embedding.linear_2", time, time)
    switch labels {
    case .none: break
    case .classes(let count): list.add("class_embedding.weight", [count, time])
    case .vector(let width):
      list.linear("add_embedding.linear_1", width, time)
      list.linear("add_embedding.linear_2", time, time)
    }
    addDownBlocks(to: &list)
    let middle = channels[channels.count - 1]
    for index in 0..<2 { addResidual("mid_block.resnets.\(index)", middle, middle, to: &list) }
    addTransformer("mid_block.attentions.0", middle, depth: middleDepth, to: &list)
    addUpBlocks(to: &list)
    list.norm("conv_norm_out", channels[0])
    list.conv("conv_out", channels[0], outputs, kernel: 3)
    return list.shapes
  }

  private func addDownBlocks(to list: inout WeightList) {
    for (level, width) in channels.enumerated() {
      let block = "down_blocks.\(level)"
      for layer in 0..<layers {
        let before = layer > 0 ? width : channels[max(level - 1, 0)]
        addResidual("\(block).resnets.\(layer)", before, width, to: &list)
        addTransformer(
          "\(block).attentions.\(layer)", width, depth: depths[level],
          crossOnly: crossOnly.contains(level), to: &list)
      }
      if level < channels.count - 1 {
        list.conv("\(block).downsamplers.0.conv", width, width, kernel: 3)
      }
    }
  }

  private func addUpBlocks(to list: inout WeightList) {
    for (number, level) in channels.indices.reversed().enumerated() {
      let (block, width) = ("up_blocks.\(number)", channels[level])
      for layer in 0...layers {
        let before = layer > 0 ? width : channels[min(level + 1, channels.count - 1)]
        let skipped = layer < layers ? width : channels[max(level - 1, 0)]
        addResidual("\(block).resnets.\(layer)", before + skipped, width, to: &list)
        addTransformer(
          "\(block).attentions.\(layer)", width, depth: depths[level],
          crossOnly: crossOnly.contains(level), to: &list)
      }
      if level > 0 { list.conv("\(block).upsamplers.0.conv", width, width, kernel: 3) }
    }
  }

  private func addResidual(_ name: String, _ before: Int, _ after: Int, to list: inout WeightList) {
    list.norm("\(name).norm1", before)
    list.conv("\(name).conv1", before, after, kernel: 3)
    list.linear("\(name).time_emb_proj", 4 * channels[0], after)
    list.norm("\(name).norm2", after)
    list.conv("\(name).conv2", after, after, kernel: 3)
    if before != after { list.conv("\(name).conv_shortcut", before, after, kernel: 1) }
  }

  private func addTransformer(
    _ name: String, _ width: Int, depth: Int, crossOnly: Bool = false, to list: inout WeightList
  ) {
    guard depth > 0 else { return }
    list.norm("\(name).norm", width)
    for projection in ["\(name).proj_in", "\(name).proj_out"] {
      if projectsByMatrix {
        list.linear(projection, width, width)
      } else {
        list.conv(projection, width, width, kernel: 1)
      }
    }
    for index in 0..<depth {
      let block = "\(name).transformer_blocks.\(index)"
      for norm in 1...3 { list.norm("\(block).norm\(norm)", width) }
      for (attention, context) in [
        ("attn1", crossOnly ? contextWidth : width), ("attn2", contextWidth),
      ] {
        list.linear("\(block).\(attention).to_q", width, width, bias: false)
        list.linear("\(block).\(attention).to_k", context, width, bias: false)
        list.linear("\(block).\(attention).to_v", context, width, bias: false)
        list.linear("\(block).\(attention).to_out.0", width, width)
      }
      list.linear("\(block).ff.net.0.proj", width, 8 * width)
      list.linear("\(block).ff.net.2", 4 * width, width)
    }
  }
}
