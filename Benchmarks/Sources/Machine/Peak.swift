internal import CPeak
internal import Foundation

/// What the processor and the memory can do at most, measured.
struct Peak: Codable {
  /// A kind of sums of products.
  struct Rate: Codable {
    /// The instructions.
    let name: String
    /// Operations a second; a multiplication and an addition are two.
    let operations: Double
  }

  let threads: Int
  let float32: Rate?
  let bfloat16: Rate?
  let int8: Rate?
  /// Bytes a second of STREAM's triad.
  let bandwidth: Double

  /// Measures them, in about three seconds; the best of five turns counts, so that another process
  /// that takes a core for a moment does not.
  init(threads: Int) {
    func rate(_ kind: peak_kind) -> Rate? {
      guard let name = peak_instructions(kind) else { return nil }
      let rates = (0..<5).map { _ in peak_operations(kind, Int32(threads), 0.15) }
      return Rate(name: String(cString: name), operations: rates.max() ?? 0)
    }
    self.threads = threads
    float32 = rate(peak_float32)
    bfloat16 = rate(peak_bfloat16)
    int8 = rate(peak_int8)
    bandwidth = peak_bandwidth(Int32(threads), 128 << 20, 8)
  }

  /// What it can do with a kind of numbers.
  func rate(of precision: NetworkPrecision) -> Rate? {
    switch precision {
    case .float32: float32
    case .bfloat16: bfloat16
    case .int8: int8
    }
  }

  /// A sentence, such as "float32 160 GFLOP/s (AVX2 FMA), memory 20 GB/s".
  var description: String {
    func text(_ kind: String, _ rate: Rate?, _ unit: String) -> String {
      guard let rate else { return "no \(kind) instructions" }
      return String(format: "\(kind) %.0f \(unit) (\(rate.name))", rate.operations / 1e9)
    }
    return [
      text("float32", float32, "GFLOP/s"), text("bfloat16", bfloat16, "GFLOP/s"),
      text("int8", int8, "Gop/s"), String(format: "memory %.0f GB/s", bandwidth / 1e9),
    ].joined(separator: ", ") + ", \(threads) threads"
  }
}
