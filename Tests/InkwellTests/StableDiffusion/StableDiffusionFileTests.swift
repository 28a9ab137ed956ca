import Diffusion
import Foundation
import Layers
import Modalities
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Inkwell
@testable import Models

/// Models of a single file.
@Suite struct StableDiffusionFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The family of the golden pipeline, in the original's layout.
  private static let family: StableDiffusionFamily = {
    let outline = TextEncoderOutline(width: 8, layers: 2, vocabulary: 574)
    var text = CLIPTextConfiguration()
    text.vocabSize = 574
    text.hiddenSize = 8
    text.intermediateSize = 32
    text.numHiddenLayers = 2
    text.numAttentionHeads = 2
    text.eosTokenId = 573
    return StableDiffusionFamily(
      name: "tiny", title: "Tiny Diffusion",
      unet: UNetOutline(
        channels: [4, 8], depths: [1, 0], middleDepth: 1, contextWidth: 8, layers: 1,
        projectsByMatrix: false),
      autoencoder: AutoencoderOutline(channels: [4, 4], layers: 1),
      textEncoders: [
        .init(
          folder: "text_encoder", outline: outline,
          layouts: [
            PartLayout("cond_stage_model.transformer", TextEncoderOutline.clipMap())
          ])
      ],
      details: .init(heads: 2, groups: 2, side: 8, textEncoders: [text]))
  }()

  private func convert(
    to name: String, _ layout: ConvertModel.Layout, _ precision: ConvertModel.Precision = .float16
  ) throws -> URL {
    let file = folder.file(name)
    try ConvertModel(
      input: StableDiffusionFixture.folder("sd1").path(percentEncoded: false),
      output: file.path(percentEncoded: false), layout: layout, precision: precision
    ).run(among: [Self.family])
    return file
  }

  private func open(_ file: URL) throws -> StableDiffusionFile {
    let tokenizer = try CLIPTokenizer(folder: StableDiffusionFixture.folder("sd1/tokenizer"))
    return try StableDiffusionFile(file, among: [Self.family], tokenizers: [tokenizer])
  }

  @Test(
    "the folder's model in a file gives diffusers' picture of the folder",
    arguments: [("a.safetensors", ConvertModel.Layout.ldm), ("a.gguf", .gguf)])
  func parity(name: String, layout: ConvertModel.Layout) throws {
    let source = try open(convert(to: name, layout))
    let settings = try source.settings
    #expect(settings == SamplingSettings(steps: 30, guidance: 7.5, sampler: "ddim"))
    #expect(try source.hashes().keys.map { $0 } == [name])
    let model = try source.model()
    #expect(model.nativeSize == 16)
    var short = settings
    short.steps = 5
    let latents = try model.latents(
      model.batch(
        ["a red apple"], seeds: [42], drawing: Drawing(settings: short, size: 16)))
    let golden = try Golden("sd1.safetensors")["ddim.latents"]
    #expect(relativeDistance(latents, golden) < 1e-4)
  }

  @Test("a file becomes a folder that is the model, and a folder one in another precision")
  func folders() throws {
    func convert(_ input: URL, to name: String) throws -> URL {
      let output = folder.file(name)
      try ConvertModel(
        input: input.path(percentEncoded: false), output: output.path(percentEncoded: false),
        layout: .diffusers, precision: .float32
      ).run(among: [Self.family])
      return output
    }
    let golden = try Golden("sd1.safetensors")["ddim.latents"]
    func expectGolden(_ folder: URL) throws {
      let source = try StableDiffusionFolder(folder)
      var settings = try source.settings
      (settings.steps, settings.sampler) = (5, "ddim")
      let model = try source.model()
      let latents = try model.latents(
        model.batch(["a red apple"], seeds: [42], drawing: Drawing(settings: settings, size: 16)))
      #expect(relativeDistance(latents, golden) < 1e-4)
    }
    let own = StableDiffusionFixture.folder("sd1")
    let single = try self.convert(to: "a.safetensors", .ldm)
    let whole = try convert(single, to: "b")
    #expect(
      try Set(StableDiffusionFolder(whole).files()).isSuperset(of: [
        "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json",
        "tokenizer/merges.txt", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json",
        "unet/config.json", "vae/config.json",
      ]))
    // The family's tokenizer is the published one; that of the golden pipeline is smaller.
    try FileManager.default.removeItem(at: whole.appending(path: "tokenizer"))
    try FileManager.default.copyItem(
      at: own.appending(path: "tokenizer"), to: whole.appending(path: "tokenizer"))
    try expectGolden(whole)
    let copy = try convert(own, to: "c")
    try expectGolden(copy)
    for file in ["unet/config.json", "tokenizer/tokenizer.json"] {
      #expect(
        try Data(contentsOf: copy.appending(path: file))
          == Data(contentsOf: own.appending(path: file)))
    }
  }

  @Test("an index whose parts are no folders in it is refused")
  func escapes() throws {
    let index = try folder.write(
      #"{"_class_name": "X", "../unet": ["a", "b"]}"#.utf8, to: "model_index.json")
    let error = #expect(throws: ConfigurationError.self) {
      try PipelineIndex(contentsOf: index)
    }
    #expect(error?.description.contains(#"found "../unet""#) == true)
  }

  @Test("what a file notes of its prediction and of its last timestep counts")
  func notes() throws {
    let file = try convert(to: "a.safetensors", .ldm)
    let checkpoint = try Checkpoint(contentsOf: file)
    func rewritten(_ name: String, _ extra: [String], _ metadata: [String: String]) throws -> URL {
      let drafts =
        try checkpoint.names.map { Safetensors.Draft($0, try checkpoint.tensor($0)) }
        + extra.map { Safetensors.Draft($0, Tensor.zeros([])) }
      try Safetensors.write(drafts, metadata: metadata, to: folder.file(name))
      return folder.file(name)
    }
    let plain = try open(file).scheduler
    #expect(plain.prediction == .epsilon && !plain.hasZeroTerminalSNR && !plain.endsClean)
    let noted = try open(rewritten("b.safetensors", [], ["modelspec.prediction_type": "v"]))
    #expect(try noted.scheduler.prediction == .v)
    let marked = try open(rewritten("c.safetensors", ["v_pred", "ztsnr"], [:])).scheduler
    #expect(marked.prediction == .v && marked.hasZeroTerminalSNR)
  }

  @Test("a file without one of its networks says which, and another file that it is none")
  func refusals() throws {
    let file = try convert(to: "a.safetensors", .ldm)
    let checkpoint = try Checkpoint(contentsOf: file)
    let drafts = try checkpoint.names.filter { !$0.hasPrefix("first_stage_model") }
      .map { Safetensors.Draft($0, try checkpoint.tensor($0)) }
    let cut = folder.file("cut.safetensors")
    try Safetensors.write(drafts, to: cut)
    let path = cut.path(percentEncoded: false)
    #expect(throws: ModelError.incomplete(folder: path, missing: ["vae"])) { try open(cut) }
    try Safetensors.write([.init("x", Tensor.ones([1]))], to: folder.file("x.safetensors"))
    let other = folder.file("x.safetensors").path(percentEncoded: false)
    #expect(throws: ModelFileError.unknown(path: other)) {
      try ModelLibrary(folders: []).promptedModel(other)
    }
  }

  @Test("the sizes of the published families have the weights that their tables say")
  func published() throws {
    for family in StableDiffusionFamily.all {
      let unet = family.unetConfiguration(inputs: family.unet.inputs)
      let networks: [(String, [(name: String, shape: [Int])])] = [
        ("unet", try ParameterStore.outline { UNet2DConditionModel($0, unet) }),
        (
          "vae",
          try ParameterStore.outline { AutoencoderKL($0, family.autoencoderConfiguration) }
        ),
      ]
      for (folder, found) in networks {
        let expected = try #require(family.parts.first { $0.folder == folder }).weights
        #expect(
          Dictionary(uniqueKeysWithValues: found) == expected, "\(family.name) \(folder)")
      }
      #expect(family.textEncoders.count == family.details.textEncoders.count)
      for (encoder, sizes) in zip(family.textEncoders, family.details.textEncoders) {
        let found = try ParameterStore.outline {
          CLIPTextModel($0, sizes, projects: encoder.outline.hasProjection)
        }
        #expect(Dictionary(uniqueKeysWithValues: found) == encoder.outline.weights)
      }
    }
  }

  @Test("the sizes that no weight tells are those of diffusers' published configurations")
  func details() {
    func heads(_ family: StableDiffusionFamily) -> [Int] {
      family.unetConfiguration(inputs: 4).encoder.numAttentionHeads
    }
    #expect(heads(.sd1) == [8, 8, 8, 8] && heads(.sd2) == [5, 10, 20, 20])
    #expect(heads(.xl) == [5, 10, 20] && heads(.refiner) == [6, 12, 24, 24])
    #expect(heads(.enlarger) == [8, 8, 8, 8])
    #expect(StableDiffusionFamily.xl.autoencoderConfiguration.scalingFactor == 0.13025)
    #expect(StableDiffusionFamily.sd1.autoencoderConfiguration.scalingFactor == 0.18215)
    #expect(StableDiffusionFamily.sd1.unetConfiguration(inputs: 9).encoder.inChannels == 9)
    #expect(StableDiffusionFamily.xl.unetConfiguration(inputs: 4).sampleSize == [128, 128])
    #expect(
      StableDiffusionFamily.sd1.unetConfiguration(inputs: 4) == UNet2DConditionConfiguration())
  }
}
