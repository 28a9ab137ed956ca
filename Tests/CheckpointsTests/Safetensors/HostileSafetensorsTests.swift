import Checkpoints
import Foundation
import Testing
import TestSupport

/// Files that break the format's rules, and sound ones that look as if they did.
@Suite("hostile safetensors")
struct HostileSafetensorsTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(
    "the verdict is the reference's, or a stricter one for a reason",
    arguments: try SafetensorsCase.all())
  func judges(_ file: SafetensorsCase) throws {
    let url = try folder.write(file.bytes)
    guard let names = file.names, file.stricter == nil else {
      #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: url) }
      return
    }
    let found = try Safetensors(contentsOf: url)
    #expect(found.entries.map(\.name).sorted() == names.sorted())
  }

  @Test("every error says the file, what was expected and what was found")
  func explains() throws {
    for file in try SafetensorsCase.all() where file.names == nil || file.stricter != nil {
      let url = try folder.write(file.bytes)
      let error = #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: url) }
      let text = try #require(error).description
      #expect(text.hasPrefix(url.path(percentEncoded: false)), "\(file.name): \(text)")
      #expect(text.contains("expected") && text.contains("found"), "\(file.name): \(text)")
      #expect(text.utf8.count < 1000, "\(file.name)")
    }
  }

  @Test("a file cut short anywhere is refused, and so is one byte more")
  func refusesTruncation() throws {
    let whole = try Data(contentsOf: SafetensorsCase.fixtures.appending(path: "dtypes.safetensors"))
    for count in 0..<whole.count {
      let url = try folder.write(whole.prefix(count))
      #expect(throws: CheckpointError.self, "\(count)") { try Safetensors(contentsOf: url) }
    }
    let url = try folder.write(whole + [0])
    let error = #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: url) }
    let expected = CheckpointError.uncovered(
      file: url.path(percentEncoded: false), offset: whole.count, end: whole.count + 1)
    #expect(error == expected)
  }

  @Test("a flipped bit of the header never ends the process")
  func survivesFlippedBits() throws {
    let whole = Array(
      try Data(contentsOf: SafetensorsCase.fixtures.appending(path: "dtypes.safetensors")))
    var refused = 0
    for place in 0..<1600 {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 7)
      let url = try folder.write(bytes)
      do throws(CheckpointError) {
        _ = try Safetensors(contentsOf: url)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1000)
  }

  @Test("errors name the tensor, the place and both values")
  func namesValues() throws {
    let header = #"{"unet.conv_in.weight":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#
    let url = try folder.write(bytes(of: header, data: 8))
    let error = #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: url) }
    #expect(
      error?.description
        == "\(url.path(percentEncoded: false)): \"unet.conv_in.weight\": expected 12 bytes for F32 [3], found 8"
    )
    let broken = try folder.write(bytes(of: #"{"a":{"shape":[2],"dtype":?}}"#, data: 8))
    let syntax = #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: broken) }
    #expect(
      syntax?.description
        == "\(broken.path(percentEncoded: false)): byte 34: expected '\"', found '?'")
  }

  @Test("a hundred thousand tensors open")
  func opensManyTensors() throws {
    let entries = (0..<100_000).map {
      #""tensor.\#($0)":{"dtype":"U8","shape":[1],"data_offsets":[\#($0),\#($0 + 1)]}"#
    }
    let url = try folder.write(
      bytes(of: "{\(entries.joined(separator: ","))}", data: 100_000))
    let file = try Safetensors(contentsOf: url)
    #expect(file.entries.count == 100_000)
    #expect(file["tensor.77"]?.range.count == 1)
  }

  private func bytes(of header: String, data: Int) -> [UInt8] {
    let text = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + Array(repeating: 0, count: data)
  }
}
