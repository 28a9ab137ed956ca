/// The sizes of a `TorsionalScoreNetwork`, in the words of the reference's `model_parameters.yml`.
public struct TorsionalScoreConfiguration: Codable, Sendable, Hashable {
  /// The features of an atom; what is known of atoms has 74.
  public var inNodeFeatures = 74
  /// The features of a bond: its kinds.
  public var inEdgeFeatures = 4
  /// The sines and cosines of the noise.
  public var sigmaEmbedDim = 32
  /// The least noise of an angle, in radians.
  public var sigmaMin = 0.01 * 3.14
  /// The most noise of an angle, in radians.
  public var sigmaMax = 3.14
  /// The scalars of an atom.
  public var ns = 32
  /// The vectors of an atom, and what else turns with space, of each kind.
  public var nv = 8
  /// How many layers there are.
  public var numConvLayers = 4
  /// How far atoms see each other, in Å.
  public var maxRadius = 5.0
  /// The bumps that a distance is told by.
  public var radiusEmbedDim = 50
  /// Whether the result is multiplied by the usual size of a score.
  public var scaleBySigma = true
  /// Whether features of degree 2 are there.
  public var useSecondOrderRepr = false
  /// Whether layers are normalized.
  public var batchNorm = true
  /// Whether layers add to what is there.
  public var residual = true

  /// The reference's usual sizes.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case inNodeFeatures = "in_node_features"
    case inEdgeFeatures = "in_edge_features"
    case sigmaEmbedDim = "sigma_embed_dim"
    case sigmaMin = "sigma_min"
    case sigmaMax = "sigma_max"
    case ns, nv
    case numConvLayers = "num_conv_layers"
    case maxRadius = "max_radius"
    case radiusEmbedDim = "radius_embed_dim"
    case scaleBySigma = "scale_by_sigma"
    case useSecondOrderRepr = "use_second_order_repr"
    case batchNorm = "batch_norm"
    case residual
  }

  /// Reads a configuration; what is missing is as usual.
  ///
  /// - Throws: `DecodingError` for a size that cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    func positive(_ key: CodingKeys, or usual: Double, most: Double) throws -> Double {
      let value = try keys.value(key, or: usual)
      guard value > 0, value <= most else {
        throw keys.misfit(key, expected: "a number above 0, at most \(most)", found: value)
      }
      return value
    }
    inNodeFeatures = try keys.size(.inNodeFeatures, or: inNodeFeatures, most: 4096)
    inEdgeFeatures = try keys.size(.inEdgeFeatures, or: inEdgeFeatures, most: 4096)
    sigmaEmbedDim = try keys.size(.sigmaEmbedDim, or: sigmaEmbedDim, most: 4096)
    guard sigmaEmbedDim.isMultiple(of: 2), sigmaEmbedDim >= 4 else {
      throw keys.misfit(.sigmaEmbedDim, expected: "an even number from 4", found: sigmaEmbedDim)
    }
    sigmaMin = try positive(.sigmaMin, or: sigmaMin, most: 100)
    sigmaMax = try positive(.sigmaMax, or: sigmaMax, most: 100)
    guard sigmaMin < sigmaMax else {
      throw keys.misfit(.sigmaMin, expected: "less than sigma_max, \(sigmaMax)", found: sigmaMin)
    }
    ns = try keys.size(.ns, or: ns, most: 1024)
    nv = try keys.size(.nv, or: nv, most: 1024)
    numConvLayers = try keys.size(.numConvLayers, or: numConvLayers, most: 64)
    maxRadius = try positive(.maxRadius, or: maxRadius, most: 1000)
    radiusEmbedDim = try keys.size(.radiusEmbedDim, or: radiusEmbedDim, most: 4096)
    guard radiusEmbedDim >= 2 else {
      throw keys.misfit(.radiusEmbedDim, expected: "2 or more", found: radiusEmbedDim)
    }
    scaleBySigma = try keys.value(.scaleBySigma, or: scaleBySigma)
    useSecondOrderRepr = try keys.value(.useSecondOrderRepr, or: useSecondOrderRepr)
    batchNorm = try keys.value(.batchNorm, or: batchNorm)
    residual = try keys.value(.residual, or: residual)
  }
}
