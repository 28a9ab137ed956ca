import Testing

/// The sizes of a convolution of width 3 that is tested.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  let batch, channels, outputs, height, width: Int
  var padding = (1, 1)
  var hasBias = true

  var testDescription: String {
    "\(batch)×\(channels)→\(outputs), \(height)×\(width), \(padding)"
  }
}
