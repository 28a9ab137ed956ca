public import Torch

/// Overlapping windows that cover a sample, and how what is made in each of them is blended.
///
/// A window's weights rise linearly over what it shares with its neighbours, so that nothing jumps
/// at its edges, and the weights of all windows at a place sum to 1.
public struct WindowGrid: Sendable, Hashable {
  /// One of the windows.
  public struct Window: Sendable, Hashable {
    /// The first row.
    public let top: Int
    /// The first column.
    public let left: Int
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int

    /// The window over a sample that is so many times as high and wide.
    public func enlarged(_ factor: Int) -> Window {
      Window(
        top: top * factor, left: left * factor, height: height * factor, width: width * factor)
    }

    /// What a sample holds there, `[…, height, width]`.
    public func crop(of x: Tensor) -> Tensor {
      x.narrowed(dim: x.rank - 2, start: top, length: height)
        .narrowed(dim: x.rank - 1, start: left, length: width)
    }
  }

  /// The height of the sample.
  public let height: Int
  /// Its width.
  public let width: Int
  private let rows: WindowAxis
  private let columns: WindowAxis

  /// Windows that are spread evenly.
  ///
  /// - Parameters:
  ///   - height: The height of the sample.
  ///   - width: Its width.
  ///   - windowHeight: The height of a window; the sample's if that is less.
  ///   - windowWidth: The width of a window; the sample's if that is less.
  ///   - overlap: The least share of a window that the next one covers as well, 0 … below 1.
  public init(
    height: Int, width: Int, windowHeight: Int, windowWidth: Int, overlap: Double = 0.25
  ) {
    precondition(
      min(height, width, windowHeight, windowWidth) > 0 && (0..<1).contains(overlap),
      "windows have a size, and each adds to the one before it")
    self.height = height
    self.width = width
    rows = WindowAxis(length: height, window: windowHeight, overlap: overlap)
    columns = WindowAxis(length: width, window: windowWidth, overlap: overlap)
  }

  /// The windows, row by row.
  public var windows: [Window] {
    rows.starts.flatMap { top in
      columns.starts.map { left in
        Window(top: top, left: left, height: rows.window, width: columns.window)
      }
    }
  }

  /// Blends what is made in each window.
  ///
  /// - Parameter make: Answers for a window, given with its place in ``windows``,
  ///   `[…, window height, window width]`.
  /// - Returns: The blend, `[…, height, width]`.
  /// - Throws: What `make` throws.
  public func blended(_ make: (Window, Int) throws -> Tensor) rethrows -> Tensor {
    var sum: Tensor?
    for (index, window) in windows.enumerated() {
      let part = try make(window, index)
      let margins = [
        window.left, width - window.left - window.width, window.top,
        height - window.top - window.height,
      ]
      let weighted = (part * weights(of: index).converted(to: part.dtype).moved(to: part.device))
        .padded(margins)
      sum = sum.map { $0 + weighted } ?? weighted
    }
    guard let sum else { preconditionFailure("there is a window") }
    return sum
  }

  /// How much a window counts at each of its places, `[window height, window width]`.
  func weights(of index: Int) -> Tensor {
    let (row, column) = (index / columns.starts.count, index % columns.starts.count)
    return Tensor(rows.weights[row], shape: [rows.window, 1])
      * Tensor(columns.weights[column], shape: [1, columns.window])
  }
}

/// Windows along one dimension.
private struct WindowAxis: Sendable, Hashable {
  /// Where each begins.
  let starts: [Int]
  /// How long each is.
  let window: Int
  /// How much each counts at each of its places; at a place of the sample they sum to 1.
  let weights: [[Double]]

  init(length: Int, window: Int, overlap: Double) {
    let window = min(window, length)
    let stride = max(Int(Double(window) * (1 - overlap)), 1)
    let gaps = (length - window + stride - 1) / stride
    let starts = (0...gaps).map { gaps == 0 ? 0 : ($0 * (length - window) + gaps / 2) / gaps }
    let ramps = starts.indices.map { index in
      (0..<window).map { place in
        func rise(_ distance: Int, _ shared: Int) -> Double {
          min((Double(distance) + 0.5) / Double(max(shared, 1)), 1)
        }
        let before = index == 0 ? 0 : starts[index - 1] + window - starts[index]
        let after = index == gaps ? 0 : starts[index] + window - starts[index + 1]
        return (before == 0 ? 1 : rise(place, before))
          * (after == 0 ? 1 : rise(window - 1 - place, after))
      }
    }
    var sums = [Double](repeating: 0, count: length)
    for (start, ramp) in zip(starts, ramps) {
      for (place, weight) in ramp.enumerated() { sums[start + place] += weight }
    }
    self.window = window
    self.starts = starts
    weights = zip(starts, ramps).map { start, ramp in
      ramp.enumerated().map { $1 / sums[start + $0] }
    }
  }
}
