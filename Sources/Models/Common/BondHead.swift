internal import Layers
internal import Torch

/// The bonds that turn, and the atoms near their middles.
struct BondViews: Sendable {
  /// The atoms of the bonds, `[2, torsions]`.
  let turning: Tensor
  /// The bonds above the atoms near them, `[2, pairs]`.
  let pairs: Tensor

  /// The bonds of places in Å, each of a cloud, from atoms to atoms.
  init(
    _ places: [SIMD3<Double>], clouds: [Int], from: [Int], to: [Int], within radius: Double
  ) throws(GraphError) {
    turning = Tensor(from + to, shape: [2, from.count])
    let middles = zip(from, to).map { (places[$0] + places[$1]) / 2 }
    pairs = try PointClouds(places, clouds: clouds).neighbours(
      of: try PointClouds(middles, clouds: from.map { clouds[$0] }), within: radius)
  }

  /// How many bonds there are.
  var count: Int { turning.shape[1] }
}

/// A number for each bond that turns, from the atoms near its middle, which turns and shifts of the
/// whole leave as it is.
///
/// Jing et al. 2022, section 3.3, https://arxiv.org/abs/2206.01729: the harmonics of the atoms'
/// directions are multiplied with those of the bond's axis, which has no sense.
struct BondHead: Sendable {
  /// The sizes and the names of a reference.
  struct Configuration {
    /// The scalars of an atom, the first of its features.
    var scalars: Int
    /// The features of an atom.
    var atoms: Irreps
    /// The scalars of a bond.
    var bonds: Irreps
    /// The degree of the harmonics.
    var degree: Int
    /// Whether the layer is normalized.
    var isNormed: Bool
    /// The bumps that distances are told by.
    var bumps: Int
    /// Whose layer it is.
    var lineage: TensorProductConvolution.Lineage
    /// The names of the layer, and of what follows.
    var names: (layer: String, last: String)
  }

  private let scalars: Int
  private let edges: TwoLayers
  private let harmonics: SphericalHarmonics
  private let axes: SphericalHarmonics
  private let product: TensorProduct
  private let layer: TensorProductConvolution
  private let last: (Linear, Linear)

  init(_ scope: Scope, _ configuration: Configuration) throws(IrrepsError) {
    scalars = configuration.scalars
    let stride = configuration.lineage == .torsionalDiffusion ? 2 : 3
    edges = TwoLayers(
      scope / "final_edge_embedding", configuration.bumps, scalars, second: stride)
    let space = Irreps.sphericalHarmonics(upTo: configuration.degree)
    let twice = Irreps([Irreps.Term(1, Irrep(2, .even))])
    harmonics = try SphericalHarmonics(space, normalizes: true, normalization: .component)
    axes = try SphericalHarmonics(twice, normalizes: true, normalization: .component)
    product = try .full(space, twice)
    var sizes = TensorProductConvolution.Configuration(
      configuration.atoms, product.output, configuration.bonds, edgeFeatures: 3 * scalars)
    sizes.isResidual = false
    sizes.isNormed = configuration.isNormed
    sizes.lineage = configuration.lineage
    layer = try TensorProductConvolution(scope / configuration.names.layer, sizes)
    let place = scope / configuration.names.last
    last = (
      Linear(place / 0, configuration.bonds.dimension, scalars, bias: false),
      Linear(place / stride, scalars, 1, bias: false)
    )
  }

  /// - Parameters:
  ///   - nodes: The atoms' features, `[atoms, features]`.
  ///   - positions: The atoms' places, `[atoms, 3]`.
  ///   - bonds: The bonds.
  ///   - smearing: How distances are told.
  ///   - fading: A factor of each pair's weights by its distance, if there is one.
  ///   - isTraining: Whether the normalization goes by this batch.
  /// - Returns: `[torsions]`.
  func callAsFunction(
    _ nodes: Tensor, positions: Tensor, _ bonds: BondViews, smearing: GaussianSmearing,
    fading: (Tensor) -> Tensor? = { _ in nil }, isTraining: Bool
  ) -> Tensor {
    let (begin, end) = (
      bonds.turning.selected(dim: 0, index: 0), bonds.turning.selected(dim: 0, index: 1)
    )
    let (numbers, atoms) = (
      bonds.pairs.selected(dim: 0, index: 0), bonds.pairs.selected(dim: 0, index: 1)
    )
    let (from, to) = (positions.at(begin), positions.at(end))
    let vectors = positions.at(atoms) - ((from + to) / 2).at(numbers)
    let sphere = product(harmonics(vectors), axes(to - from).at(numbers))
    let own = nodes.narrowed(dim: 1, start: 0, length: scalars)
    let ends = own.at(begin) + own.at(end)
    let features = [edges(smearing(vectors.lengths)), own.at(atoms), ends.at(numbers)]
    let made = layer(
      nodes,
      GraphEdges(
        bonds.pairs, features: [features.concatenated(dim: 1)], harmonics: sphere,
        weight: fading(vectors.lengths)),
      count: bonds.count, isTraining: isTraining)
    return last.1(last.0(made).tanh()).squeezed(-1)
  }
}
