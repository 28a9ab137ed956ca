public import Torch

/// The weights of one network: what its layers asked for while it was being built, in that order.
///
/// Building and loading are one path. A layer asks a ``Scope`` for a weight by name and shape, and
/// the store answers from an initializer or from a source of trained weights. It notes what is
/// missing, misshapen or asked for twice, and ``network(_:)`` throws all of it in one error.
public final class ParameterStore {
  /// A weight and its full name.
  public struct Parameter: Sendable {
    /// The name, its parts joined by dots.
    public let name: String
    /// The weight.
    public let tensor: Tensor
  }

  private enum Origin {
    case nothing
    case initializer(Generator)
    case weights(WeightSource)
  }

  /// What kind of weight a layer asks for.
  enum Kind {
    /// All of it is needed in the type of the network.
    case plain
    /// A factor of products, which the layer converts as it uses it.
    case matrix
    /// Few rows are read, which the layer converts.
    case table
  }

  private let origin: Origin
  let dtype: DType?
  private let matrices: MatrixStorage
  private let isTrainable: Bool
  private var problems: [LoadingError.Problem] = []
  private var known: Set<String> = []
  private var changes: [String: WeightChange] = [:]
  /// What is added to linear layers, by their places, and what no layer has asked for yet.
  private let additions: [String: LowRank]
  private var unasked: Set<String> = []

  /// The weights in the order in which the layers asked for them.
  ///
  /// Of factors of products in bfloat16, the names and shapes alone: a layer may keep their numbers
  /// in another order, and not twice.
  public private(set) var parameters: [Parameter] = []

  /// A store whose weights are drawn anew, in float32, and can be trained.
  public init(initializing generator: Generator) {
    origin = .initializer(generator)
    dtype = .float32
    matrices = .converted
    isTrainable = true
    additions = [:]
  }

  /// A store whose weights come from `source`.
  ///
  /// - Parameters:
  ///   - source: The weights.
  ///   - dtype: The type to convert them to; their own, without a copy, if not given.
  ///   - trainable: Whether gradients are wanted; the weights are then copied.
  ///   - matrices: How the factors of products are kept.
  public convenience init(
    loading source: WeightSource, dtype: DType? = nil, trainable: Bool = false,
    matrices: MatrixStorage = .converted
  ) {
    self.init(
      loading: source, dtype: dtype, trainable: trainable, matrices: matrices, adding: [:])
  }

  /// A store whose weights come from `source`, for a network to whose linear layers is added.
  ///
  /// - Parameters:
  ///   - source: The weights.
  ///   - dtype: The type to convert them to; their own, without a copy, if not given.
  ///   - trainable: Whether gradients are wanted; the weights are then copied.
  ///   - matrices: How the factors of products are kept.
  ///   - additions: What is added to linear layers, by their places.
  package init(
    loading source: WeightSource, dtype: DType? = nil, trainable: Bool = false,
    matrices: MatrixStorage = .converted, adding additions: [String: LowRank]
  ) {
    precondition(matrices == .converted || !trainable, "what is trained is converted")
    origin = .weights(source)
    self.dtype = dtype
    self.matrices = matrices
    isTrainable = trainable
    self.additions = additions
    unasked = Set(additions.keys)
  }

  /// What a network asks for, without its values.
  ///
  /// - Parameter build: Makes the network from the root scope.
  /// - Returns: The names and shapes of its weights, in the order of its layers.
  /// - Throws: ``LoadingError`` if a name is asked for twice, or what `build` throws.
  package static func outline<Network>(
    _ build: (Scope) throws -> Network
  ) throws -> [(name: String, shape: [Int])] {
    let store = ParameterStore()
    _ = try store.network(build)
    return store.parameters.map { ($0.name, $0.tensor.shape.sizes) }
  }

  private init() {
    origin = .nothing
    dtype = nil
    matrices = .converted
    isTrainable = false
    additions = [:]
  }

  /// Builds a network whose layers ask this store for their weights.
  ///
  /// - Parameter build: Makes the network from the root scope.
  /// - Returns: The network, with every weight found and no weight of the source left over.
  /// - Throws: ``LoadingError`` with all misfits at once, or a `TorchError`.
  public func network<Network>(_ build: (Scope) throws -> Network) throws -> Network {
    let network = try checked { try withoutGradients { try build(Scope(store: self, path: "")) } }
    if case .weights(let source) = origin {
      problems += source.names.filter { !known.contains($0) }.sorted().map { .unexpected($0) }
    }
    problems += unasked.sorted().map { .unexpected("\($0).lora_A.weight") }
    if !problems.isEmpty { throw LoadingError(problems: problems) }
    return network
  }

  /// Answers a layer; of a table so little is read that it stays as it is stored.
  func parameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer, _ kind: Kind = .plain
  ) -> Tensor {
    guard known.insert(name).inserted else {
      problems.append(.repeated(name))
      return placeholder(shape)
    }
    guard let found = found(name, shape, initializer, kind) else { return placeholder(shape) }
    let tensor = isTrainable || kind != .table ? prepared(found, name, kind) : found
    let isKept = kind != .matrix || matrices.dtype != .bfloat16
    parameters.append(Parameter(name: name, tensor: isKept ? tensor : placeholder(shape)))
    return tensor
  }

  /// Answers a layer with a factor of products, and with what is added to it where it is used.
  func matrix(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Matrix {
    let stored = parameter(name, shape, initializer, .matrix)
    return Matrix(
      stored: stored, change: changes.removeValue(forKey: name),
      quantized: matrices.areQuantized)
  }

  /// Answers a linear layer with what is added to it.
  func addition(_ place: String) -> LowRank? {
    unasked.remove(place)
    return additions[place]
  }

  /// What stands for a weight that has a problem: the shape without its memory, which a file that
  /// lies about its network could make large.
  private func placeholder(_ shape: [Int]) -> Tensor { Tensor.zeros([]).expanded(shape) }

  /// The weight, or nothing where there is a problem with it.
  private func found(
    _ name: String, _ shape: [Int], _ initializer: Initializer, _ kind: Kind
  ) -> Tensor? {
    switch origin {
    case .nothing: return placeholder(shape)
    case .initializer(let generator):
      return initializer.draw(shape, generator)
    case .weights(let source):
      guard source.contains(name) else {
        problems.append(.missing(name, shape))
        return nil
      }
      do {
        let tensor = try weight(name, of: source, kind)
        if tensor.shape.sizes == shape { return tensor }
        problems.append(.misshapen(name, expected: shape, found: tensor.shape.sizes))
      } catch {
        problems.append(.unreadable(name, "\(error)"))
      }
      return nil
    }
  }

  /// A weight of the source; a matrix without its change, if that is made where it is used.
  private func weight(
    _ name: String, of source: WeightSource, _ kind: Kind
  ) throws -> Tensor {
    guard kind == .matrix, matrices.areChangedInUse, let changing = try source.changing(name) else {
      return try source.tensor(name)
    }
    changes[name] = changing.change
    return changing.tensor
  }

  private func prepared(_ tensor: Tensor, _ name: String, _ kind: Kind) -> Tensor {
    let isHalved = kind == .matrix && matrices.areHalved
    let converted =
      isHalved
      ? tensor.halved : dtype.map { tensor.converted(to: $0, copy: isTrainable) } ?? tensor
    // What was read of a file to be converted is not held as well.
    if converted.dtype != tensor.dtype, case .weights(let source) = origin { source.release(name) }
    guard isTrainable else { return converted }
    return (dtype == nil ? converted.cloned() : converted).withGradient()
  }
}
