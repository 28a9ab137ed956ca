import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@Suite struct ImageTensorTests {
  @Test("the article's example makes a negative that says so")
  func example() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("negative.png")

    let square = Image(width: 40, height: 20, color: Color(red: 200, green: 30, blue: 40))
      .centeredInSquare()
    let fitted = try square.resized(width: 64, height: 64)
    let x = fitted.tensor
    let negative = try Image(tensor: -x)
    try negative.save(to: file, text: [PNGText(keyword: "Comment", text: "negative")])

    #expect(x.shape == [3, 64, 64])
    #expect(Array(try Image(contentsOf: file)[32, 32]) == [55, 225, 215])
    #expect(try PNGText.read(from: Data(contentsOf: file)).map(\.text) == ["negative"])
  }

  @Test("every byte comes back from its number")
  func roundTrip() throws {
    let pixels = (0...255).flatMap { (byte: UInt8) in [byte, 255 - byte, byte / 2] }
    let image = try Image(width: 16, height: 16, channels: .rgb, pixels: pixels)
    #expect(try Image(tensor: image.tensor) == image)
  }

  @Test("colours outside [-1, 1] are held at its ends")
  func clamped() throws {
    let image = try Image(tensor: Tensor([Float(-3), 0, 3], shape: [3, 1, 1]))
    #expect(image.pixels == [0, 128, 255])
  }

  @Test("a transparent picture is seen on white")
  func transparent() throws {
    let image = try Image(width: 1, height: 1, channels: .rgba, pixels: [0, 0, 0, 0])
    #expect(image.tensor.values(as: Float.self) == [1, 1, 1])
  }

  @Test(
    "a tensor that is no picture is refused",
    arguments: [[1, 4, 4], [4, 4], [3, 0, 4]])
  func refused(shape: [Int]) {
    #expect(throws: (any Error).self) { try Image(tensor: .zeros(shape)) }
  }
}
