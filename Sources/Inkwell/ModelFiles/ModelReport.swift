/// What ``InspectModel`` finds.
public struct ModelReport: Codable, Sendable, Hashable {
  /// A file of weights.
  public struct File: Codable, Sendable, Hashable {
    /// The path.
    public var path: String
    /// The format: `safetensors`, `gguf` or `torch`.
    public var format: String
    /// What the weights are, in a word: `sd1`, `lora-kohya`; `unknown` if no table has it.
    public var kind: String
    /// What the weights are, in words.
    public var title: String
    /// What the model was trained for, if not for pictures of prompts: `inpainting`.
    public var variant: String?
    /// The networks in the file, by their folders in diffusers' layout.
    public var parts: [String]
    /// The networks of the family that are not in the file.
    public var absent: [String]
    /// The bytes of the file's elements.
    public var bytes: Int
    /// The numbers of the weights.
    public var parameters: Int
    /// How many of the numbers have each type, by its name in the format.
    public var precisions: [String: Int]
    /// Names that the networks need and the file lacks.
    public var missing: [Misfit]
    /// Names that the file has and the networks do not need.
    public var unknown: [Misfit]
    /// Weights of another shape than the networks need.
    public var misshapen: [Misfit]
    /// The texts that the writer noted beside the weights.
    public var metadata: [String: String]
    /// What a file of changes to other weights changes, if it is one.
    public var adapter: Adapter?

    /// Whether every weight that the networks need is there, and no other.
    public var isWhole: Bool { missing.isEmpty && unknown.isEmpty && misshapen.isEmpty }
  }

  /// What a LoRA or an IP-Adapter changes.
  public struct Adapter: Codable, Sendable, Hashable {
    /// How many layers it changes of each network, by the network's folder in diffusers' layout.
    public var layers: [String: Int]
    /// The ranks of its products, ascending; none where whole differences are kept.
    public var ranks: [Int]
    /// The families of models that it fits, by their short names: every layer is there in the
    /// right shape.
    public var families: [String]
  }

  /// A weight that does not fit.
  public struct Misfit: Codable, Sendable, Hashable {
    /// Its name in the file's layout.
    public var name: String
    /// A name on the other side that it may have been meant for, or the shapes that differ.
    public var hint: String?
  }

  /// The path that was inspected.
  public var path: String
  /// The pipeline that a folder's `model_index.json` names, if there is one.
  public var pipeline: String?
  /// The files of weights.
  public var files: [File]
  /// What drawing a picture takes, for a model that pictures can be drawn with.
  public var drawing: Drawing?

  /// What drawing takes.
  public struct Drawing: Codable, Sendable, Hashable {
    /// The size of the picture, the model's own.
    public var size: PictureSize
    /// The greatest memory of the process, in bytes.
    public var peak: Int
    /// The least that it can be brought to, in bytes.
    public var least: Int
  }

  /// The numbers of all weights.
  public var parameters: Int { files.reduce(0) { $0 + $1.parameters } }

  /// The memory that the weights take when they are run in float32, in bytes.
  public var bytesInFloat32: Int { 4 * parameters }

  /// The memory that the weights take when they are run in half precision, in bytes.
  public var bytesInHalf: Int { 2 * parameters }
}

extension ModelReport: CustomStringConvertible {
  /// What a person reads: a few lines a file.
  public var description: String {
    var lines: [String] = pipeline.map { ["\(path): a folder of \($0)"] } ?? []
    for file in files { lines += Self.lines(file) }
    lines.append(
      "memory of the weights: \(Self.size(bytesInFloat32)) in float32, "
        + "\(Self.size(bytesInHalf)) in half precision")
    if let drawing {
      let least =
        drawing.least < drawing.peak
        ? ", or at least \(byteText(drawing.least)) with --max-memory" : ""
      lines.append(
        "a picture of \(drawing.size) pixels needs about \(byteText(drawing.peak))\(least)")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(_ file: File) -> [String] {
    let precisions = file.precisions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \(count($0.value))" }.joined(separator: ", ")
    let variant = file.variant.map { " for \($0)" } ?? ""
    var lines = [
      "\(file.path): \(file.title)\(variant)",
      "  format      \(file.format), \(size(file.bytes))",
      "  parameters  \(count(file.parameters)) (\(precisions))",
    ]
    if !file.parts.isEmpty { lines.append("  holds       \(file.parts.joined(separator: ", "))") }
    if !file.absent.isEmpty { lines.append("  lacks       \(file.absent.joined(separator: ", "))") }
    if let adapter = file.adapter { lines += Self.lines(adapter, file.metadata) }
    lines += Self.lines("missing", file.missing)
    lines += Self.lines("unknown", file.unknown)
    lines += Self.lines("misshapen", file.misshapen)
    return lines
  }

  private static func lines(_ title: String, _ misfits: [Misfit]) -> [String] {
    guard !misfits.isEmpty else { return [] }
    let shown = misfits.prefix(8).map { misfit in
      "    \(misfit.name)\(misfit.hint.map { " (\($0))" } ?? "")"
    }
    let rest = misfits.count > 8 ? ["    and \(misfits.count - 8) more"] : []
    return ["  \(title)  \(misfits.count)"] + shown + rest
  }

  private static func count(_ number: Int) -> String {
    number < 1_000_000 ? "\(number)" : "\((number + 50_000) / 100_000 * 100_000 / 1_000_000) M"
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes) bytes" : "\((bytes + 500_000) / 1_000_000) MB"
  }
}
