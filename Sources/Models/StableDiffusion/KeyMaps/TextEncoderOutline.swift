/// The sizes of a CLIP text encoder, as far as its weights' names and shapes tell.
package struct TextEncoderOutline: Sendable, Hashable {
  /// The width of the states.
  package var width = 768
  /// The layers that are run.
  package var layers = 12
  /// The tokens that have a state to begin with.
  package var vocabulary = 49408
  /// Whether the pooled state is projected.
  package var hasProjection = false

  /// OpenAI's CLIP ViT-L/14: Stable Diffusion 1, and the first of XL.
  package static let clipL = TextEncoderOutline()
  /// OpenCLIP's ViT-H/14 without its last layer: Stable Diffusion 2.
  package static let openCLIPH = TextEncoderOutline(width: 1024, layers: 23)
  /// OpenCLIP's ViT-bigG/14: the second of XL, and the refiner's.
  package static let openCLIPBigG = TextEncoderOutline(width: 1280, layers: 32, hasProjection: true)

  /// The weights with their shapes, by transformers' names.
  package var weights: [String: [Int]] {
    var list = WeightList()
    list.add("text_model.embeddings.token_embedding.weight", [vocabulary, width])
    list.add("text_model.embeddings.position_embedding.weight", [77, width])
    for index in 0..<layers {
      let layer = "text_model.encoder.layers.\(index)"
      list.norm("\(layer).layer_norm1", width)
      for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        list.linear("\(layer).self_attn.\(part)", width, width)
      }
      list.norm("\(layer).layer_norm2", width)
      list.linear("\(layer).mlp.fc1", width, 4 * width)
      list.linear("\(layer).mlp.fc2", 4 * width, width)
    }
    list.norm("text_model.final_layer_norm", width)
    if hasProjection { list.linear("text_projection", width, width, bias: false) }
    return list.shapes
  }
}
