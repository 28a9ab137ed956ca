import Checkpoints
import Foundation
import Testing
import Torch
import TestSupport

/// Tensors by name, out of one file or several.
@Suite("checkpoints")
struct CheckpointTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("every dtype that LibTorch has is read as Python wrote it")
  func readsWhatPythonWrote() throws {
    let checkpoint = try golden()
    for name in [
      "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8",
      "float8_e4m3fn", "float8_e5m2",
    ] {
      let tensor = try checkpoint.tensor(name)
      #expect(tensor.shape == [2, 3])
      #expect(tensor.values(as: Double.self) == [-2, -1, 0, 1, 2, 3], "\(name)")
    }
    for name in ["uint8", "uint16", "uint32", "uint64"] {
      let tensor = try checkpoint.tensor(name)
      #expect(tensor.values(as: Double.self) == [0, 1, 2, 3, 4, 5], "\(name)")
    }
    #expect(try checkpoint.tensor("bool").values(as: Double.self) == [0, 1, 0, 1, 0, 1])
    #expect(try checkpoint.tensor("scalar").shape == [])
    #expect(try checkpoint.tensor("scalar").item() == 2.5)
    #expect(try checkpoint.tensor("empty").shape == [3, 0])
    #expect(try checkpoint.tensor("odd \"name\"\né\u{1}").values(as: Double.self) == [7])
  }

  @Test(
    "a dtype that LibTorch's tensors lack is an error only when it is asked for",
    arguments: [
      ("float8_e8m0fnu", "F8_E8M0"), ("float8_e4m3fnuz", "F8_E4M3FNUZ"), ("complex64", "C64"),
      ("float8_e5m2fnuz", "F8_E5M2FNUZ"), ("float4", "F4"),
    ])
  func refusesOtherDTypes(name: String, dtype: String) throws {
    let checkpoint = try golden()
    let expected = CheckpointError.unsupported(
      file: Self.golden.path(percentEncoded: false), tensor: name, dtype: dtype)
    #expect(throws: expected) { try checkpoint.tensor(name) }
  }

  @Test("an unknown name is an error that says so")
  func missesNames() throws {
    let checkpoint = try golden()
    let expected = CheckpointError.missing(
      file: Self.golden.path(percentEncoded: false), tensor: "float33")
    #expect(throws: expected) { try checkpoint.tensor("float33") }
    #expect(checkpoint["float33"] == nil)
    #expect(checkpoint.names.count == 23)
  }

  @Test("a tensor keeps its pages when the checkpoint is gone, and is no copy")
  func outlivesTheCheckpoint() throws {
    func first() throws -> (Tensor, Tensor) {
      let checkpoint = try golden()
      return (try checkpoint.tensor("float32"), try checkpoint.tensor("float32"))
    }
    let (a, b) = try first()
    #expect(a.values(as: Float.self) == [-2, -1, 0, 1, 2, 3])
    let addresses = [a, b].map { $0.withUnsafeBytes { $0.baseAddress } }
    #expect(addresses[0] == addresses[1])
  }

  @Test("elements at odd places of the file are read all the same")
  func readsUnalignedElements() throws {
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
    let data = [9] + [Float(0.5), -4].withUnsafeBytes { Array($0) }
    let url = try folder.write(
      [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + header.utf8 + data)
    let tensor = try Checkpoint(contentsOf: url).tensor("x")
    #expect(tensor.values(as: Float.self) == [0.5, -4])
  }

  @Test("a truth value that is neither 0 nor 1 is refused when asked for")
  func refusesOddTruth() throws {
    let header = #"{"x":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#
    let url = try folder.write(
      [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + header.utf8 + [0, 1, 2])
    let expected = CheckpointError.malformed(
      file: url.path(percentEncoded: false), tensor: "x", expected: "truth values 0 and 1",
      found: "2")
    #expect(throws: expected) { try Checkpoint(contentsOf: url).tensor("x") }
  }

  private static let golden = SafetensorsCase.fixtures.appending(path: "dtypes.safetensors")

  private func golden() throws -> Checkpoint {
    try Checkpoint(contentsOf: Self.golden)
  }
}
