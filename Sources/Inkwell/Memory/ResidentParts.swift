internal import Checkpoints
internal import Layers
internal import Models
internal import Torch

/// The pages of files that a model's parts use, which are given back while a part does not run.
///
/// What is given back is read again from the file, or from the system's memory of it, when it is
/// touched.
struct ResidentParts: Sendable {
  /// How memory is saved.
  let saving: MemorySaving
  /// What the denoiser, the autoencoder and ControlNets compute with.
  let precision: Precision
  private var releases: [NetworkRole: [@Sendable () -> Void]] = [:]

  /// - Parameters:
  ///   - saving: How memory is saved: whether a part is in memory only while it runs.
  ///   - precision: What is computed with.
  init(_ saving: MemorySaving = MemorySaving(), _ precision: Precision = .float32) {
    self.saving = saving
    self.precision = precision
  }

  /// How those keep the factors of their products.
  var matrices: MatrixStorage { saving.matrices(precision) }

  /// Notes what gives back the pages of a part.
  mutating func add(_ part: NetworkRole, _ release: @escaping @Sendable () -> Void) {
    releases[part, default: []].append(release)
  }

  /// Notes that a part uses a file, which belongs to it alone.
  mutating func add(_ part: NetworkRole, _ file: WeightsFile) {
    add(part) { for entry in file.entries { file.release(entry.name) } }
  }

  /// Gives back the memory of parts whose turn is over.
  func rest(_ parts: NetworkRole...) {
    guard saving.isOneAtATime else { return }
    for part in parts { giveBack(part) }
    Machine.returnFreedMemory()
  }

  /// Gives back the pages of a part, most of which it reads no more.
  func giveBack(_ part: NetworkRole) { releases[part]?.forEach { $0() } }
}

extension MemorySaving {
  /// How the factors of products are kept by networks that compute in float32.
  var matrices: MatrixStorage { matrices(.float32) }

  /// How they are kept by networks of a precision.
  func matrices(_ precision: Precision) -> MatrixStorage {
    MatrixStorage(
      areHalved: isHalf, areChangedInUse: changesInUse == true, dtype: precision.dtype,
      areQuantized: precision == .int8)
  }
}

extension AutoencoderKL {
  /// The same autoencoder, in strips if that is how memory is saved and edges do not meet.
  func saving(_ additions: ModelAdditions) -> AutoencoderKL {
    additions.saving.inStrips && additions.wrapping == nil ? inStrips() : self
  }
}
