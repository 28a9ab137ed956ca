import Foundation
import Layers
import Synchronization
import TestSupport
import Testing

@testable import Inkwell

/// A model that is read once for several runs.
@Suite struct KeptModelTests {
  /// A source that counts how often it is read.
  private final class CountedSource: PromptedModelSource {
    let base: StableDiffusionFolder
    let reads = Mutex(0)
    let hashings = Mutex(0)

    init() throws { base = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")) }

    var url: URL { base.url }
    var summary: String { base.summary }
    var nativeSize: PictureSize { get throws { try base.nativeSize } }
    var byteCount: Int { get throws { try base.byteCount } }
    var settings: SamplingSettings { get throws { try base.settings } }

    func memory(_ demand: MemoryDemand) throws -> MemoryNeeds { try base.memory(demand) }

    func hashes() throws -> [String: String] {
      hashings.withLock { $0 += 1 }
      return try base.hashes()
    }

    func model(_ additions: ModelAdditions) throws -> StableDiffusionModel {
      reads.withLock { $0 += 1 }
      return try base.model(additions)
    }
  }

  private func additions(_ change: (inout Generate.Options) -> Void) throws -> ModelAdditions {
    var options = Generate.Options()
    change(&options)
    return try ModelAdditions(Generate.Request(prompts: ["a"], options: options))
  }

  @Test("it is read again only for what a loaded model depends on, and hashed once")
  func reads() throws {
    let source = try CountedSource()
    let kept = KeptModel(source)
    for change: (inout Generate.Options) -> Void in [
      { $0.steps = 3 }, { $0.guidance = 2 }, { $0.negative = "b" }, { $0.sampler = "euler" },
      { $0.size = 32 }, { $0.spacing = "karras" }, { $0.syntax = .a1111 }, { $0.clipSkip = 1 },
      { $0.blends = [.init(prompt: "b")] }, { $0.guidanceRescale = 0.5 },
      { $0.controls = [.init(model: "m", picture: "p")] },
    ] { _ = try kept.model(additions(change)) }
    #expect(source.reads.withLock { $0 } == 1)
    #expect(try kept.model(additions { $0.tile = .x }).wrapping == .x)
    #expect(try kept.model(additions { $0.tile = .x }).wrapping == .x)
    #expect(source.reads.withLock { $0 } == 2)
    #expect(try kept.model(additions { _ in }).wrapping == nil)
    #expect(source.reads.withLock { $0 } == 3)
    #expect(try kept.hashes() == source.base.hashes() && kept.hashes().count > 3)
    #expect(source.hashings.withLock { $0 } == 1)
    #expect(kept.name == "sd1" && kept.summary == source.summary)
  }
}
