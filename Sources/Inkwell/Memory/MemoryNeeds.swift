internal import Models
internal import Torch

/// What a run needs in memory: its networks, and what they do one after the other.
struct MemoryNeeds: Sendable {
  /// Networks that are read and run together.
  struct Network: Sendable {
    var weights: [WeightMemory.Weight]
    /// Whether their pages are given back while they do not run, where one part of the model is in
    /// memory at a time.
    var rests = true
    /// Whether they are read for the phases in which they run, and forgotten then.
    var isPassing = false
  }

  /// A part of the run, in which some networks run.
  struct Phase: Sendable {
    var networks: [NetworkRole]
    /// The bytes beside weights, for so many pictures at a time.
    var working: @Sendable (_ pictures: Int, _ saving: MemorySaving) -> Int
  }

  var networks: [NetworkRole: Network]
  /// The phases in their order; of batches that follow one another, two.
  var phases: [Phase]
  /// How memory can be saved, the cheapest first.
  var savings = MemorySaving.all()
  /// The bytes of the factors of LoRAs, as they are held where weights are changed in use.
  var changes = 0
  /// Whether the denoiser and the autoencoder are compiled, which have their weights twice while
  /// one of them is.
  var isCompiled = false

  /// The greatest memory of a run, in bytes.
  ///
  /// - Parameters:
  ///   - saving: How memory is saved.
  ///   - pictures: The number of pictures at a time.
  ///   - resident: What the process has in memory before.
  /// - Returns: The bytes.
  func peak(_ saving: MemorySaving, pictures: Int, resident: Int) -> Int {
    let weights = networks.mapValues { WeightMemory($0.weights, saving) }
    let compiled: [NetworkRole] = isCompiled ? [.denoiser, .autoencoder] : []
    let doubled = compiled.reduce(0) {
      $0 + (weights[$1]?.held ?? 0) + (weights[$1]?.mapped ?? 0)
    }
    var touched: Set<NetworkRole> = []
    var most = 0
    for phase in phases {
      let running = Set(phase.networks)
      touched.formUnion(running)
      let held = networks.reduce(doubled) { sum, network in
        let isThere = !network.value.isPassing || running.contains(network.key)
        return sum + (isThere ? weights[network.key]?.held ?? 0 : 0)
      }
      let mapped = touched.reduce(0) { $0 + (weights[$1]?.mapped ?? 0) }
      // The library orders a weight anew while it multiplies, after it was converted.
      // A change in use is a product and a sum as large.
      let copies =
        ((saving.isHalf ? 2 : 1) + (saving.changesInUse == true ? 2 : 0))
        * (running.map { weights[$0]?.largest ?? 0 }.max() ?? 0)
      // The allocator wastes some of what copies take: measured.
      let factors = saving.changesInUse == true ? changes : 0
      let kept = held + held / 16 + mapped + factors
      most = max(most, kept + copies + phase.working(pictures, saving))
      touched = touched.filter { role in
        guard let network = networks[role] else { return false }
        return !network.isPassing && !(saving.isOneAtATime && network.rests)
      }
    }
    return resident + Self.libraries + most
  }

  /// What the libraries take when they are first used, tokenizers included: measured.
  static let libraries = 150_000_000

  /// What the program has in memory before it reads a model: measured.
  static let program = 170_000_000
}

/// How a run saves memory, at the price of time.
public struct MemorySaving: Codable, Sendable, Hashable {
  /// Whether the autoencoder works in strips of rows, which changes the rounding of float32.
  public var inStrips = false
  /// Whether a part of the model is in memory only while it runs, which changes nothing.
  public var isOneAtATime = false
  /// Whether matrices are kept in half precision, which changes pictures where the files have more.
  public var isHalf = false
  /// Whether what LoRAs change is computed each time that a weight is used; not if not given.
  ///
  /// No changed copy is held then. It changes pictures only with ``isHalf``, which rounds the
  /// weights, and not what LoRAs make of them.
  public var changesInUse: Bool?

  /// Nothing is saved.
  public init() {}

  /// From nothing to everything, the cheapest first.
  ///
  /// - Parameter changes: Whether changes may be made in use; there are none if not given.
  /// - Returns: The ways.
  static func all(changes: [Bool]? = nil) -> [MemorySaving] {
    [false, true].flatMap { isHalf in
      (changes.map { $0.map(Optional.some) } ?? [nil]).flatMap { inUse in
        [false, true].flatMap { isOneAtATime in
          [false, true].map { inStrips in
            var saving = MemorySaving()
            (saving.inStrips, saving.isOneAtATime, saving.isHalf) = (
              inStrips, isOneAtATime, isHalf
            )
            saving.changesInUse = inUse == true ? true : nil
            return saving
          }
        }
      }
    }
  }

  /// What is done, in words; empty if nothing is.
  var words: [String] {
    [
      (inStrips, "decoding in strips"), (isOneAtATime, "one part of the model at a time"),
      (changesInUse == true, "LoRAs beside the weights"),
      (isHalf, "weights in half precision"),
    ].filter(\.0).map(\.1)
  }
}
