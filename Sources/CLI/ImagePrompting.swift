internal import ArgumentParser
internal import Inkwell

/// Which pictures are drawn after, as prompts are.
struct ImagePrompting: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A picture to draw after, and how much it counts after an equals sign (default: 1). \
      Repeatable. For Stable Diffusion, with --ip-adapter.
      """, valueName: "picture=scale"), transform: ImagePromptPicture.init)
  var imagePrompt: [ImagePromptPicture] = []

  @Option(
    help: "An IP-Adapter's file: one for all image prompts, or one for each in their order.",
    completion: .file())
  var ipAdapter: [String] = []

  @Option(
    help: """
      The folder of the image encoder that the IP-Adapters take (default: image_encoder beside the \
      adapter).
      """, completion: .directory)
  var imageEncoder: String?

  @Option(
    help: """
      A picture that is white where an image prompt counts, for each in their order (default: \
      everywhere).
      """, completion: .file())
  var imageMask: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Which parts of the U-Net see image prompts: style or layout or both, for Stable Diffusion \
      XL, or parts by name with a factor each, with commas between. One for all image prompts, or \
      one for each in their order (default: all parts).
      """, valueName: "style|layout|part=factor"), transform: ImagePromptBlocks.init)
  var imageBlocks: [ImagePromptBlocks] = []

  @Option(
    help: """
      Blend the image prompts to one that counts so much; the numbers after the pictures are then \
      their weights.
      """)
  var imageBlend: Double?

  func validate() throws {
    guard !imagePrompt.isEmpty else {
      let given = [
        ("--ip-adapter", !ipAdapter.isEmpty), ("--image-encoder", imageEncoder != nil),
        ("--image-mask", !imageMask.isEmpty), ("--image-blocks", !imageBlocks.isEmpty),
        ("--image-blend", imageBlend != nil),
      ]
      guard let first = given.first(where: \.1)?.0 else { return }
      throw ValidationError("Give \(first) with an --image-prompt.")
    }
    let count = imageBlend == nil ? imagePrompt.count : 1
    guard ipAdapter.count == 1 || ipAdapter.count == count else {
      throw ValidationError(
        "Give one --ip-adapter, or \(count), as many as image prompts; found \(ipAdapter.count).")
    }
    guard imageBlocks.count <= 1 || imageBlocks.count == count else {
      throw ValidationError(
        "Give one --image-blocks, or \(count), as many as image prompts; found "
          + "\(imageBlocks.count).")
    }
    guard imageMask.count <= count else {
      throw ValidationError("Give no more --image-mask than image prompts, \(count).")
    }
  }

  /// What is asked for.
  var prompts: [Generate.ImagePrompt]? {
    guard !imagePrompt.isEmpty else { return nil }
    let groups =
      imageBlend.map { [(imagePrompt, $0)] }
      ?? imagePrompt.map { ([ImagePromptPicture(path: $0.path, number: 1)], $0.number) }
    return groups.enumerated().map { index, group in
      var prompt = Generate.ImagePrompt(
        pictures: group.0.map { .init(path: $0.path, weight: $0.number) },
        adapter: ipAdapter[ipAdapter.count == 1 ? 0 : index], encoder: imageEncoder,
        scale: group.1)
      let blocks = imageBlocks.count == 1 ? 0 : index
      prompt.blocks = imageBlocks.indices.contains(blocks) ? imageBlocks[blocks].factors : nil
      prompt.mask = imageMask.indices.contains(index) ? imageMask[index] : nil
      return prompt
    }
  }
}

/// A picture and a number after an equals sign.
struct ImagePromptPicture {
  let path: String
  let number: Double

  init(path: String, number: Double) {
    self.path = path
    self.number = number
  }

  init(_ text: String) throws {
    guard let sign = text.lastIndex(of: "="), let number = Double(text[text.index(after: sign)...])
    else {
      self.init(path: text, number: 1)
      return
    }
    self.init(path: String(text[..<sign]), number: number)
  }
}

/// Parts of a U-Net and a factor for each.
struct ImagePromptBlocks {
  let factors: [String: Double]

  init(_ text: String) throws {
    var factors: [String: Double] = [:]
    for part in text.split(separator: ",") {
      switch part {
      case "style": factors.merge(Generate.ImagePrompt.styleBlocks) { $1 }
      case "layout": factors.merge(Generate.ImagePrompt.layoutBlocks) { $1 }
      default:
        let sides = part.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let factor = Double(sides[1]) else {
          throw ValidationError("expected style, layout or PART=FACTOR, found \"\(part)\"")
        }
        factors[String(sides[0])] = factor
      }
    }
    self.factors = factors
  }
}
