import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

/// Files in PyTorch's older format.
@Suite("torch pickles")
struct TorchPickleTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("a state dict has the tensors that PyTorch saved, of every dtype, views included")
  func reads() throws {
    let golden = try Golden("state_dict.safetensors")
    let file = try TorchPickle(contentsOf: Golden.file("state_dict.pth"))
    let reference = try Checkpoint(contentsOf: Golden.file("state_dict.safetensors"))
    #expect(file.names.sorted() == reference.names)
    for name in file.names {
      let (found, expected) = (try file.tensor(name), try golden[name])
      #expect(found.dtype == expected.dtype, "\(name)")
      #expect(found.shape == expected.shape, "\(name)")
      #expect(distance(found, expected) == 0, "\(name)")
    }
  }

  @Test(
    "the verdict is the reference's, or a stricter one for a reason",
    arguments: try TorchPickleCase.all())
  func judges(_ file: TorchPickleCase) throws {
    let url = try folder.write(file.bytes, to: "a.pth")
    if !file.isRefused {
      #expect(try TorchPickle(contentsOf: url).names.sorted() == file.names)
      return
    }
    let error = #expect(throws: CheckpointError.self) { try TorchPickle(contentsOf: url) }
    let text = try #require(error).description
    #expect(text.hasPrefix(url.path(percentEncoded: false)), "\(text)")
    #expect(text.contains("expected") && text.contains("found"), "\(text)")
    #expect(text.utf8.count < 1000)
  }

  @Test("what is never called is named where it stands for the weights")
  func namesCalls() throws {
    let cases = try TorchPickleCase.all()
    for (name, found) in [
      ("name of os.system alone", #""os.system""#),
      ("call of os.system", "what posix.system would make, which is never called"),
    ] {
      let call = try #require(cases.first { $0.name == name })
      let url = try folder.write(call.bytes, to: "a.pth")
      let error = #expect(throws: CheckpointError.self) { try TorchPickle(contentsOf: url) }
      guard case .syntax(_, _, let expected, let text) = try #require(error) else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(expected == "a dictionary of tensors")
      #expect(text == found)
    }
  }

  @Test("a flipped bit in any third byte never ends the process")
  func survivesFlippedBits() throws {
    let whole = Array(try Data(contentsOf: Golden.file("state_dict.pth")))
    var refused = 0
    for place in stride(from: 0, to: whole.count, by: 3) {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      let url = try folder.write(bytes, to: "a.pth")
      do throws(CheckpointError) {
        _ = try TorchPickle(contentsOf: url)
      } catch {
        refused += 1
      }
    }
    #expect(refused > whole.count / 12)
  }

  @Test("asking for another tensor is an error, and so is a truth value of 2")
  func missing() throws {
    let url = Golden.file("state_dict.pth")
    let file = try TorchPickle(contentsOf: url)
    #expect(
      throws: CheckpointError.missing(file: url.path(percentEncoded: false), tensor: "1.gain")
    ) {
      try file.tensor("1.gain")
    }
    var bytes = Array(try Data(contentsOf: url))
    let place = try #require(file["dtype.bool"]).range.lowerBound
    bytes[place] = 2
    let broken = try folder.write(bytes, to: "a.pth")
    let error = #expect(throws: CheckpointError.self) {
      try TorchPickle(contentsOf: broken).tensor("dtype.bool")
    }
    #expect(
      error
        == .malformed(
          file: broken.path(percentEncoded: false), tensor: "dtype.bool",
          expected: "truth values 0 and 1", found: "2"))
  }
}
