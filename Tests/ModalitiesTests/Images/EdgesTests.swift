import Foundation
import Testing

@testable import Modalities

/// Edges beside OpenCV's; see `edges.py`.
@Suite struct EdgesTests {
  @Test("edges are OpenCV's, to the pixel", arguments: try EdgesCase.all())
  func parity(_ known: EdgesCase) throws {
    let picture = try Image(
      width: known.width, height: known.height, channels: .rgb, pixels: Array(known.pixels))
    let found = picture.edges(low: known.low, high: known.high)
    let expected = known.edges.flatMap { [UInt8](repeating: $0, count: 3) }
    #expect(found.width == known.width && found.height == known.height)
    #expect(zip(found.pixels, expected).filter { $0 != $1 }.count == 0)
    #expect(expected.contains(255) && expected.contains(0))
  }

  @Test("a step of a known height is an edge from that threshold on, on its left side")
  func step() throws {
    // The filter answers with four times the step.
    var picture = Image(width: 8, height: 5, color: Color(red: 10, green: 10, blue: 10))
    picture.draw(
      Image(width: 4, height: 5, color: Color(red: 60, green: 10, blue: 10)), x: 4, y: 0)
    let edges = picture.edges(low: 150, high: 199)
    for x in 0..<8 { #expect(edges[x, 2].first == (x == 3 ? 255 : 0), "\(x)") }
    #expect(picture.edges(low: 150, high: 200).pixels.allSatisfy { $0 == 0 })
  }

  @Test("a weak edge counts where it goes on from a strong one")
  func hysteresis() {
    var picture = Image(width: 8, height: 20, color: .black)
    for y in 0..<20 {
      let level = UInt8(100 - 4 * y)
      picture.draw(
        Image(width: 4, height: 1, color: Color(red: level, green: level, blue: level)), x: 4, y: y)
    }
    func rows(_ low: Int) -> Int {
      let edges = picture.edges(low: low, high: 390)
      return (0..<20).filter { y in (0..<8).contains { edges[$0, y].first == 255 } }.count
    }
    // In row y the edge changes by 4 (100 - 4 y) across, and by 24 along it.
    #expect(rows(390) == 3)
    #expect(rows(300) == 8)
    #expect(rows(200) == 14)
  }
}

/// A picture, thresholds and the edges that OpenCV finds.
struct EdgesCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let width: Int
  let height: Int
  let low: Int
  let high: Int
  let pixels: Data
  let edges: Data

  var testDescription: String { name }

  static func all() throws -> [EdgesCase] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [EdgesCase].self, from: Data(contentsOf: folder.appending(path: "edges.json")))
  }
}
