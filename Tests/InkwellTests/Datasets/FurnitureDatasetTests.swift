import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("the data set of furniture")
struct FurnitureDatasetTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for library in FurnitureLibrary.allCases { try Self.write(library, to: folder) }
  }

  private var build: FurnitureDataset {
    FurnitureDataset(output: folder.file("furniture"), sources: folder.file("sources"))
  }

  private func pieces() throws -> [FurniturePiece] {
    try String(contentsOf: folder.file("furniture/metadata.jsonl"), encoding: .utf8)
      .split(separator: "\n").map {
        try JSONDecoder().decode(FurniturePiece.self, from: Data($0.utf8))
      }
  }

  /// A library of two boxes, of which one lies on its side in its file.
  private static func write(_ library: FurnitureLibrary, to folder: TemporaryFolder) throws {
    let stem = library.rawValue.lowercased()
    let catalog = """
      # a comment = 1
      name=Library
      id#1=\(library.rawValue)#table
      name#1=Caf\\u00e9 table
      category#1=Living room
      creator#1=Jos\u{E9}
      model#1=/\(stem)/table/table.obj
      icon#1=/\(stem)/table.png
      width#1=100
      depth#1=50
      height#1=40
      id#2=\(library.rawValue)#post
      name#2=Post
      category#2=Exterior
      creator#2=Someone
      model#2=/\(stem)/post/post.obj
      modelRotation#2=1 0 0 0 0 1 0 -1 0
      width#2=10
      depth#2=10
      height#2=200
      """
    let unpacked = "unpacked/\(library.rawValue)"
    try folder.write(
      catalog.unicodeScalars.map { UInt8($0.value) },
      to: "\(unpacked)/PluginFurnitureCatalog.properties")
    try folder.write(
      "newmtl wood\nKd 0.8 0.1 0.1\nmap_Kd C:/my pictures/wood.jpg\n".utf8,
      to: "\(unpacked)/\(stem)/table/a.mtl")
    try folder.write(
      ("mtllib a.mtl\nusemtl wood\n" + box(2, 1, 1)).utf8, to: "\(unpacked)/\(stem)/table/table.obj"
    )
    try folder.write(
      ("mtllib none.mtl\n" + box(1, 1, 20) + "f 1 2\n").utf8,
      to: "\(unpacked)/\(stem)/post/post.obj")
    let icon = Image(width: 20, height: 10, color: Color(red: 9, green: 9, blue: 200))
    try folder.write(icon.encoded(as: .png), to: "\(unpacked)/\(stem)/table.png")
    let target = "sources/sweethome3d-furniture/usr/share/sweethome3d/furniture"
    try FileManager.default.createDirectory(
      at: folder.file(target), withIntermediateDirectories: true)
    try ExternalTool.run(
      [
        "python3", "-m", "zipfile", "-c",
        folder.file("\(target)/\(library.rawValue).sh3f").path(percentEncoded: false),
        "PluginFurnitureCatalog.properties", stem,
      ], in: folder.file(unpacked), hint: "Python is needed.")
  }

  private static func box(_ x: Int, _ y: Int, _ z: Int) -> String {
    let corners = (0..<8).map { corner in
      "v \((corner & 1) * x) \((corner >> 1 & 1) * y) \((corner >> 2 & 1) * z)"
    }
    let faces = ["1 3 4 2", "5 6 8 7", "1 2 6 5", "3 7 8 4", "1 5 7 3", "2 4 8 6"]
    return (corners + faces.map { "f \($0)" }).joined(separator: "\n") + "\n"
  }

  @Test("each mesh becomes points of its colours, upright and in the cube, with words")
  func builds() throws {
    var said: [String] = []
    let summary = try build { said.append($0) }
    #expect(said.last?.contains("for 10 pictures of materials that are not there") == true)
    #expect(summary.shapes == 10 && summary.byKind == ["table": 5, "other": 5])
    // All libraries have the same two shapes here.
    #expect(summary.nearlyEqual == 8)
    let pieces = try pieces()
    #expect(pieces[0].fileName == "BlendSwap-CC-0/table.ply")
    #expect(pieces[0].name == "café table" && pieces[0].author == "José")
    #expect(
      pieces[0].captions == [
        "a red café table", "a café table", "café table", "a red table", "a table",
      ])
    #expect(pieces[1].captions == ["a white post", "a post", "post"])
    #expect((pieces[1].group, pieces[1].category, pieces[1].color) == ("other", "Exterior", .white))
    #expect(pieces[0].license == "CC0-1.0" && pieces[8].license == "CC-BY-3.0")
    #expect(pieces[4].license == "CC-BY-3.0-US")
    #expect(pieces.enumerated().allSatisfy { $1.base == pieces[$0 % 2].fileName })
    #expect(Set(pieces.map { "\($0.base) \($0.split)" }).count == 2)
    // What has a picture gets it, as a square on white.
    #expect(pieces[0].picture == "BlendSwap-CC-0/table.png" && pieces[1].picture == nil)
    let picture = try Image(contentsOf: folder.file("furniture/BlendSwap-CC-0/table.png"))
    #expect(picture.width == 128 && picture.height == 128)
    #expect(Array(picture.pixels.prefix(3)) == [255, 255, 255])
    let middle = picture.pixels.count / 2 + 64 * 3
    #expect(Array(picture.pixels[middle..<middle + 3]) == [9, 9, 200])
    let table = try cloud(pieces[0])
    #expect(table.count == FurnitureDataset.points)
    #expect(table.colors.allSatisfy { $0 == Color(red: 204, green: 26, blue: 26) })
    // 100 wide, 40 high and 50 deep; the post is 200 high.
    let (wide, high) = (try extent(table), try extent(cloud(pieces[1])))
    #expect(distance(wide, SIMD3(2, 0.8, 1)) < 0.01 && distance(high, SIMD3(0.1, 2, 0.1)) < 0.01)
    let credits = try String(contentsOf: folder.file("furniture/LICENSES.md"), encoding: .utf8)
    #expect(credits.contains("CC-BY-3.0") && credits.contains("Kator"))
    #expect(try folder.contents().sorted() == ["furniture", "sources", "unpacked"])
  }

  @Test("the same package gives the same bytes")
  func isDeterministic() throws {
    _ = try build()
    let files = ["furniture/metadata.jsonl", "furniture/Scopia/post.ply"]
    let first = try files.map { try Data(contentsOf: folder.file($0)) }
    _ = try build()
    #expect(try files.map { try Data(contentsOf: folder.file($0)) } == first)
  }

  @Test("what lacks is named, and nothing is left behind")
  func refusals() throws {
    let libraries = "sources/sweethome3d-furniture/usr/share/sweethome3d/furniture"
    try FileManager.default.removeItem(at: folder.file("\(libraries)/Scopia.sh3f"))
    let lacking = #expect(throws: DatasetError.self) { try build() }
    #expect(lacking?.description.contains("Scopia.sh3f") == true)
    #expect(try folder.contents().sorted() == ["sources", "unpacked"])
    try FileManager.default.removeItem(at: folder.file("sources/sweethome3d-furniture"))
    #expect(throws: DatasetError.self) { try build() }
  }

  @Test(
    "a catalogue that lacks something is refused, with its line",
    arguments: [
      ("", "It ought to name models"),
      ("id#1=a\nname#1=b\ncategory#1=c\ncreator#1=d", "list:1: expected a model with a model"),
      (
        "id#1=a\nname#1=b\ncategory#1=c\ncreator#1=d\nmodel#1=e\nwidth#1=x\nheight#1=1\ndepth#1=1",
        "list:6: expected 1 finite numbers of width, found \"x\""
      ),
      (
        "id#1=a\nname#1=b\ncategory#1=c\ncreator#1=d\nmodel#1=e\nwidth#1=0\nheight#1=1\ndepth#1=1",
        "list:1: expected a width, a height and a depth above 0"
      ),
    ])
  func catalogs(text: String, reason: String) {
    let error = #expect(throws: DatasetError.self) {
      try FurnitureCatalog(Data(text.utf8), source: "list")
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test(
    "the last word of a name tells the kind",
    arguments: [
      ("Desk lamp", FurnitureKind.lamp), ("Chair with cushion", .chair), ("Sofa 2 seats", .sofa),
      ("Bedside table", .table), ("Table fan", nil), ("Street light", .lamp),
      ("Table on trestles", .table), ("Winchester armchair", .chair), ("", nil),
    ] as [(String, FurnitureKind?)])
  func kinds(name: String, kind: FurnitureKind?) {
    #expect(FurnitureKind(name: name) == kind)
  }

  private func cloud(_ piece: FurniturePiece) throws -> PointCloud {
    let file = try ShapeFile(contentsOf: folder.file("furniture/\(piece.fileName)"))
    guard case .points(let cloud) = file.shape else { throw CancellationError() }
    return cloud
  }

  private func extent(_ cloud: PointCloud) throws -> SIMD3<Float> {
    let low = cloud.positions.reduce(cloud.positions[0]) { pointwiseMin($0, $1) }
    let high = cloud.positions.reduce(cloud.positions[0]) { pointwiseMax($0, $1) }
    return high - low
  }

  private func distance(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float {
    ((a - b) * (a - b)).sum().squareRoot()
  }
}
