public import Torch

/// The edges of a graph and what a convolution reads along them.
public struct GraphEdges: Sendable {
  let receivers: Tensor
  let senders: Tensor
  let features: [Tensor]
  let harmonics: Tensor
  let weight: Tensor?

  /// Edges from senders to the nodes that receive.
  ///
  /// - Parameters:
  ///   - index: The receivers above the senders, `[2, edges]`.
  ///   - features: What the edges' network reads, `[edges, features]`; in groups of edges one after
  ///     the other where each group has a network.
  ///   - harmonics: The second factor of the products, `[edges, harmonics]`.
  ///   - weight: A factor of each edge's weights, `[edges, 1]`; 1 if not given.
  public init(_ index: Tensor, features: [Tensor], harmonics: Tensor, weight: Tensor? = nil) {
    let count = harmonics.shape[0]
    precondition(
      features.reduce(0) { $0 + $1.shape[0] } == count && index.shape.sizes == [2, count],
      "\(count) edges, but features of \(features.map(\.shape)) and an index of \(index.shape)")
    receivers = index.selected(dim: 0, index: 0)
    senders = index.selected(dim: 0, index: 1)
    self.features = features
    self.harmonics = harmonics
    self.weight = weight
  }
}

/// Messages along edges, products of the senders' features and harmonics, whose weights a small
/// network finds for each edge; the mean of its messages goes to each node.
///
/// Thomas et al. 2018, https://arxiv.org/abs/1802.08219, as DiffDock has it (Corso et al. 2023,
/// https://arxiv.org/abs/2210.01776). The networks' dropout is left out.
public struct TensorProductConvolution: Sendable {
  /// Whose layer it is: they differ in the numbers of names and in the order of the last steps.
  public enum Lineage: Sendable, Hashable {
    /// Jing et al. 2022: `fc.0` and `fc.2`; the residual is normalized too.
    case torsionalDiffusion
    /// DiffDock's first release: `fc.0` and `fc.3`; the residual is normalized too.
    case firstDiffDock
    /// DiffDock since: the residual is added after the normalization.
    case diffDock

    /// How many parts of a network in PyTorch one of its linear maps takes with its activation.
    var stride: Int { self == .torsionalDiffusion ? 2 : 3 }
  }

  /// Which products the messages are.
  public enum Product: Sendable, Hashable {
    /// All paths, weights by factor.
    case full
    /// All paths, weights by result, as `FasterTensorProduct` has them.
    case byOutput
    /// Each copy by itself, and a linear map of the means.
    case depthwise
  }

  /// The sizes and the kind of a layer.
  public struct Configuration: Sendable, Hashable {
    /// The nodes' representations.
    public var input: Irreps
    /// The representations of the edges' harmonics.
    public var harmonics: Irreps
    /// The result's representations.
    public var output: Irreps
    /// How many features the edges' network reads.
    public var edgeFeatures: Int
    /// The width of that network; as many as it reads if not given.
    public var hiddenFeatures: Int?
    /// How many linear maps it has, at least 2.
    public var edgeLayers = 2
    /// How many groups of edges have a network each.
    public var edgeGroups = 1
    /// Which products the messages are.
    public var product = Product.full
    /// Whether the nodes' features are added to the beginning of the result.
    public var isResidual = true
    /// Whether the result is normalized.
    public var isNormed = true
    /// Whose layer it is.
    public var lineage = Lineage.diffDock
    /// How many edges' weights are in memory at once where no gradient is wanted.
    public var edgesAtOnce = 8192

    /// A layer with two linear maps for the edges' weights, a residual and a normalization.
    public init(_ input: Irreps, _ harmonics: Irreps, _ output: Irreps, edgeFeatures: Int) {
      self.input = input
      self.harmonics = harmonics
      self.output = output
      self.edgeFeatures = edgeFeatures
    }
  }

  private let configuration: Configuration
  private let product: TensorProduct
  private let networks: [EdgeNetwork]
  private let mixing: EquivariantLinear?
  private let norm: EquivariantBatchNorm?

  /// A layer with the parts `fc`, `batch_norm` and, if it is depthwise, `linear_2`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - configuration: The sizes and the kind.
  /// - Throws: ``IrrepsError`` if the residual does not fit, or the product is not possible.
  public init(_ scope: Scope, _ configuration: Configuration) throws(IrrepsError) {
    let (input, output) = (configuration.input, configuration.output)
    self.configuration = configuration
    if configuration.isResidual, !output.begins(with: input) {
      throw IrrepsError.residual(input, into: output)
    }
    switch configuration.product {
    case .full: product = try .fullyConnected(input, configuration.harmonics, output)
    case .byOutput: product = try .fullyConnectedByOutput(input, configuration.harmonics, output)
    case .depthwise: product = try .depthwise(input, configuration.harmonics, keeping: output)
    }
    let place = scope / "fc"
    let weights = product.weightCount
    networks = (0..<configuration.edgeGroups).map { group in
      EdgeNetwork(
        configuration.edgeGroups == 1 ? place : place / group, configuration, outputs: weights)
    }
    mixing =
      configuration.product == .depthwise
      ? EquivariantLinear(scope / "linear_2", product.output.simplified(), output) : nil
    norm = configuration.isNormed ? EquivariantBatchNorm(scope / "batch_norm", output) : nil
  }

  /// - Parameters:
  ///   - nodes: The senders' features, `[nodes, input.dimension]`.
  ///   - edges: The edges.
  ///   - count: How many nodes receive; as many as send if not given.
  ///   - isTraining: Whether the normalization goes by this batch.
  /// - Returns: `[count, output.dimension]`.
  public func callAsFunction(
    _ nodes: Tensor, _ edges: GraphEdges, count: Int? = nil, isTraining: Bool = false
  ) -> Tensor {
    let normalizesFirst = configuration.lineage == .diffDock
    var result = means(nodes, edges, count: count ?? nodes.shape[0])
    // Without edges DiffDock leaves zeros as they are.
    let isLeft = normalizesFirst && edges.harmonics.shape[0] == 0
    if let mixing { result = mixing(result) }
    if normalizesFirst, !isLeft, let norm { result = norm(result, isTraining: isTraining) }
    if configuration.isResidual {
      result = result + nodes.padded([0, configuration.output.dimension - nodes.shape[-1]])
    }
    if !normalizesFirst, let norm { result = norm(result, isTraining: isTraining) }
    return result
  }

  /// The means of the messages, `[count, product.output.dimension]`, edges by edges.
  private func means(_ nodes: Tensor, _ edges: GraphEdges, count: Int) -> Tensor {
    var sums = Tensor.zeros([count, product.output.dimension], dtype: nodes.dtype)
    var start = 0
    for (network, features) in zip(networks, edges.features) {
      let end = start + features.shape[0]
      let first = start
      while start < end {
        let length = min(configuration.edgesAtOnce, end - start)
        let rows = { (x: Tensor) in x.narrowed(dim: 0, start: start, length: length) }
        let found = network(
          features.narrowed(dim: 0, start: start - first, length: length))
        let weights = edges.weight.map { found * rows($0) } ?? found
        let senders = nodes.indexSelected(dim: 0, rows(edges.senders))
        sums = sums.indexAdded(
          dim: 0, at: rows(edges.receivers),
          product(senders, rows(edges.harmonics), weights: weights))
        start += length
      }
    }
    let ones = Tensor.ones([edges.harmonics.shape[0], 1], dtype: nodes.dtype)
    return sums / ones.scatteredSum(to: edges.receivers, count: count).clamped(min: 1)
  }
}

/// The network that finds the weights of an edge's products.
private struct EdgeNetwork: Sendable {
  private let layers: [Linear]

  init(_ scope: Scope, _ configuration: TensorProductConvolution.Configuration, outputs: Int) {
    let hidden = configuration.hiddenFeatures ?? configuration.edgeFeatures
    let count = configuration.edgeLayers
    precondition(count >= 2, "a network of \(count) maps")
    layers = (0..<count).map { index in
      Linear(
        scope / (index * configuration.lineage.stride),
        index == 0 ? configuration.edgeFeatures : hidden, index == count - 1 ? outputs : hidden)
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    layers.dropFirst().reduce(layers[0](x)) { $1($0.relu()) }
  }
}

extension Irreps {
  /// Whether the first features are those of `other`, all copies of a term but perhaps the last.
  func begins(with other: Irreps) -> Bool {
    let (own, others) = (simplified().terms, other.simplified().terms)
    guard others.count <= own.count else { return false }
    return zip(own, others).enumerated().allSatisfy { index, pair in
      pair.0.irrep == pair.1.irrep
        && (index == others.count - 1
          ? pair.0.multiplicity >= pair.1.multiplicity
          : pair.0.multiplicity == pair.1.multiplicity)
    }
  }
}
