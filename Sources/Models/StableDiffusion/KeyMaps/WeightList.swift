/// The names and shapes of a network's weights while they are being listed.
struct WeightList {
  /// The shapes by name.
  private(set) var shapes: [String: [Int]] = [:]

  mutating func add(_ name: String, _ shape: [Int]) {
    shapes[name] = shape
  }

  /// A matrix `[after, before]`, and a bias.
  mutating func linear(_ name: String, _ before: Int, _ after: Int, bias: Bool = true) {
    add("\(name).weight", [after, before])
    if bias { add("\(name).bias", [after]) }
  }

  /// A square kernel `[after, before, kernel, kernel]` and a bias.
  mutating func conv(_ name: String, _ before: Int, _ after: Int, kernel: Int) {
    add("\(name).weight", [after, before, kernel, kernel])
    add("\(name).bias", [after])
  }

  /// A scale and a shift for every channel.
  mutating func norm(_ name: String, _ width: Int) {
    add("\(name).weight", [width])
    add("\(name).bias", [width])
  }
}
