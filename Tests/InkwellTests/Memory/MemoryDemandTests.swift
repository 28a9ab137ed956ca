import Foundation
import TestSupport
import Testing

@testable import Inkwell
@testable import Models

/// What a run asks of a model, as far as memory goes.
@Suite struct MemoryDemandTests {
  private func demand(
    _ prompts: [String] = ["a"], guidance: Double = 4, syntax: Generate.PromptSyntax? = nil
  ) throws -> MemoryDemand {
    var settings = SamplingSettings(steps: 10, guidance: guidance)
    settings.syntax = syntax
    var options = Generate.Options()
    options.take(settings)
    var demand = MemoryDemand(options, size: 512)
    try demand.take(prompts, settings)
    return demand
  }

  @Test("a picture has an estimate with its prompt, and others that it is guided by")
  func estimates() throws {
    var unet = UNet2DConditionConfiguration()
    #expect(try demand().estimates(unet) == 2)
    #expect(try demand(guidance: 1).estimates(unet) == 1)
    // AND has no meaning in plain prompts.
    #expect(try demand(["a AND b AND c"]).estimates(unet) == 2)
    #expect(try demand(["a AND b AND c", "d"], syntax: .a1111).estimates(unet) == 4)
    #expect(try demand(["a :0.5"], guidance: 1, syntax: .a1111).estimates(unet) == 2)
    var edit = try demand()
    edit.pictureGuidance = 1.5
    #expect(edit.estimates(unet) == 3)
    // Where the picture alone is what is guided away from, nothing is estimated without it.
    edit.pictureGuidance = 1
    #expect(edit.estimates(unet) == 2)
    unet.encoder.timeCondProjDim = 256
    #expect(try demand().estimates(unet) == 1)
  }

  @Test("long prompts are read in parts, and those that change are kept beside each other")
  func prompts() throws {
    let long = Array(repeating: "word", count: 120).joined(separator: " ")
    #expect(try demand([long]).words == 77)
    // 599 characters.
    #expect(try demand([long], syntax: .compel).words == 3 * 77)
    #expect(try demand(["a BREAK b"], syntax: .a1111).words == 2 * 77)
    #expect(try demand(["[a:b:0.5] c"], syntax: .a1111).variants == 2)
    #expect(try demand(["[a:b:0.5] AND [c:d:0.2]"], syntax: .a1111).variants == 3)
    #expect(try demand(["[a|b]"], syntax: .a1111).variants == 10)
    #expect(try demand(["[a:b:0.5] c"]).variants == 1)
  }

  @Test("sizes of Stable Diffusion 1 at 512 pixels, in numbers that are counted by hand")
  func sizes() {
    let (unet, vae) = (UNet2DConditionConfiguration(), AutoencoderKLConfiguration())
    let skips = unet.encoder.skipNumbers(height: 64, width: 64)
    #expect(
      skips == [
        320 * 4096, 320 * 4096, 320 * 4096, 320 * 1024, 640 * 1024, 640 * 1024, 640 * 256,
        1280 * 256, 1280 * 256, 1280 * 64, 1280 * 64, 1280 * 64,
      ])
    // 5, 5 and 5 attentions at the three resolutions, and one in the middle.
    let channels = 5 * 320 + 5 * 640 + 6 * 1280
    #expect(unet.promptNumbers(77) == 2 * 77 * channels)
    // The last transformer of the finest resolution, when all but its own skip are used up.
    let last = 320 * 4096 * 19 + 2 * 320 * 4096 + 2 * 77 * channels
    #expect(unet.workingNumbers(height: 64, width: 64) >= last)
    // The decoder's widest convolution is from 256 to 128 channels at the picture's size.
    let eager = vae.workingNumbers(height: 64, width: 64, ownKernels: false)
    #expect(eager == 512 * 512 * (4 * 256 + 3 * 128))
    let turned = 7 << 20
    #expect(
      vae.workingNumbers(height: 64, width: 64) == 512 * 512 * (256 + 5 * 128) + turned)
    // The encoder's is from 128 to 128.
    #expect(
      vae.encodingNumbers(height: 64, width: 64, ownKernels: false) == 512 * 512 * 7 * 128)
    #expect(vae.encodingNumbers(height: 64, width: 64) == 512 * 512 * 5 * 128 + turned)
    // Strips hold one layer's features and a part of the next one's.
    let strips = vae.encodingNumbers(height: 256, width: 256, strip: 1 << 24)
    #expect(strips == 2048 * 2048 * 160 + 8 * (64 + 6) * 128 * 2048)
    #expect(strips < vae.encodingNumbers(height: 256, width: 256) / 2)
  }
}
