/// The sizes of a `DiffDockNetwork`, in the words of the reference's `model_parameters.yml`.
public struct DiffDockConfiguration: Codable, Sendable, Hashable {
  /// Whether the network says how good a pose is, not where it wants to go.
  public var confidenceMode = false
  /// How many numbers it then says of a pose.
  public var numConfidenceOutputs = 1
  /// Whether the layers that say so do without normalization.
  public var confidenceNoBatchnorm = false

  /// The sines and cosines of the time; even.
  public var sigmaEmbedDim = 32
  /// What times from 0 to 1 are multiplied by before.
  public var embeddingScale = 1000.0
  /// The noise of poses at times 0 and 1: Å, radians, radians.
  public var trSigmaMin = 0.1, trSigmaMax = 30.0
  /// The noise of rotations.
  public var rotSigmaMin = 0.1, rotSigmaMax = 1.65
  /// The noise of the bonds' angles.
  public var torSigmaMin = 0.0314, torSigmaMax = 3.14

  /// The scalars of a node.
  public var ns = 16
  /// The vectors of a node, and what else turns with space, of each kind.
  public var nv = 4
  /// The degree of the edges' harmonics, 1 or 2.
  public var shLmax = 2
  /// How many layers see ligand and protein together.
  public var numConvLayers = 2
  /// How many see each by itself before.
  public var numProtEmbLayers = 0
  /// How many linear maps find an edge's weights.
  public var tpWeightsLayers = 2
  /// Whether features of degree 2 are there.
  public var useSecondOrderRepr = false
  /// Whether there are fewer scalars that mirrors negate.
  public var reducePseudoscalars = false
  /// Whether each copy of a feature is multiplied by itself.
  public var depthwiseConvolution = false
  /// Whether edges within and between ligand and protein have the same weights.
  public var noDifferentiateConvolutions = false
  /// Whether layers are not normalized.
  public var noBatchNorm = false
  /// Whether the outputs have but the parity that a score has.
  public var oddParity = false
  /// Whether bonds do not turn.
  public var noTorsion = false
  /// Whether scores are multiplied by their usual sizes.
  public var scaleBySigma = true

  /// How far atoms of the ligand see each other, in Å.
  public var maxRadius = 5.0
  /// How far residues see each other, in Å.
  public var receptorRadius = 30.0
  /// How many residues each tells of itself, the nearest ones.
  public var cAlphaMaxNeighbors = 10
  /// How far atoms and residues see each other, in Å.
  public var crossMaxDistance = 80.0
  /// Whether they rather see as far as the noise reaches: 3 of its scales and 20 Å.
  public var dynamicMaxCross = false
  /// Whether edges fade with their length.
  public var smoothEdges = false
  /// The bumps that distances within are told by.
  public var distanceEmbedDim = 32
  /// The bumps that distances between are told by.
  public var crossDistanceEmbedDim = 32

  /// The reference's usual sizes.
  public init() {}

  /// The numbers of an edge of the ligand: the kind of its bond.
  static let edgeFeatures = MoleculeGraph.bondKinds
  /// How far atoms are told from the ligand's middle, in Å.
  static let centerDistance = 30.0

  enum CodingKeys: String, CodingKey, CaseIterable {
    case confidenceMode = "confidence_mode"
    case numConfidenceOutputs = "num_confidence_outputs"
    case confidenceNoBatchnorm = "confidence_no_batchnorm"
    case sigmaEmbedDim = "sigma_embed_dim"
    case embeddingScale = "embedding_scale"
    case trSigmaMin = "tr_sigma_min"
    case trSigmaMax = "tr_sigma_max"
    case rotSigmaMin = "rot_sigma_min"
    case rotSigmaMax = "rot_sigma_max"
    case torSigmaMin = "tor_sigma_min"
    case torSigmaMax = "tor_sigma_max"
    case ns, nv
    case shLmax = "sh_lmax"
    case numConvLayers = "num_conv_layers"
    case numProtEmbLayers = "num_prot_emb_layers"
    case tpWeightsLayers = "tp_weights_layers"
    case useSecondOrderRepr = "use_second_order_repr"
    case reducePseudoscalars = "reduce_pseudoscalars"
    case depthwiseConvolution = "depthwise_convolution"
    case noDifferentiateConvolutions = "no_differentiate_convolutions"
    case noBatchNorm = "no_batch_norm"
    case oddParity = "odd_parity"
    case noTorsion = "no_torsion"
    case scaleBySigma = "scale_by_sigma"
    case maxRadius = "max_radius"
    case receptorRadius = "receptor_radius"
    case cAlphaMaxNeighbors = "c_alpha_max_neighbors"
    case crossMaxDistance = "cross_max_distance"
    case dynamicMaxCross = "dynamic_max_cross"
    case smoothEdges = "smooth_edges"
    case distanceEmbedDim = "distance_embed_dim"
    case crossDistanceEmbedDim = "cross_distance_embed_dim"
  }
}
