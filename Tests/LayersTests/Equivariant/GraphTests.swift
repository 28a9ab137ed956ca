import Layers
import TestSupport
import Testing
import Torch

/// Graphs of near points, and sums and means over their edges.
@Suite struct GraphTests {
  @Test("neighbours are those that measuring every pair finds, nearest first")
  func neighbours() throws {
    let positions = Generator(seed: 8).normal([40, 3], dtype: .float64)
    let clouds = (0..<40).map { $0 / 25 }
    let found = try PointClouds(positions, clouds: Tensor(clouds)).neighbours(
      within: 1.3, limit: 6
    ).values(as: Int.self)
    let p = positions.values(as: Double.self)
    var expected: [[Int]] = [[], []]
    for i in 0..<40 {
      let near = (0..<40).filter { $0 != i && clouds[$0] == clouds[i] }.map { j in
        (
          (0..<3).reduce(0.0) {
            $0 + (p[3 * i + $1] - p[3 * j + $1]) * (p[3 * i + $1] - p[3 * j + $1])
          }, j
        )
      }.filter { $0.0 < 1.69 }.sorted { $0 < $1 }.prefix(6)
      expected[0] += near.map { _ in i }
      expected[1] += near.map(\.1)
    }
    #expect(found == expected[0] + expected[1])
    #expect(expected[0].count > 60)
  }

  @Test("points look around from other places, and see what is there")
  func centers() throws {
    let points = try PointClouds(Tensor([0.0, 0, 0, 1, 0, 0, 5, 0, 0], shape: [3, 3]))
    let centers = try PointClouds(Tensor([1.0, 0, 0], shape: [1, 3]))
    let found = points.neighbours(of: centers, within: 2)
    #expect(found.shape == [2, 2])
    #expect(found.values(as: Int.self) == [0, 0, 1, 0])
  }

  @Test("points that are none are refused")
  func refuses() {
    #expect(throws: GraphError.notFinite(point: 1)) {
      try PointClouds(Tensor([0, 0, 0, 1, .nan, 0], shape: [2, 3]))
    }
    #expect(throws: GraphError.misshapen("positions", expected: "[points, 3]", found: [2, 2])) {
      try PointClouds(Tensor.zeros([2, 2]))
    }
    let error = #expect(throws: GraphError.self) {
      try PointClouds(Tensor.zeros([2, 3]), clouds: Tensor([0]))
    }
    #expect(error.map { "\($0)" } == "clouds: expected [2], found [1]")
  }

  @Test("sums and means go to their places, and places that are not there are refused")
  func scatters() throws {
    let rows = Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2])
    let places = Tensor([2, 0, 2])
    let sum = rows.scatteredSum(to: places, count: 4).values(as: Double.self)
    #expect(sum == [3, 4, 0, 0, 6, 8, 0, 0])
    let mean = rows.scatteredMean(to: places, count: 4).values(as: Double.self)
    #expect(mean == [3, 4, 0, 0, 3, 4, 0, 0])
    #expect(throws: TorchError.self) { try checked { rows.scatteredSum(to: places, count: 2) } }
  }
}
