import Modalities
import Testing

@Suite struct PointCloudViewTests {
  private let red = Color(red: 200, green: 0, blue: 0)
  private let blue = Color(red: 0, green: 0, blue: 200)

  private func image(
    _ positions: [SIMD3<Float>], _ colors: [Color], turn: Float = 0, height: Float = 0
  ) throws -> Image {
    try PointCloudView(side: 64, turn: turn, height: height).image(
      of: PointCloud(positions: positions, colors: colors))
  }

  /// Red, green and blue in the middle of the picture.
  private func middle(_ image: Image) -> [UInt8] { Array(image[32, 32]) }

  @Test("what is nearer hides what is farther, in any order", arguments: [false, true])
  func depth(isReversed: Bool) throws {
    var points: [(SIMD3<Float>, Color)] = [(SIMD3(0, 0, 1), red), (SIMD3(0, 0, -1), blue)]
    if isReversed { points.reverse() }
    let front = middle(try image(points.map(\.0), points.map(\.1)))
    #expect(front[0] > front[2])
    let back = middle(try image(points.map(\.0), points.map(\.1), turn: 180))
    #expect(back[2] > back[0])
  }

  @Test("a viewer on the right sees the right, and one above the top")
  func sides() throws {
    let places: [SIMD3<Float>] = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(-1, 0, 0), SIMD3(0, -1, 0)]
    let colors = [red, blue, Color(red: 0, green: 200, blue: 0), Color.white]
    let right = middle(try image([places[0], places[2]], [colors[0], colors[2]], turn: 90))
    #expect(right[0] > right[1])
    let top = middle(try image([places[1], places[3]], [colors[1], colors[3]], height: 90))
    #expect(top[2] > top[0])
  }

  @Test("up is up, x is to the right, and what lies outside is not drawn")
  func axes() throws {
    let shown = try image([SIMD3(1, 1, 0)], [red])
    let ground = [
      PointCloudView.ground.red, PointCloudView.ground.green, PointCloudView.ground.blue,
    ]
    let marked = (0..<64 * 64).filter { Array(shown[$0 % 64, $0 / 64]) != ground }
    #expect(!marked.isEmpty)
    #expect(marked.allSatisfy { $0 / 64 < 32 && $0 % 64 > 32 })
    let far = try image([SIMD3(9, 0, 0), SIMD3(0, -9, 0), SIMD3(-1e30, 0, 0)], [red, red, red])
    #expect((0..<64 * 64).allSatisfy { Array(far[$0 % 64, $0 / 64]) == ground })
  }
}
