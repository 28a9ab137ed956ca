import Checkpoints
import Files
import Foundation
import Testing
import Torch
import TestSupport

/// Checkpoints in several files.
@Suite("sharded checkpoints")
struct ShardTests {
  let folder: TemporaryFolder
  let index: URL

  init() throws {
    folder = try TemporaryFolder()
    index = folder.file("model.safetensors.index.json")
    for (name, tensors) in [("1.safetensors", ["a", "b"]), ("2.safetensors", ["c"])] {
      let drafts = tensors.map { Safetensors.Draft($0, Tensor([Float(name.utf8.first ?? 0)])) }
      try Safetensors.write(drafts, metadata: [name: "yes"], to: folder.file(name))
    }
  }

  @Test("tensors come from the file that the index names")
  func readsShards() throws {
    try write(#"{"a": "1.safetensors", "b": "1.safetensors", "c": "2.safetensors"}"#)
    let checkpoint = try Checkpoint(contentsOf: index)
    #expect(checkpoint.names == ["a", "b", "c"])
    #expect(try checkpoint.tensor("b").item() == 49)
    #expect(try checkpoint.tensor("c").item() == 50)
    #expect(checkpoint.metadata == ["1.safetensors": "yes", "2.safetensors": "yes"])
    let expected = CheckpointError.missing(file: index.path(percentEncoded: false), tensor: "d")
    #expect(throws: expected) { try checkpoint.tensor("d") }
  }

  @Test("an index that promises a tensor which is not there is refused")
  func missesTensors() throws {
    try write(#"{"a": "1.safetensors", "b": "1.safetensors", "c": "1.safetensors"}"#)
    let expected = CheckpointError.missing(
      file: folder.file("1.safetensors").path(percentEncoded: false), tensor: "c")
    #expect(throws: expected) { try Checkpoint(contentsOf: index) }
  }

  @Test("a file with a tensor that the index does not know is refused")
  func refusesSurplus() throws {
    try write(#"{"a": "1.safetensors", "c": "2.safetensors"}"#)
    let expected = CheckpointError.shard(
      file: folder.file("1.safetensors").path(percentEncoded: false),
      expected: "only tensors that the index says are in it", found: #""b""#)
    #expect(throws: expected) { try Checkpoint(contentsOf: index) }
  }

  @Test("a file that is not there is an error of the system's")
  func missesFiles() throws {
    try write(#"{"a": "3.safetensors"}"#)
    let expected = CheckpointError.unreadable(
      .system(
        path: folder.file("3.safetensors").path(percentEncoded: false), action: "open",
        reason: "No such file or directory"))
    #expect(throws: expected) { try Checkpoint(contentsOf: index) }
  }

  @Test(
    "an index that leads out of its folder is refused",
    arguments: ["../a.safetensors", "/etc/passwd", "..", ".", "", "a\\\\b", "a\\u0000", "x/y"])
  func staysInTheFolder(_ name: String) throws {
    try write(#"{"a": "\#(name)"}"#)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: index) }
    #expect(error?.description.contains("the name of a file beside the index") == true)
  }

  @Test(
    "an index that is none is refused",
    arguments: [
      "[]", "{}", #"{"weight_map": {}, "weight_map": {}}"#, #"{"weight_map": []}"#,
      #"{"weight_map": {"a": 1}}"#, #"{"weight_map": {"a": "b", "a": "b"}}"#,
      #"{"weight_map": {}} x"#, "",
    ])
  func refusesNonsense(_ text: String) throws {
    try Data(text.utf8).write(to: index)
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: index) }
  }

  private func write(_ map: String) throws {
    let text = #"{"metadata": {"total_size": 12}, "weight_map": \#(map)}"#
    try Data(text.utf8).write(to: index)
  }
}
