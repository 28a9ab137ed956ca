import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

/// The weights of ONNX files.
@Suite struct ONNXWeightsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a file has the tensors that the reference wrote, of every dtype, and its notes")
  func reads() throws {
    let golden = try Golden("weights.safetensors")
    let file = try ONNXWeights(contentsOf: Golden.file("weights.onnx"))
    #expect(file.names.sorted() == golden.names)
    #expect(file.names.first == "float32" && file.names.last == "packed")
    #expect(file.metadata == ["architecture": "none", "note": "für einen Test"])
    for name in file.names {
      let (found, expected) = (try file.tensor(name), try golden[name])
      #expect(found.dtype == expected.dtype && found.shape == expected.shape, "\(name)")
      #expect(distance(found, expected) == 0, "\(name)")
    }
  }

  @Test("sizes may be packed, and aligned elements are the file's own pages")
  func packedSizes() throws {
    var tensor = ProtobufBytes().message(1, [2, 3]).number(2, 1).text(8, "w")
    // The raw bytes begin 16 bytes into the file, or 1 to 3 further.
    tensor = tensor.message(9, Array(repeating: 0, count: 24))
    var aligned = 0
    for padding in 0..<4 {
      let note = ProtobufBytes().text(2, String(repeating: "x", count: padding))
      let bytes = note.bytes + ProtobufBytes.model([tensor])
      let file = try ONNXWeights(contentsOf: folder.write(bytes, to: "\(padding).onnx"))
      let weight = try file.tensor("w")
      #expect(weight.shape == [2, 3])
      let start = UnsafeRawPointer(file.file.start)
      let isMapped = weight.withUnsafeBytes { bytes in
        bytes.baseAddress.map { $0 >= start && $0 < start + file.file.count } ?? false
      }
      aligned += isMapped ? 1 : 0
    }
    #expect(aligned == 1)
  }

  /// What is wrong with a file, its bytes, and what is said.
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    let reason: String
    var testDescription: String { what }

    init(_ what: String, _ bytes: [UInt8], _ reason: String) {
      (self.what, self.bytes, self.reason) = (what, bytes, reason)
    }

    init(tensor what: String, _ tensor: ProtobufBytes, _ reason: String) {
      self.init(what, ProtobufBytes.model([tensor]), reason)
    }
  }

  private static let named = ProtobufBytes().number(2, 1).text(8, "w")

  static let hostile: [Case] = [
    Case("no graph", ProtobufBytes().number(1, 10).bytes, "expected a graph, found none"),
    Case(
      "text", Array("hello, this is no file of weights".utf8),
      "expected a field of protobuf, found number 13"),
    Case("two graphs", ProtobufBytes().message(7, []).message(7, []).bytes, "expected one graph"),
    Case("a graph that is a number", ProtobufBytes().number(7, 1).bytes, "of wire type 2, found 0"),
    Case("a group", [0x0B], "expected a field of protobuf, found number 1 of wire type 3"),
    Case("field 0", [0x00, 0x00], "expected a field of protobuf, found number 0"),
    Case("a cut key", [0x80], "a field's number: expected 1 bytes, found 0"),
    Case("a cut number", [0x08, 0xFF], "field 1: expected 1 bytes, found 0"),
    Case("a cut fixed number", [0x0D, 1, 2, 3], "field 1: expected 4 bytes, found 3"),
    Case(
      "an endless number", [0x08] + Array(repeating: 0xFF, count: 11),
      "expected field 1 of at most 64 bits, found more"),
    Case(
      "a length beyond the file", ProtobufBytes().message(7, [], length: 1 << 40).bytes,
      "the graph: expected 1099511627776 bytes, found 0"),
    Case(
      "a length of 2⁶⁴ - 1", ProtobufBytes().message(7, [], length: .max).bytes,
      "the graph: expected 18446744073709551615 bytes, found 0"),
    Case(
      "a tensor beyond its graph",
      ProtobufBytes.model(graph: ProtobufBytes().message(5, [], length: 4)),
      "a tensor: expected 4 bytes, found 0"),
    Case(
      "a name twice",
      ProtobufBytes.model([.tensor("w", [1], count: 1), .tensor("w", [1], count: 1)]),
      #"expected a tensor "w" once, found it again"#),
    Case(
      "a note twice",
      ProtobufBytes().message(14, ProtobufBytes().text(1, "k").bytes)
        .message(14, ProtobufBytes().text(1, "k").bytes).bytes,
      #"expected a note "k" once"#),
    Case(
      "a sparse tensor", ProtobufBytes.model(graph: ProtobufBytes().message(15, [])),
      "expected tensors whose elements are all there, found a sparse one"),
    Case(tensor: "no name", ProtobufBytes().number(2, 1), "expected a tensor with a name"),
    Case(tensor: "two names", named.text(8, "v"), "expected one name of a tensor"),
    Case(
      tensor: "a name that is no text", ProtobufBytes().message(8, [0xFF]),
      "expected a tensor's name in UTF-8"),
    Case(
      tensor: "a long name",
      ProtobufBytes().text(8, String(repeating: "n", count: 1 << 17)),
      "expected a tensor's name of at most 65536 bytes, found 131072"),
    Case(
      tensor: "too few elements", .tensor("w", [2, 3], count: 5),
      #""w": expected 24 bytes for F32 [2, 3], found 20"#),
    Case(
      tensor: "too many elements", .tensor("w", [2], count: 3), "expected 8 bytes for F32 [2]"),
    Case(tensor: "no elements", named.number(1, 2), "expected 8 bytes for F32 [2], found 0"),
    Case(
      tensor: "sizes without end", named.number(1, 1 << 40).number(1, 1 << 40),
      "expected a size that can be counted"),
    Case(
      tensor: "a negative size", named.number(1, .max), "expected up to 64 sizes, none negative"),
    Case(
      tensor: "too many sizes", (0..<65).reduce(named) { sizes, _ in sizes.number(1, 1) },
      "expected up to 64 sizes"),
    Case(
      tensor: "too many packed sizes", named.message(1, Array(repeating: 1, count: 1000)),
      "expected up to 64 sizes"),
    Case(
      tensor: "a cut packed size", named.message(1, [0x80]), "a size: expected 1 bytes, found 0"),
    Case(
      tensor: "elements twice", .tensor("w", [1], count: 1).message(9, [0, 0, 0, 0]),
      "expected a tensor's elements once"),
    Case(
      tensor: "raw and packed elements",
      .tensor("w", [1], count: 1).message(4, [0, 0, 0, 0]), "expected a tensor's elements once"),
    Case(
      tensor: "packed elements of another type",
      ProtobufBytes().number(1, 4).number(2, 2).text(8, "w").message(4, [0, 0, 0, 0]),
      "expected U8 as raw bytes, found numbers of another type"),
    Case(
      tensor: "single numbers", named.number(5, 1),
      "expected a tensor's elements as raw bytes, found as single numbers or texts"),
    Case(tensor: "a segment", named.message(3, []), "expected a whole tensor, found a segment"),
    Case(
      tensor: "elements in another file", named.number(1, 1).number(14, 1),
      "expected the elements in the file, found the elements in another file; put them into this"),
    Case(
      tensor: "a place in another file", named.number(1, 1).message(13, []),
      "expected the elements in the file, found the elements in another file"),
    Case(
      tensor: "texts", ProtobufBytes().number(2, 8).text(8, "w"),
      "expected a type of numbers that is read here, found type 8"),
    Case(tensor: "no type", ProtobufBytes().text(8, "w"), "found type 0"),
  ]

  @Test("a file that breaks a rule is refused with a sentence", arguments: hostile)
  func refuses(_ hostile: Case) throws {
    let url = try folder.write(hostile.bytes, to: "a.onnx")
    let error = #expect(throws: CheckpointError.self) { try ONNXWeights(contentsOf: url) }
    let text = error?.description ?? ""
    #expect(
      text.hasPrefix(url.path(percentEncoded: false)) && text.contains(hostile.reason), "\(text)")
    #expect(text.utf8.count < 1000)
  }

  @Test("a flipped bit in any byte never ends the process")
  func survivesFlippedBits() throws {
    let whole = Array(try Data(contentsOf: Golden.file("weights.onnx")))
    var refused = 0
    for place in whole.indices {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      let url = try folder.write(bytes, to: "a.onnx")
      do {
        let file = try ONNXWeights(contentsOf: url)
        for name in file.names { _ = try file.tensor(name) }
      } catch {
        refused += 1
      }
    }
    #expect(refused > whole.count / 12)
  }

  @Test("asking for another tensor is an error, and so is a truth value of 2")
  func missing() throws {
    let url = Golden.file("weights.onnx")
    let file = try ONNXWeights(contentsOf: url)
    #expect(throws: CheckpointError.missing(file: url.path(percentEncoded: false), tensor: "float"))
    {
      try file.tensor("float")
    }
    let truth = ProtobufBytes().number(1, 1).number(2, 9).text(8, "t").message(9, [2])
    let other = try folder.write(ProtobufBytes.model([truth]), to: "t.onnx")
    #expect(
      throws: CheckpointError.malformed(
        file: other.path(percentEncoded: false), tensor: "t", expected: "truth values 0 and 1",
        found: "2")
    ) { try ONNXWeights(contentsOf: other).tensor("t") }
    let complex = ProtobufBytes().number(1, 1).number(2, 14).text(8, "c")
      .message(9, Array(repeating: 0, count: 8))
    let third = try folder.write(ProtobufBytes.model([complex]), to: "c.onnx")
    #expect(
      throws: CheckpointError.unsupported(
        file: third.path(percentEncoded: false), tensor: "c", dtype: "C64")
    ) { try ONNXWeights(contentsOf: third).tensor("c") }
  }
}
