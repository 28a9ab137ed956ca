internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

extension ShapeEvaluation {
  /// Compares shapes that are made of held-out pictures with those that the pictures are of, and
  /// saves a sheet of them into a folder.
  ///
  /// - Parameters:
  ///   - said: The shapes that were made of the captions of all held-out shapes.
  ///   - output: The folder.
  /// - Returns: The figures; nothing for a model that sees no pictures, or where there are fewer
  ///   than 8.
  /// - Throws: `ImageError`, or what is wrong with the shapes.
  func pictures(
    beside said: [PointCloud], savingTo output: URL
  ) throws -> ShapeFigures.Pictures? {
    let chosen = heldOut.records.indices.filter { heldOut.records[$0].picture != nil }
    guard let views = model.views, chosen.count >= 8 else { return nil }
    let pictures = try chosen.map { try picture(of: $0, in: heldOut) }
    let seen = try pictures.map { try model.seen(in: $0) }
    let real = try places(heldOut, chosen)
    let clouds = try made(seen.map { (nil, $0) }, named: "shapes of held-out pictures")
    let both = try made(
      zip(chosen, seen).map { (heldOut.records[$0].text, $1) }, named: "shapes of both")
    try sheet(zip(zip(pictures, clouds), chosen).map { ($0.0, $0.1, $1) })
      .save(to: output.appending(path: ShapeFiguresPage.pictures))
    let known = training.records.indices.filter { training.records[$0].picture != nil }
    let wanted = try looks(of: pictures, by: views)
    let kept = try looks(of: known.map { try picture(of: $0, in: training) }, by: views)
    let nearest = try checked {
      wanted.matmul(kept.transposed(0, 1)).argmax(dim: 1).values(as: Int.self)
    }.map { known[$0] }
    func figures(_ set: Tensor) throws -> ShapeFigures.Match { try match(set, real) }
    let own = try compared(clouds)
    return ShapeFigures.Pictures(
      shapes: chosen.count, pictured: try figures(own),
      said: try figures(compared(chosen.map { said[$0] })),
      both: try figures(compared(both)), nearest: try figures(places(training, nearest)),
      dealt: try figures(checked { own.rolled([1], dims: [0]) }))
  }

  private func picture(of index: Int, in set: ShapeSet) throws -> Image {
    try Image(
      contentsOf: URL(filePath: request.data, directoryHint: .isDirectory)
        .appending(path: set.records[index].picture ?? ""))
  }

  /// The mean of what is seen at all places of each picture, as directions, `[pictures, features]`.
  private func looks(of pictures: [Image], by views: PictureViews) throws -> Tensor {
    try pictures.map { picture in
      let square = try picture.square(views.seenSide)
      return try checked {
        withoutGradients {
          let mean = views.seen(square.unsqueezed(0)).mean(dims: [1])
          return mean / (mean * mean).sum(dims: [1], keepingDims: true).squareRoot()
        }
      }
    }.concatenated()
  }

  /// How each of a set of shapes compares with the real one of the same place.
  private func match(_ set: Tensor, _ real: Tensor) throws -> ShapeFigures.Match {
    let count = real.shape[0]
    let all = try checked { try chamferDistances(set, real).values(as: Float.self) }
    let rows = (0..<count).map { Array(all[$0 * count..<($0 + 1) * count]) }
    return ShapeFigures.Match(
      distance: Estimate(meanOf: rows.enumerated().map { Double($1[$0]) }),
      found: Estimate(successes: rows.enumerated().count { $1[$0] == $1.min() }, of: count))
  }

  /// The first pictures, each with what was made of it and with what it is of.
  private func sheet(_ rows: [(picture: Image, made: PointCloud, real: Int)]) throws -> Image {
    let view = PointCloudView(side: 160)
    let cells = try rows.prefix(ShapeFiguresPage.shown).flatMap { row in
      [
        ContactSheet.Cell(
          try row.picture.flattened().centeredInSquare().resized(width: 160, height: 160),
          label: heldOut.records[row.real].name ?? ""),
        ContactSheet.Cell(try view.image(of: row.made), label: "made"),
        ContactSheet.Cell(try view.image(of: cloud(of: row.real, in: heldOut)), label: "real"),
      ]
    }
    return try ContactSheet(columns: 9, side: 128)(cells)
  }
}
