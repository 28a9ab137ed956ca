internal import Foundation
internal import Synchronization

/// A model on the disk that is read and hashed once for all runs that ask for it alike.
final class KeptModel<Base: PromptedModelSource>: PromptedModelSource {
  private let base: Base
  private let known: Background<[String: String]>
  private let kept = Mutex<(options: Generate.Options, model: Base.Model)?>(nil)

  init(_ base: Base) {
    self.base = base
    known = Background { try base.hashes() }
  }

  var url: URL { base.url }
  var summary: String { base.summary }
  var styles: [String] { base.styles }
  var nativeSize: PictureSize { get throws { try base.nativeSize } }
  var byteCount: Int { get throws { try base.byteCount } }
  var settings: SamplingSettings { get throws { try base.settings } }

  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds { try base.memory(demand) }

  func hashes() throws -> [String: String] { try known.value() }

  func model(_ additions: ModelAdditions) throws -> Base.Model {
    if let kept = kept.withLock({ $0 }), kept.options == additions.options { return kept.model }
    // One model at a time: the other's memory is needed.
    kept.withLock { $0 = nil }
    let model = try base.model(additions)
    kept.withLock { $0 = (additions.options, model) }
    return model
  }
}
