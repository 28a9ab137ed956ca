import Layers
import TestSupport
import Testing
import Torch

/// Layers with PyTorch's weights give PyTorch's results, in float32 to 1e-5.
@Suite struct LayerParityTests {
  let golden: Golden

  init() throws {
    golden = try Golden("layers.safetensors")
  }

  /// Builds a layer from its golden weights, all of them, and compares what it makes of `x`.
  private func check<Layer>(
    _ name: String, _ build: (Scope) -> Layer, _ run: (Layer, Tensor) -> Tensor
  ) throws {
    let weights = WeightSource(try golden.tensors("\(name).module"))
    let layer = try ParameterStore(loading: weights).network(build)
    let y = try checked { run(layer, try golden["\(name).x"]) }
    #expect(distance(y, try golden["\(name).y"]) < 1e-5)
  }

  @Test("linear maps")
  func linear() throws {
    try check("linear", { Linear($0, 5, 7) }, { $0($1) })
    try check("linear_plain", { Linear($0, 5, 7, bias: false) }, { $0($1) })
  }

  @Test("convolutions over clips add nothing before or after the frames")
  func conv3d() throws {
    try check(
      "conv3d",
      { Conv3d($0, 2, 3, kernel: [3, 1, 2], stride: [2, 1, 2], padding: [1, 1]) }, { $0($1) })
  }

  @Test("convolutions, with strides and groups")
  func conv2d() throws {
    try check("conv2d", { Conv2d($0, 3, 4, kernel: 3, padding: 1) }, { $0($1) })
    try check(
      "conv2d_strided",
      { Conv2d($0, 4, 6, kernel: 3, stride: 2, padding: 1, groups: 2, bias: false) }, { $0($1) })
  }

  @Test("normalizations")
  func norms() throws {
    try check("group_norm", { GroupNorm($0, 6, groups: 2, eps: 1e-6) }, { $0($1) })
    try check("layer_norm", { LayerNorm($0, 8, eps: 1e-12) }, { $0($1) })
    try check("layer_norm_plain", { _ in LayerNorm(8, eps: 1e-6) }, { $0($1) })
  }

  @Test("tables")
  func embedding() throws {
    try check("embedding", { Embedding($0, 9, 4) }, { $0($1) })
  }

  @Test("attention is the paper's formula", arguments: ["attention", "attention_masked"])
  func attention(_ name: String) throws {
    let parts = try golden.tensors(name)
    let query = try #require(parts["query"])
    let key = try #require(parts["key"])
    let value = try #require(parts["value"])
    let y = try checked {
      multiHeadAttention(query: query, key: key, value: value, heads: 4, mask: parts["mask"])
    }
    #expect(distance(y, try golden["\(name).y"]) < 1e-5)
  }
}
