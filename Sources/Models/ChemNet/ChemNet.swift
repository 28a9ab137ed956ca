internal import Checkpoints
public import Foundation
public import Layers
public import Torch

/// A network that reads molecules in SMILES; its features measure how alike sets of them are.
///
/// Preuer et al. 2018, https://doi.org/10.1021/acs.jcim.8b00234: it learnt from texts what
/// molecules do to thousands of biological targets. Two convolutions and two layers of long
/// short-term memory, without what comes behind the last of these; equal to fcd_torch 1.0.7, the
/// measure of MOSES.
public struct ChemNet: Sendable {
  private let convolutions: [Conv1d]
  private let memories: [LSTM]

  /// The channels of its features.
  public static let features = 512
  /// The characters that it reads of a text, an end included.
  public static let length = 350

  /// What it can tell apart: `X` is anything else, and `.` the end.
  private static let symbols = [
    "C", "N", "O", "H", "F", "Cl", "P", "B", "Br", "S", "I", "Si", "#", "(", ")", "+", "-", "1",
    "2", "3", "4", "5", "6", "7", "8", "=", "[", "]", "@", "c", "n", "o", "s", "X", ".",
  ]
  private static let numbers = Dictionary(
    uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })

  /// A network with the weights below `scope`.
  public init(_ scope: Scope) {
    let channels = [Self.symbols.count, 32, 32]
    convolutions = (0..<2).map {
      Conv1d(scope / $0, channels[$0], channels[$0 + 1], kernel: 4, stride: 2, bias: false)
    }
    memories = [LSTM(scope / 2, 32, 128), LSTM(scope / 3, 128, Self.features)]
  }

  /// Reads the weights as fcd_torch has them.
  ///
  /// - Parameter url: `ChemNet_v0.13_pretrained.pt`, a list of layers in PyTorch's older format.
  /// - Throws: `CheckpointError`, or `LoadingError` with all misfits.
  public init(contentsOf url: URL) throws {
    let pickle = try TorchPickle(contentsOf: url)
    let weights = WeightSource(names: pickle.names) { try pickle.tensor($0) }
    self = try ParameterStore(loading: weights, dtype: .float32).network { ChemNet($0) }
  }

  /// What the network sees in molecules.
  ///
  /// - Parameter smiles: Molecules in RDKit's canonical SMILES, at least one.
  /// - Returns: `[smiles.count, features]`, float32.
  public func callAsFunction(_ smiles: [String]) -> Tensor {
    let width = Self.symbols.count
    let rows = smiles.flatMap { Self.row(of: $0) }
    let marks = Tensor(rows, shape: [smiles.count, Self.length]).oneHot(width + 1)
      .narrowed(dim: -1, start: 0, length: width).converted(to: .float32)
    // The reference divides by the number of symbols.
    var x = (marks / Double(width)).transposed(1, 2)
    for convolution in convolutions {
      // As many zeros as an even number of places is halved with; more of them behind.
      let odd = x.shape[2] % 2
      x = selu(convolution(x.padded([1, 1 + odd], value: 0)))
    }
    var states = x.transposed(1, 2)
    for memory in memories { states = memory(states.flipped([1])) }
    return states.selected(dim: 1, index: states.shape[1] - 1)
  }

  /// The number of the symbol at each place of a text, and one of no symbol behind its end.
  ///
  /// As in the reference, any character before r, i or l is one symbol with it, and a text of
  /// several molecules ends behind the first.
  static func row(of smiles: String) -> [Int] {
    let bytes = Array(smiles.utf8) + [UInt8(ascii: ".")]
    let seconds = Set("ril".utf8)
    let (unknown, end) = (numbers["X"] ?? 0, numbers["."] ?? 0)
    var row: [Int] = []
    var place = 0
    while row.count < length - 1, place < bytes.count, bytes[place] != UInt8(ascii: ".") {
      let count = seconds.contains(bytes[place + 1]) ? 2 : 1
      let symbol = String(decoding: bytes[place..<place + count], as: UTF8.self)
      row.append(numbers[symbol] ?? unknown)
      place += count
    }
    row.append(end)
    return row + [Int](repeating: symbols.count, count: length - row.count)
  }
}

/// The scaled exponential linear unit.
///
/// Klambauer et al. 2017, equation 2, https://arxiv.org/abs/1706.02515.
private func selu(_ x: Tensor) -> Tensor {
  let (scale, alpha) = (1.0507009873554804934193349852946, 1.6732632423543772848170429916717)
  return scale * (x.relu() + alpha * x.clamped(max: 0.0).expm1())
}
