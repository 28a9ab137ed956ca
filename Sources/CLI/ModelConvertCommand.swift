internal import ArgumentParser
internal import Inkwell

/// `inkwell model convert`: writes a model's weights in another layout or precision.
struct ModelConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes a Stable Diffusion model's weights in another layout or precision.",
    discussion: """
      One weight after the other is read and written, so a model of any size takes little memory; and \
      the result is whole or not there.
      """)

  @Argument(
    help: "A safetensors, GGUF or .ckpt file, or a folder in diffusers' layout.",
    completion: .file())
  var input: String

  @Argument(help: "The file or folder to write; nothing may be there.", completion: .file())
  var output: String

  @Option(
    help: "diffusers (a folder), ldm (one safetensors file) or gguf (one GGUF file).",
    transform: choice)
  var layout: ConvertModel.Layout

  @Option(help: "fp32, fp16, bf16, or, for gguf, q8_0 or q4_0.", transform: choice)
  var precision: ConvertModel.Precision = .float16

  func run() async throws {
    try await reportingFailures {
      try ConvertModel(input: input, output: output, layout: layout, precision: precision)()
      print(try InspectModel(path: output)())
    }
  }
}

/// The value of an option that has a few.
private func choice<Value: RawRepresentable & CaseIterable>(_ text: String) throws -> Value
where Value.RawValue == String {
  guard let value = Value(rawValue: text) else {
    let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("expected one of \(known), found \(text)")
  }
  return value
}
