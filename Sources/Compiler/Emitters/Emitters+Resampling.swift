internal import Torch

extension Emitters {
  /// Pictures of another size.
  static let resampling: [String: Emitter] = [
    "aten::upsample_nearest2d.vec": { (translation, operation) throws(CompilerError) in
      let (x, result) = (try translation.tensor(operation, 0), operation.result)
      guard zip(result.shape, x.shape).allSatisfy({ $0 % $1 == 0 }) else {
        guard operation[2] == .none else {
          throw operation.wrong(2, "a size or whole factors")
        }
        return [try translation.repeatedPlaces(x, result)]
      }
      return [
        try translation.layer(
          "Interpolate", in: 11,
          [
            x, try translation.integers(Array(result.shape.suffix(2))),
            try translation.integers([2, 3]),
          ],
          [
            "mode": "nearest", "shape_calculation_mode": "sizes", "nearest_mode": "floor",
            "coordinate_transformation_mode": "asymmetric", "antialias": "false",
            "pads_begin": "0", "pads_end": "0", "cube_coeff": "-0.75",
          ], like: result)
      ]
    },
    "aten::pad": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let (before, after) = pads(try operation.integers(1), rank: x.shape.count)
      switch try operation.text(2) {
      case "constant":
        return [try translation.filled(x, before, after, operation)]
      case "circular":
        return [try translation.wrapped(x, before, after)]
      default:
        throw operation.wrong(2, "\"constant\" or \"circular\"")
      }
    },
    "aten::pixel_shuffle": { (translation, operation) throws(CompilerError) in
      [try translation.shuffled("DepthToSpace", operation)]
    },
    "aten::pixel_unshuffle": { (translation, operation) throws(CompilerError) in
      [try translation.shuffled("SpaceToDepth", operation)]
    },
  ]

  /// LibTorch's pairs, of the last dimension first, as numbers for every dimension.
  private static func pads(_ pairs: [Int], rank: Int) -> (before: [Int], after: [Int]) {
    var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
    for pair in 0..<pairs.count / 2 {
      before[rank - 1 - pair] = pairs[2 * pair]
      after[rank - 1 - pair] = pairs[2 * pair + 1]
    }
    return (before, after)
  }
}

extension Translation {
  /// The pixels that LibTorch takes for a picture of any size: `floor(place · (from / to))` in
  /// float32.
  fileprivate mutating func repeatedPlaces(
    _ x: Node, _ result: Recording.Value
  ) throws(CompilerError) -> Node {
    var y = x
    for dim in 2...3 {
      let (from, to) = (x.shape[dim], result.shape[dim])
      let scale = Float(from) / Float(to)
      let places = (0..<to).map { min(Int(Float($0) * scale), from - 1) }
      var shape = y.shape
      shape[dim] = to
      y = try layer(
        "Gather", in: 8, [y, integers(places), integer(dim)], ["batch_dims": "0"],
        like: Recording.Value(shape: shape, dtype: x.dtype))
    }
    return y
  }

  fileprivate mutating func filled(
    _ x: Node, _ before: [Int], _ after: [Int], _ operation: Operation
  ) throws(CompilerError) -> Node {
    let value = try number(try operation.optionalNumber(3) ?? 0, x.dtype)
    return try layer(
      "Pad", in: 12, [x, integers(before), integers(after), value], ["pad_mode": "constant"],
      like: operation.result)
  }

  /// Pictures whose opposite edges continue them.
  fileprivate mutating func wrapped(
    _ x: Node, _ before: [Int], _ after: [Int]
  ) throws(CompilerError) -> Node {
    var y = x
    for dim in before.indices where before[dim] + after[dim] > 0 {
      let size = y.shape[dim]
      var parts = [y]
      if before[dim] > 0 { parts.insert(try sliced(y, dim: dim, size - before[dim]..<size), at: 0) }
      if after[dim] > 0 { parts.append(try sliced(y, dim: dim, 0..<after[dim])) }
      y = try concatenated(parts, dim: dim)
    }
    return y
  }

  fileprivate mutating func shuffled(
    _ type: String, _ operation: Operation
  ) throws(CompilerError) -> Node {
    try layer(
      type, [try tensor(operation, 0)],
      ["mode": "depth_first", "block_size": "\(try operation.integer(1))"], like: operation.result)
  }
}
