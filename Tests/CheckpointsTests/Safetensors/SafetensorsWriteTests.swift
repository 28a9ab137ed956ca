import Checkpoints
import Foundation
import Testing
import Torch
import TestSupport

/// Files that Python wrote, and files that are the same as Python's.
@Suite("writing safetensors")
struct SafetensorsWriteTests {
  let folder: TemporaryFolder
  let golden = SafetensorsCase.fixtures.appending(path: "dtypes.safetensors")

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("every dtype comes back, and the bytes are those that Python writes")
  func writesWhatPythonWrites() throws {
    let source = try Safetensors(contentsOf: golden)
    let drafts = source.entries.reversed().map { entry in
      Safetensors.Draft(entry.name, dtype: entry.dtype, shape: entry.shape) { take in
        try source.file.withBytes(entry.range, take)
      }
    }
    let url = folder.file("copy.safetensors")
    try Safetensors.write(drafts, metadata: source.metadata, to: url)
    #expect(try Data(contentsOf: url) == Data(contentsOf: golden))
    #expect(Set(source.entries.map(\.dtype)).count == 20)
    #expect(source.metadata == ["format": "p\"t\né"])
  }

  @Test("data begin at a multiple of 8, whatever the header's length")
  func alignsData() throws {
    for length in 1...9 {
      let url = folder.file("\(length).safetensors")
      try Safetensors.write([draft(String(repeating: "n", count: length))], to: url)
      let entry = try #require(try Safetensors(contentsOf: url).entries.first)
      #expect(entry.range.lowerBound.isMultiple(of: 8))
    }
  }

  @Test("an empty checkpoint is a file too")
  func writesNothing() throws {
    let url = folder.file("none.safetensors")
    try Safetensors.write([], metadata: ["a": "b", "c": "\u{1}\\\u{7F}"], to: url)
    let file = try Safetensors(contentsOf: url)
    #expect(file.entries.isEmpty)
    #expect(file.metadata == ["a": "b", "c": "\u{1}\\\u{7F}"])
  }

  @Test("names that no reader could tell apart are refused", arguments: ["a", "__metadata__"])
  func refusesRepeatedNames(_ name: String) {
    let url = folder.file("twice.safetensors")
    let expected = CheckpointError.repeated(
      file: url.path(percentEncoded: false), what: "a tensor", name: name)
    #expect(throws: expected) {
      try Safetensors.write([draft("a"), draft(name)], to: url)
    }
  }

  @Test("names with U+0000, shapes below zero and half bytes are refused")
  func refusesWhatNobodyCouldRead() {
    let drafts = [
      draft("a\0"), Safetensors.Draft("a", dtype: .uint8, shape: [-1]) { _ in },
      Safetensors.Draft("a", dtype: .float4, shape: [3]) { _ in },
      Safetensors.Draft("a", dtype: .uint8, shape: Array(repeating: 1, count: 65)) { _ in },
      Safetensors.Draft("a", dtype: .uint8, shape: [1 << 62, 4]) { _ in },
    ]
    for draft in drafts {
      #expect(throws: CheckpointError.self) {
        try Safetensors.write([draft], to: folder.file("bad.safetensors"))
      }
    }
  }

  @Test(
    "a tensor that gives too few or too many bytes leaves the old file as it was",
    arguments: [7, 9])
  func keepsTheOldFile(count: Int) throws {
    let url = folder.file("a.safetensors")
    try Safetensors.write([draft("old")], to: url)
    let old = try Data(contentsOf: url)
    let bad = Safetensors.Draft("bad", dtype: .uint8, shape: [8]) { take in
      try Array(repeating: UInt8(1), count: count).withUnsafeBytes(take)
    }
    let error = #expect(throws: CheckpointError.self) {
      try Safetensors.write([draft("a"), bad], to: url)
    }
    #expect(error?.description.contains("expected 8 bytes to write, found \(count)") == true)
    #expect(try Data(contentsOf: url) == old)
    #expect(try folder.contents() == ["a.safetensors"])
  }

  @Test("tensors are written from LibTorch, in any layout, and read back")
  func writesTensors() throws {
    let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let url = folder.file("tensors.safetensors")
    try Safetensors.write(
      [Safetensors.Draft("x", tensor), Safetensors.Draft("x.T", tensor.transposed(0, 1))], to: url)
    let checkpoint = try Checkpoint(contentsOf: url)
    #expect(try checkpoint.tensor("x").values(as: Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(try checkpoint.tensor("x.T").values(as: Float.self) == [1, 4, 2, 5, 3, 6])
    #expect(try checkpoint.tensor("x.T").shape == [3, 2])
  }

  private func draft(_ name: String) -> Safetensors.Draft {
    Safetensors.Draft(name, dtype: .float32, shape: [2]) { take in
      try [Float(1), 2].withUnsafeBytes(take)
    }
  }
}
