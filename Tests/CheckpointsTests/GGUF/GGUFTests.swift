import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

/// A file of `Tests/Golden/gguf_files.py`, and what the reference makes of it.
struct GGUFCase: Decodable, CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: Data
  /// The tensors that the reference finds, or `nil` if it refuses the file.
  let names: [String]?
  /// Why this project refuses what the reference takes.
  let stricter: String?

  var testDescription: String { name }

  enum CodingKeys: String, CodingKey {
    case name = "case"
    case bytes, names, stricter
  }

  static func all() throws -> [GGUFCase] {
    try JSONDecoder().decode([GGUFCase].self, from: Data(contentsOf: Golden.file("cases.json")))
  }
}

/// GGUF files.
@Suite("GGUF")
struct GGUFTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("blocks of every format become the reference's numbers, to the bit")
  func readsBlocks() throws {
    let golden = try Golden("read.safetensors")
    let file = try GGUF(contentsOf: Golden.file("read.gguf"))
    #expect(Set(file.names) == Set(golden.names + ["IQ4_NL"]))
    for name in golden.names {
      let (found, expected) = (try file.tensor(name), try golden[name])
      #expect(found.shape == expected.shape && found.dtype == expected.dtype, "\(name)")
      let same = found.withUnsafeBytes { a in expected.withUnsafeBytes { b in a.elementsEqual(b) } }
      #expect(same, "\(name)")
    }
    #expect(try #require(file["kernel"]).shape == [9, 256])
    #expect(try #require(file["kernel"]).logicalShape == [64, 4, 3, 3])
  }

  @Test("what is noted beside the tensors is read in every type")
  func readsMetadata() throws {
    let file = try GGUF(contentsOf: Golden.file("read.gguf"))
    #expect(file.version == 3)
    let expected: [String: GGUFValue] = [
      "general.architecture": .string("sd1"), "a.bool": .bool(true), "an.int8": .integer(-5),
      "a.float32": .real(Double(Float(0.1))), "a.float64": .real(0.1),
      "a.uint64": .unsigned(1 << 63 + 1), "some.texts": .array(count: 3),
      "some.integers": .integers([3, -1, 1 << 31 - 1]),
      "comfy.gguf.orig_shape.kernel": .integers([64, 4, 3, 3]),
    ]
    #expect(file.metadata == expected)
  }

  @Test("version 2 is read as version 3 is")
  func readsVersion2() throws {
    var bytes = Array(try Data(contentsOf: Golden.file("read.gguf")))
    bytes[4] = 2
    let file = try GGUF(contentsOf: try folder.write(bytes, to: "a.gguf"))
    #expect(file.version == 2)
    let golden = try Golden("read.safetensors")
    #expect(distance(try file.tensor("Q4_K"), try golden["Q4_K"]) == 0)
  }

  @Test("a format that is not read, and a name that is not there, are errors when asked for")
  func refusesTensors() throws {
    let url = Golden.file("read.gguf")
    let file = try GGUF(contentsOf: url)
    let format = CheckpointError.unsupported(
      file: url.path(percentEncoded: false), tensor: "IQ4_NL", dtype: "IQ4_NL")
    #expect(throws: format) { try file.tensor("IQ4_NL") }
    let missing = CheckpointError.missing(file: url.path(percentEncoded: false), tensor: "a")
    #expect(throws: missing) { try file.tensor("a") }
  }

  @Test(
    "the verdict is the reference's, or a stricter one for a reason", arguments: try GGUFCase.all())
  func judges(_ file: GGUFCase) throws {
    let url = try folder.write(file.bytes, to: "a.gguf")
    if let names = file.names, file.stricter == nil {
      #expect(try GGUF(contentsOf: url).names == names)
      return
    }
    let error = #expect(throws: CheckpointError.self) { try GGUF(contentsOf: url) }
    let text = try #require(error).description
    #expect(text.hasPrefix(url.path(percentEncoded: false)) && text.contains("expected"), "\(text)")
    #expect(text.utf8.count < 1000)
  }

  @Test("a file that is cut anywhere, or has a flipped bit, never ends the process")
  func survives() throws {
    let whole = Array(try Data(contentsOf: Golden.file("write.gguf")))
    var refused = 0
    for place in stride(from: 0, to: 400, by: 3) {
      var flipped = whole
      flipped[place] ^= 1 << UInt8(place % 8)
      for bytes in [Array(whole.prefix(10 * place)), flipped] {
        let url = try folder.write(bytes, to: "a.gguf")
        do throws(CheckpointError) {
          _ = try GGUF(contentsOf: url)
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 150)
  }

  @Test("a file is written as the reference writes it, byte for byte")
  func writes() throws {
    let numbers = try Golden("write.safetensors")["numbers"]
    let url = folder.file("a.gguf")
    let types: [GGMLType] = [.f32, .f16, .bf16, .q8_0, .q4_0]
    var drafts = zip(types, ["F32", "F16", "BF16", "Q8_0", "Q4_0"]).map { type, name in
      GGUF.Draft(name, type: type, shape: [6, 64]) { numbers }
    }
    drafts.append(
      GGUF.Draft("odd", type: .f16, shape: [6, 3]) {
        try checked { numbers.narrowed(dim: 1, start: 0, length: 3) }
      })
    let metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string("sd1")), ("general.file_type", .unsigned(7)),
      ("general.name", .string("a näme")), ("comfy.gguf.orig_shape.x", .integers([6, 64])),
    ]
    try GGUF.write(drafts, metadata: metadata, to: url)
    #expect(try Data(contentsOf: url) == Data(contentsOf: Golden.file("write.gguf")))
  }

  @Test("what cannot be written is refused, and nothing is left behind")
  func refusesToWrite() throws {
    let url = folder.file("a.gguf")
    let path = url.path(percentEncoded: false)
    func refuses(
      _ expected: CheckpointError?, _ drafts: [GGUF.Draft],
      _ metadata: [(key: String, value: GGUFValue)] = []
    ) throws {
      let error = #expect(throws: (any Error).self) {
        try GGUF.write(drafts, metadata: metadata, to: url)
      }
      if let expected { #expect(error as? CheckpointError == expected) }
      #expect(try folder.contents() == [])
    }
    let ones = Tensor.ones([2, 33])
    func draft(_ type: GGMLType, _ shape: [Int] = [2, 33]) -> GGUF.Draft {
      GGUF.Draft("a", type: type, shape: shape) { ones }
    }
    func malformed(_ found: String) -> CheckpointError {
      .malformed(
        file: path, tensor: "a",
        expected: "up to 4 sizes from 1, rows of whole blocks, a type that is written", found: found
      )
    }
    try refuses(malformed("Q8_0 [2, 33]"), [draft(.q8_0)])
    try refuses(malformed("Q4_K [1, 256]"), [draft(.q4K, [1, 256])])
    try refuses(malformed("F32 [1, 1, 1, 1, 66]"), [draft(.f32, [1, 1, 1, 1, 66])])
    try refuses(malformed("F32 [0, 4]"), [draft(.f32, [0, 4])])
    try refuses(
      .repeated(file: path, what: "a tensor", name: "a"), [draft(.f32), draft(.f32)])
    try refuses(
      .malformed(file: path, tensor: "a", expected: "[2, 32] to write", found: "[2, 33]"),
      [draft(.f32, [2, 32])])
    try refuses(nil, [draft(.f32)], [("k", .array(count: 3))])
    try refuses(nil, [draft(.f32)], [("k", .integers([1 << 40]))])
    let infinite = Tensor.full([1, 32], .real(.infinity))
    try refuses(nil, [GGUF.Draft("a", type: .q8_0, shape: [1, 32]) { infinite }])
  }

  @Test("a truth value, a wide number and others come back as they were written")
  func notesComeBack() throws {
    let url = folder.file("a.gguf")
    let notes: [(key: String, value: GGUFValue)] = [
      ("a", .bool(true)), ("b", .unsigned(1 << 40)), ("c", .integer(-3)), ("d", .real(0.1)),
      ("e", .integers([-5, 7])), ("f", .unsigned(9)),
    ]
    try GGUF.write([], metadata: notes, to: url)
    let found = try GGUF(contentsOf: url).metadata
    #expect(found == Dictionary(uniqueKeysWithValues: notes.map { ($0.key, $0.value) }))
  }
}
