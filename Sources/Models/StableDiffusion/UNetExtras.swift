public import Torch

/// What a ControlNet adds to the features of a U-Net.
///
/// Zhang et al. 2023, section 3.2, https://arxiv.org/abs/2302.05543.
public struct ControlResiduals: Sendable {
  /// Added to what the contracting half hands across, in the order in which it does.
  public var skips: [Tensor]
  /// Added to the features between the halves.
  public var middle: Tensor

  /// Residuals for every connection.
  public init(skips: [Tensor], middle: Tensor) {
    self.skips = skips
    self.middle = middle
  }

  /// The same in the type of a network.
  func converted(to dtype: DType) -> ControlResiduals {
    ControlResiduals(
      skips: skips.map { $0.converted(to: dtype) }, middle: middle.converted(to: dtype))
  }

  /// Adds all to what is handed across and to the middle's features.
  func add(to handed: inout [Tensor], _ features: inout Tensor) {
    precondition(skips.count == handed.count, "The ControlNet is of another U-Net.")
    handed = zip(handed, skips).map { $0 + $1 }
    features = features + middle
  }

  /// What two ControlNets of one U-Net add together.
  public static func + (a: ControlResiduals, b: ControlResiduals) -> ControlResiduals {
    precondition(a.skips.count == b.skips.count, "The ControlNets belong to different U-Nets.")
    return ControlResiduals(
      skips: zip(a.skips, b.skips).map { $0 + $1 }, middle: a.middle + b.middle)
  }
}

/// What ControlNets add, as far as it is asked for.
package struct PartialControl {
  /// All; nothing where no ControlNet steers.
  package let whole: () -> ControlResiduals?
  /// What is added to the features before the first layers, and after each of so many.
  package let finest: (_ layers: Int) -> [Tensor]

  /// What is computed where it is asked for.
  ///
  /// - Parameters:
  ///   - whole: All; nothing where no ControlNet steers.
  ///   - finest: What is added to the features before the first layers and after each of so many;
  ///     no tensors where no ControlNet steers.
  package init(
    whole: @escaping () -> ControlResiduals?, finest: @escaping (_ layers: Int) -> [Tensor]
  ) {
    self.whole = whole
    self.finest = finest
  }
}

/// What transformers are told at a step besides the features and the prompt.
struct AttentionExtras {
  /// Sees the cross-attentions.
  var observer: CrossAttentionObserver?
  /// Merges tokens.
  var merging: TokenMerging?
}

/// What a U-Net is told at a step besides the latents, the timestep and the prompt.
public struct UNetExtras {
  /// What ControlNets add.
  public var control: ControlResiduals?
  /// The features of a T2I-Adapter, one for every resolution; a further one is for the middle.
  public var adapter: [Tensor]
  /// Sees the cross-attentions.
  public var observer: CrossAttentionObserver?
  /// Merges tokens at the finest resolution whose places attend to one another.
  public var merging: TokenMerging?

  /// Nothing, but for what is given.
  ///
  /// - Parameters:
  ///   - control: What ControlNets add.
  ///   - adapter: The features of a T2I-Adapter, one for every resolution.
  ///   - observer: Sees the cross-attentions.
  public init(
    control: ControlResiduals? = nil, adapter: [Tensor] = [],
    observer: CrossAttentionObserver? = nil
  ) {
    self.control = control
    self.adapter = adapter
    self.observer = observer
  }

  /// The same in the type of a network.
  func converted(to dtype: DType) -> UNetExtras {
    var other = self
    other.control = control?.converted(to: dtype)
    other.adapter = adapter.map { $0.converted(to: dtype) }
    return other
  }

  /// Whether features of an adapter are left.
  var hasAdapter: Bool { !adapter.isEmpty }

  /// What the transformers are told of it.
  var attention: AttentionExtras { AttentionExtras(observer: observer, merging: merging) }

  /// The features with the adapter's next ones, which are used up.
  mutating func adapted(_ x: Tensor) -> Tensor {
    adapter.isEmpty ? x : x + adapter.removeFirst()
  }
}
