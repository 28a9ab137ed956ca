import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

/// Files in PyTorch's format since version 1.6: ZIP archives.
@Suite("torch archives")
struct TorchArchiveTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("the weights among a trainer's other things are those that PyTorch reads")
  func readsLightning() throws {
    let golden = try Golden("lightning.safetensors")
    let file = try TorchPickle(contentsOf: Golden.file("lightning.ckpt"))
    #expect(file.names.sorted() == golden.names)
    for name in file.names {
      let (found, expected) = (try file.tensor(name), try golden[name])
      #expect(found.dtype == expected.dtype, "\(name)")
      #expect(distance(found, expected) == 0, "\(name)")
    }
  }

  @Test(
    "the verdict is the reference's, or a stricter one for a reason",
    arguments: try TorchPickleCase.all("archive_cases.json"))
  func judges(_ file: TorchPickleCase) throws {
    let url = try folder.write(file.bytes, to: "a.ckpt")
    if !file.isRefused {
      #expect(try TorchPickle(contentsOf: url).names.sorted() == file.names)
      return
    }
    let error = #expect(throws: CheckpointError.self) { try TorchPickle(contentsOf: url) }
    let text = try #require(error).description
    #expect(text.hasPrefix(url.path(percentEncoded: false)) && text.contains("expected"), "\(text)")
  }

  @Test("a call that stands for a weight is refused by name, and never made")
  func refusesCalls() throws {
    let cases = try TorchPickleCase.all("archive_cases.json")
    for name in ["call of os.system as a weight", "state dict that is a call"] {
      let file = try #require(cases.first { $0.name == name })
      let url = try folder.write(file.bytes, to: "a.ckpt")
      let error = #expect(throws: CheckpointError.self) { try TorchPickle(contentsOf: url) }
      #expect(try #require(error).description.contains("posix.system would make"))
    }
    #expect(!FileManager.default.fileExists(atPath: "PWNED"))
  }

  @Test("a flipped bit in any fifth byte never ends the process")
  func survivesFlippedBits() throws {
    let whole = Array(try Data(contentsOf: Golden.file("lightning.ckpt")))
    var refused = 0
    for place in stride(from: 0, to: whole.count, by: 5) {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      let url = try folder.write(bytes, to: "a.ckpt")
      do throws(CheckpointError) {
        _ = try TorchPickle(contentsOf: url)
      } catch {
        refused += 1
      }
    }
    #expect(refused > whole.count / 100)
  }
}
