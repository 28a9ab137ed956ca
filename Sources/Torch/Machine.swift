internal import CTorch
internal import Foundation

/// What LibTorch runs on.
public enum Machine {
  /// The number of threads that one operation uses.
  public static var threads: Int {
    get { Int(ct_threads()) }
    set { ct_set_threads(Int32(clamping: newValue)) }
  }

  /// Whether a CUDA card can be used.
  public static var hasCUDA: Bool { ct_has_cuda() }

  /// Whether Apple's graphics processor can be used.
  public static var hasMPS: Bool { ct_has_mps() }

  /// How LibTorch was built, and what of the processor it uses.
  public static var buildDescription: String {
    guard let text = ct_build_description() else { return "" }
    defer { free(text) }
    return String(cString: text)
  }
}
