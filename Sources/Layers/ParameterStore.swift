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

  /// The weights in the order in which the layers asked for them.
  public private(set) var parameters: [Parameter] = []

  /// A store whose weights are drawn anew, in float32, and can be trained.
  public init(initializing generator: Generator) {
    origin = .initializer(generator)
    dtype = .float32
    matrices = .converted
    isTrainable = true
  }

  /// A store whose weights come from `source`.
  ///
  /// - Parameters:
  ///   - source: The weights.
  ///   - dtype: The type to convert them to; their own, without a copy, if not given.
  ///   - trainable: Whether gradients are wanted; the weights are then copied.
  ///   - matrices: How the factors of products are kept.
  public init(
    loading source: WeightSource, dtype: DType? = nil, trainable: Bool = false,
    matrices: MatrixStorage = .converted
  ) {
    precondition(matrices == .converted || !trainable, "what is trained is converted")
    origin = .weights(source)
    self.dtype = dtype
    self.matrices = matrices
    isTrainable = trainable
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
    guard let found = found(name, shape, initializer) else { return placeholder(shape) }
    let tensor = isTrainable || kind != .table ? prepared(found, name, kind) : found
    parameters.append(Parameter(name: name, tensor: tensor))
    return tensor
  }

  /// What stands for a weight that has a problem: the shape without its memory, which a file that
  /// lies about its network could make large.
  private func placeholder(_ shape: [Int]) -> Tensor { Tensor.zeros([]).expanded(shape) }

  /// The weight, or nothing where there is a problem with it.
  private func found(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Tensor? {
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
        let tensor = try source.tensor(name)
        if tensor.shape.sizes == shape { return tensor }
        problems.append(.misshapen(name, expected: shape, found: tensor.shape.sizes))
      } catch {
        problems.append(.unreadable(name, "\(error)"))
      }
      return nil
    }
  }

  private func prepared(_ tensor: Tensor, _ name: String, _ kind: Kind) -> Tensor {
    let isHalved = kind == .matrix && matrices == .half
    let converted =
      isHalved
      ? tensor.halved : dtype.map { tensor.converted(to: $0, copy: isTrainable) } ?? tensor
    // What was read of a file to be converted is not held as well.
    if converted.dtype != tensor.dtype, case .weights(let source) = origin { source.release(name) }
    guard isTrainable else { return converted }
    return (dtype == nil ? converted.cloned() : converted).withGradient()
  }
}

/// How a network keeps the factors of its products, which are nearly all of its weights.
public enum MatrixStorage: Sendable, Hashable {
  /// In the type that the network runs in.
  case converted
  /// In two bytes a number: as they are stored if that is so, or else in float16, unless a number
  /// is beyond its range. A layer converts them each time that it runs.
  case half
}

extension Tensor {
  /// The numbers in two bytes each, if they fit.
  fileprivate var halved: Tensor {
    guard dtype.byteCount > 2 else { return self }
    let half = converted(to: .float16)
    return half.isFinite().all().item() == 1 ? half : self
  }
}

/// Trained weights by name: a checkpoint, an average, or any other place that has them.
public struct WeightSource {
  /// The names of all weights.
  public let names: [String]

  /// Answers the weight of a name in ``names``.
  public let tensor: (String) throws -> Tensor

  /// Gives back the memory of a weight that was copied; it can be asked for again.
  public let release: (String) -> Void

  private let set: Set<String>

  /// A source of the named weights.
  public init(
    names: [String], release: @escaping (String) -> Void = { _ in },
    tensor: @escaping (String) throws -> Tensor
  ) {
    self.names = names
    self.tensor = tensor
    self.release = release
    set = Set(names)
  }

  /// A source of weights that are in memory.
  public init(_ tensors: [String: Tensor]) {
    self.init(names: tensors.keys.sorted()) { name in
      guard let tensor = tensors[name] else {
        throw LoadingError(problems: [.missing(name, [])])
      }
      return tensor
    }
  }

  /// Whether the source has a weight of that name.
  public func contains(_ name: String) -> Bool { set.contains(name) }

  /// The weights but for those of these names, which a network does without on purpose.
  ///
  /// A name that the source lacks is passed over: not every checkpoint has what some have.
  public func leavingOut(_ unused: [String]) -> WeightSource {
    WeightSource(
      names: names.filter { !unused.contains($0) }, release: release, tensor: tensor)
  }

  /// The weights with some under other names.
  ///
  /// - Parameter former: The names here by the names that the network asks for.
  /// - Returns: The same weights; one that is renamed has its former name no more.
  public func renamed(_ former: [String: String]) -> WeightSource {
    guard !former.isEmpty else { return self }
    let replaced = Set(former.values)
    let kept = names.filter { !replaced.contains($0) }
    let renamed = former.filter { contains($0.value) }.keys.sorted()
    return WeightSource(
      names: kept + renamed, release: { [release] in release(former[$0] ?? $0) },
      tensor: { [tensor] in try tensor(former[$0] ?? $0) })
  }

  /// The weights whose names begin with `prefix` and a dot, under the rest of their names.
  public func within(_ prefix: String) -> WeightSource {
    let start = prefix + "."
    let inner = names.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    return WeightSource(
      names: inner, release: { [release] in release(start + $0) },
      tensor: { [tensor] in try tensor(start + $0) })
  }
}
