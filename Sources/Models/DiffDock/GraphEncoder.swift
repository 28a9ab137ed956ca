internal import Foundation
internal import Layers
internal import Torch

/// Edges of one kind with what layers read along them.
struct EdgePart: Sendable {
  /// Who hears above who tells, `[2, edges]`.
  var index: Tensor
  /// From who hears to who tells, in Å, `[edges, 3]`.
  let vectors: Tensor
  /// `[edges, ns]`.
  var features: Tensor
  /// The harmonics of the vectors, `[edges, harmonics]`.
  let sphere: Tensor
  /// A factor of each edge's weights, `[edges, 1]`, if there is one.
  let weight: Tensor?

  /// The same edges the other way round.
  func reversed(_ harmonics: SphericalHarmonics) -> EdgePart {
    EdgePart(
      index: index.flipped([0]), vectors: -vectors, features: features,
      sphere: harmonics(-vectors), weight: weight)
  }
}

extension [EdgePart] {
  /// The edges of all parts with the scalars of both ends.
  ///
  /// - Parameters:
  ///   - nodes: The features of all nodes.
  ///   - scalars: How many of them, the first ones, are scalars that are read.
  ///   - apart: Whether each part has weights of its own.
  /// - Returns: The edges.
  func joined(_ nodes: Tensor, scalars: Int, apart: Bool) -> GraphEdges {
    let own = nodes.narrowed(dim: 1, start: 0, length: scalars)
    let features = map { part in
      let (hearing, telling) = (
        part.index.selected(dim: 0, index: 0), part.index.selected(dim: 0, index: 1)
      )
      return [part.features, own.at(hearing), own.at(telling)].concatenated(dim: 1)
    }
    let weights = compactMap(\.weight)
    return GraphEdges(
      map(\.index).concatenated(dim: 1),
      features: apart ? features : [features.concatenated(dim: 0)],
      harmonics: map(\.sphere).concatenated(dim: 0),
      weight: weights.isEmpty ? nil : weights.concatenated(dim: 0))
  }
}

extension DiffDockConfiguration {
  /// What nodes have before and after each of the first layers.
  var states: [Irreps] {
    let first = [Irrep(1, .odd)] + (useSecondOrderRepr ? [Irrep(2, .even)] : [])
    let second = [Irrep(1, .even)] + (useSecondOrderRepr ? [Irrep(2, .odd)] : [])
    func copies(_ count: Int, _ kinds: [Irrep]) -> Irreps {
      Irreps(kinds.map { Irreps.Term(count, $0) })
    }
    let scalars = copies(ns, [Irrep(0, .even)])
    return [
      scalars, scalars + copies(nv, first), scalars + copies(nv, first + second),
      scalars + copies(nv, first + second) + copies(pseudoscalars, [Irrep(0, .odd)]),
    ]
  }

  /// How many scalars that mirrors negate nodes have at last.
  var pseudoscalars: Int { reducePseudoscalars ? nv : ns }

  /// What nodes have after so many layers.
  func state(after layers: Int) -> Irreps { states[min(layers, states.count - 1)] }

  /// The harmonics of edges.
  var space: Irreps { .sphericalHarmonics(upTo: shLmax) }

  /// The layer of that number.
  func layer(
    _ scope: Scope, number: Int, groups: Int
  ) throws(IrrepsError) -> TensorProductConvolution {
    var sizes = TensorProductConvolution.Configuration(
      state(after: number), space, state(after: number + 1), edgeFeatures: 3 * ns)
    sizes.edgeLayers = tpWeightsLayers
    sizes.edgeGroups = groups
    sizes.isNormed = !noBatchNorm
    if depthwiseConvolution {
      sizes.product = .depthwise
    } else if shLmax == 1, !useSecondOrderRepr {
      sizes.product = .byOutput
    }
    return try TensorProductConvolution(scope, sizes)
  }

  /// Half a wave of the cosine, from 1 at no distance to 0 at the farthest, where edges fade.
  ///
  /// - Parameters:
  ///   - lengths: `[edges]`, in Å.
  ///   - reach: How far is seen, `[edges]` or `[]`.
  /// - Returns: `[edges, 1]`, or nothing.
  func fading(_ lengths: Tensor, within reach: Tensor) -> Tensor? {
    guard smoothEdges else { return nil }
    let angle = (lengths * Double.pi / reach).clamped(max: .real(.pi))
    return (0.5 * (angle.cosine() + 1)).unsqueezed(-1)
  }
}

/// Makes features of nodes and edges that see none but their kind: of a ligand, or of a protein.
struct GraphEncoder: Sendable {
  /// The harmonics of edges.
  let harmonics: SphericalHarmonics
  /// How the edges' lengths are told.
  let smearing: GaussianSmearing
  private let configuration: DiffDockConfiguration
  private let nodes: CategoryEncoder
  private let edges: TwoLayers
  private let layers: [TensorProductConvolution]
  private let reach: Double

  /// An encoder with the parts whose names begin with `name`.
  init(
    _ scope: Scope, _ name: String, _ configuration: DiffDockConfiguration, choices: [Int],
    nodeNumbers: Int, edgeNumbers: Int, reach: Double
  ) throws(IrrepsError) {
    self.configuration = configuration
    self.reach = reach
    let (ns, bumps) = (configuration.ns, configuration.distanceEmbedDim)
    nodes = CategoryEncoder(
      scope / "\(name)_node_embedding", choices: choices, numbers: nodeNumbers, channels: ns)
    edges = TwoLayers(scope / "\(name)_edge_embedding", edgeNumbers + bumps, ns, second: 3)
    smearing = GaussianSmearing(scope / "\(name)_distance_expansion", over: 0...reach, count: bumps)
    harmonics = try SphericalHarmonics(
      configuration.space, normalizes: true, normalization: .component)
    var layers: [TensorProductConvolution] = []
    for index in 0..<configuration.numProtEmbLayers {
      layers.append(
        try configuration.layer(scope / "\(name)_emb_layers" / index, number: index, groups: 1))
    }
    self.layers = layers
  }

  /// - Parameters:
  ///   - choices: What is known of nodes by choices.
  ///   - numbers: What is known of nodes in numbers.
  ///   - index: Who hears above who tells.
  ///   - edgeNumbers: What is known of edges but for their length.
  ///   - positions: The nodes' places, and perhaps others after them.
  ///   - isTraining: Whether normalizations go by this batch.
  /// - Returns: The nodes' features, and the edges.
  func callAsFunction(
    _ choices: Tensor, _ numbers: Tensor?, _ index: Tensor, _ edgeNumbers: Tensor?,
    _ positions: Tensor, isTraining: Bool
  ) -> (nodes: Tensor, edges: EdgePart) {
    let (hearing, telling) = (index.selected(dim: 0, index: 0), index.selected(dim: 0, index: 1))
    let vectors = positions.at(telling) - positions.at(hearing)
    let lengths = vectors.lengths
    let bumps = smearing(lengths)
    let part = EdgePart(
      index: index, vectors: vectors,
      features: edges(edgeNumbers.map { concatenate($0, bumps, dim: 1) } ?? bumps),
      sphere: harmonics(vectors),
      weight: configuration.fading(lengths, within: Tensor([Float(reach)])))
    var state = nodes(choices, numbers)
    for layer in layers {
      state = layer(
        state, [part].joined(state, scalars: configuration.ns, apart: false),
        isTraining: isTraining)
    }
    return (state, part)
  }
}
