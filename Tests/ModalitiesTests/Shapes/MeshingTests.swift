import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

/// The cube from -1 to 1, whose six sides have another colour each and different triangles.
func cube() throws -> Mesh {
  var vertices: [SIMD3<Float>] = []
  var faces: [SIMD3<UInt32>] = []
  var colors: [Color] = []
  for (side, corners) in MarchingCubes.sides.enumerated() {
    let first = UInt32(vertices.count)
    vertices += corners.map {
      SIMD3(Float($0 & 1), Float($0 >> 1 & 1), Float($0 >> 2 & 1)) * 2 - 1
    }
    // A point off the middle, so that the triangles' areas differ.
    let middle = (vertices[Int(first)] + vertices[Int(first) + 2]) / 2
    vertices.append(middle + (vertices[Int(first)] - middle) / 2)
    colors += Array(repeating: Color(red: UInt8(40 * side), green: 0, blue: 0), count: 5)
    for corner in 0..<4 as Range<UInt32> {
      faces.append(SIMD3(first + corner, first + (corner + 1) % 4, first + 4))
    }
  }
  return try Mesh(vertices: vertices, faces: faces, colors: colors)
}

/// Points that spiral evenly over a sphere.
func spherePoints(_ count: Int, radius: Float) -> [SIMD3<Float>] {
  (0..<count).map { index in
    let height = 1 - (2 * Float(index) + 1) / Float(count)
    let angle = Float(index) * 2.399963
    let side = (1 - height * height).squareRoot()
    return radius * SIMD3(side * cos(angle), height, side * sin(angle))
  }
}

@Suite("points of meshes and meshes of points")
struct MeshingTests {
  @Test("points of a cube have its moments, its sides' colours and normals, by the seed")
  func samplesEvenly() throws {
    let (cube, count) = (try cube(), 20_000)
    #expect(abs(cube.area - 24) < 1e-9 && abs(cube.volume - 8) < 1e-9)
    let cloud = try cube.sampled(count, using: Generator(seed: 3))
    #expect(cloud == (try cube.sampled(count, using: Generator(seed: 3))))
    #expect(cloud != (try cube.sampled(count, using: Generator(seed: 4))))
    let normals = try #require(cloud.normals)
    var sides = [Int](repeating: 0, count: 6)
    var (sum, squares) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
    for index in 0..<count {
      let (place, normal) = (cloud.positions[index], normals[index])
      #expect(abs(dot(place, normal) - 1) < 1e-5 && abs(length(normal) - 1) < 1e-6)
      sides[Int(cloud.colors[index].red) / 40] += 1
      sum += SIMD3<Double>(place)
      squares += SIMD3<Double>(place * place)
    }
    // The mean of a coordinate's square is (1 + 1 + 4 / 3) / 6 = 5 / 9, of its fourth power 7 / 15.
    let root = Double(count).squareRoot()
    let (deviation, squaresDeviation) = (0.7454, 0.3976)
    for axis in 0..<3 {
      let (mean, square) = (sum[axis] / Double(count), squares[axis] / Double(count))
      #expect(abs(mean) < 5 * deviation / root)
      #expect(abs(square - 5.0 / 9) < 5 * squaresDeviation / root)
    }
    // The deviation of a count with chance 1 / 6.
    let spread = (Double(count) * 5 / 36).squareRoot()
    for side in sides {
      #expect(abs(Double(side) - Double(count) / 6) < 5 * spread)
    }
    // In each side, x and y are independent: even within triangles.
    let top = (0..<count).filter { cloud.colors[$0].red == 200 }.map { cloud.positions[$0] }
    let quarter = top.count { $0.x > 0.5 }
    let chance = (Double(top.count) * 3 / 16).squareRoot()
    #expect(abs(Double(quarter) - Double(top.count) / 4) < 5 * chance)
  }

  @Test("a mesh without area gives no points")
  func noArea() throws {
    let line = try Mesh(
      vertices: [.zero, SIMD3(1, 0, 0), SIMD3(2, 0, 0)], faces: [SIMD3(0, 1, 2)])
    #expect(throws: ShapeError.self) { try line.sampled(1, using: Generator(seed: 0)) }
  }

  @Test("the farthest points of a line are its ends, its middle, its quarters")
  func farthest() throws {
    let line = try PointCloud(
      positions: (0...8).map { SIMD3(Float($0), 0, 0) },
      colors: (0...8).map { Color(red: UInt8($0), green: 0, blue: 0) })
    #expect(line.farthestPoints(5) == [0, 8, 4, 2, 6])
    #expect(line.farthestPoints(9, startingAt: 3).sorted() == Array(0...8))
    #expect(line.chosen([8, 1]).colors.map(\.red) == [8, 1])
    let same = try PointCloud(
      positions: [.zero, .zero, .zero], colors: [.white, .white, .white])
    #expect(same.farthestPoints(3).sorted() == [0, 1, 2])
  }

  @Test("clouds are fitted to the unit sphere around their mean and the cube around their middle")
  func fits() throws {
    let cloud = try PointCloud(
      positions: [SIMD3(1, 1, 1), SIMD3(5, 1, 1), SIMD3(3, 4, 1)], colors: [.white, .white, .white])
    let sphere = cloud.fitted(to: .sphere)
    #expect(abs((sphere.positions.map { length($0) }.max() ?? 0) - 1) < 1e-6)
    #expect(length(sphere.positions.reduce(.zero, +)) < 1e-6)
    #expect(
      cloud.fitted(to: .cube).positions
        == [SIMD3(-1, -0.75, 0), SIMD3(1, -0.75, 0), SIMD3(0, 0.75, 0)])
    let point = try PointCloud(positions: [SIMD3(7, 7, 7)], colors: [.white])
    for frame in PointCloud.Frame.allCases { #expect(point.fitted(to: frame).positions == [.zero]) }
  }

  @Test("each of the 256 cases uses every crossed edge, and no line twice")
  func cases() {
    for (number, triangles) in MarchingCubes.cases.enumerated() {
      let crossed = MarchingCubes.edges.indices.filter {
        let (low, high) = MarchingCubes.edges[$0]
        return number >> low & 1 != number >> high & 1
      }
      let used = Set(triangles.flatMap { [$0.x, $0.y, $0.z] })
      #expect(used == Set(crossed))
      let lines = triangles.flatMap {
        [SIMD2($0.x, $0.y), SIMD2($0.y, $0.z), SIMD2($0.z, $0.x)]
      }
      #expect(Set(lines).count == lines.count)
    }
  }

  /// A field of a sphere's signed distance: the error of linear interpolation is of second order.
  @Test("a sphere's surface is closed, and its area and volume err by the square of the spacing")
  func sphere() throws {
    func errors(_ cubes: Int) throws -> (area: Double, volume: Double) {
      let spacing = 2.6 / Float(cubes)
      var grid = ScalarGrid(
        size: SIMD3(repeating: cubes + 1), origin: SIMD3(-1.3, -1.31, -1.28), spacing: spacing,
        value: 0)
      for z in 0...cubes {
        for y in 0...cubes {
          for x in 0...cubes {
            let node = SIMD3(x, y, z)
            grid.values[grid.index(node)] = length(grid.position(node)) - 1
          }
        }
      }
      let surface = MarchingCubes.surface(of: grid, level: 0)
      let mesh = try Mesh(vertices: surface.vertices, faces: surface.faces)
      #expect(mesh.isWatertight && mesh.eulerCharacteristic == 2)
      return (1 - mesh.area / (4 * .pi), 1 - mesh.volume / (4 * .pi / 3))
    }
    let (coarse, fine) = (try errors(12), try errors(24))
    #expect(coarse.area > 0 && coarse.area < 0.02 && coarse.volume > 0 && coarse.volume < 0.04)
    #expect(fine.area < 0.35 * coarse.area && fine.volume < 0.35 * coarse.volume)
  }

  @Test("any field's surface is watertight where it does not reach the border")
  func noise() throws {
    let size = 9
    var grid = ScalarGrid(
      size: SIMD3(repeating: size), origin: .zero, spacing: 1, value: 1)
    let noise = Generator(seed: 5).normal([size * size * size]).values(as: Float.self)
    for z in 1..<size - 1 {
      for y in 1..<size - 1 {
        for x in 1..<size - 1 {
          let index = grid.index(SIMD3(x, y, z))
          grid.values[index] = noise[index]
        }
      }
    }
    let surface = MarchingCubes.surface(of: grid, level: 0)
    let mesh = try Mesh(vertices: surface.vertices, faces: surface.faces)
    #expect(mesh.isWatertight && mesh.faces.count > 500 && mesh.volume > 0)
  }

  @Test("points of a sphere give a closed sphere one cube larger, in their colours")
  func meshesSphere() throws {
    let points = spherePoints(600, radius: 1)
    let cloud = try PointCloud(
      positions: points,
      colors: points.map { $0.y > 0 ? Color(red: 255, green: 0, blue: 0) : .black })
    let mesh = try cloud.meshed(Meshing(resolution: 20))
    #expect(mesh.isWatertight && mesh.eulerCharacteristic == 2)
    let radius = 1.1
    #expect(abs(mesh.volume / (4 * .pi / 3 * pow(radius, 3)) - 1) < 0.06)
    #expect(abs(mesh.area / (4 * .pi * radius * radius) - 1) < 0.06)
    for (vertex, color) in zip(mesh.vertices, mesh.colors) where abs(vertex.y) > 0.2 {
      #expect(color.red == (vertex.y > 0 ? 255 : 0))
    }
  }

  @Test("a sheet of points has two sides, one cube from it each")
  func sheet() throws {
    let positions = (0..<256).map { index -> SIMD3<Float> in
      let (row, column) = (index / 16, index % 16)
      return SIMD3(Float(column) / 15, Float(row) / 15, 0)
    }
    let sheet = try PointCloud(
      positions: positions, colors: Array(repeating: .black, count: 256)
    ).meshed(Meshing(resolution: 16))
    #expect(sheet.isWatertight && sheet.eulerCharacteristic == 2)
    // Both sides are one cube of 1 / 16 from the points.
    let heights = sheet.vertices.map(\.z)
    let (low, high) = try (#require(heights.min()), #require(heights.max()))
    #expect(high > 0.7 / 16 && high < 1.3 / 16)
    #expect(low < -0.7 / 16 && low > -1.3 / 16)
  }

  @Test("points of no extent, and lengths out of range, are refused")
  func refusals() throws {
    let point = try PointCloud(positions: [.zero, .zero], colors: [.white, .white])
    #expect(throws: ShapeError.self) { try point.meshed() }
    let pair = try PointCloud(positions: [.zero, .one], colors: [.white, .white])
    #expect(throws: ShapeError.self) { try pair.meshed(Meshing(resolution: 4)) }
    #expect(throws: ShapeError.self) { try pair.meshed(Meshing(resolution: 16, reach: 0.01)) }
    #expect(throws: ShapeError.self) { try pair.meshed(Meshing(resolution: 16, reach: 100)) }
    let far = try PointCloud(
      positions: [SIMD3(1e30, 0, 0), SIMD3(-3e38, 0, 0)], colors: [.white, .white])
    #expect(throws: ShapeError.self) { try far.meshed() }
  }

  @Test("the nearest point is the one that comparing all with all finds")
  func nearest() throws {
    let generator = Generator(seed: 8)
    func draw(_ count: Int) -> [SIMD3<Float>] {
      let numbers = generator.normal([count, 3]).values(as: Float.self)
      return (0..<count).map { SIMD3(numbers[3 * $0], numbers[3 * $0 + 1], numbers[3 * $0 + 2]) }
    }
    let points = draw(150)
    let bins = PointBins(points)
    for place in draw(60) + draw(10).map({ $0 * 10 }) {
      let all = points.map { dot($0 - place, $0 - place) }
      #expect(bins.nearest(to: place)?.square == all.min())
    }
    let others = points.dropFirst().map { dot($0 - points[0], $0 - points[0]) }
    #expect(bins.nearest(to: points[0], excluding: 0)?.square == others.min())
  }
}
