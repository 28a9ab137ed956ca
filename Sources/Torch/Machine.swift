internal import CTorch
internal import Foundation
internal import Synchronization

/// What LibTorch runs on.
public enum Machine {
  /// The number of threads that LibTorch chose when it was first asked: the machine's cores, or
  /// what `OMP_NUM_THREADS` says.
  public static let standardThreads = Int(ct_threads())

  /// The number of threads that one operation of this thread, and of threads that begin later,
  /// uses; at least 1.
  ///
  /// A number below is refused as a failed operation is, see ``checked(_:)``.
  public static var threads: Int {
    get { Int(ct_threads()) }
    set {
      _ = standardThreads
      check(ct_set_threads(Int32(clamping: newValue)))
    }
  }

  /// Whether the processor multiplies matrices faster in bfloat16 than in float32.
  ///
  /// One that does not (x86 without AVX512-BF16 or AMX) emulates it, ten times slower.
  public static let hasFastBFloat16 = ct_has_fast_bfloat16()

  /// Whether a CUDA card can be used.
  public static var hasCUDA: Bool { ct_has_cuda() }

  /// Whether Apple's graphics processor can be used.
  public static var hasMPS: Bool { ct_has_mps() }

  /// Whether the allocator keeps large buffers that are freed, which come again at the same sizes;
  /// where it doesn't take its settings, faulting them in again costs time.
  public static let keepsFreedMemory = ct_keeps_buffers()

  /// Gives freed memory back to the system, now and from now on.
  ///
  /// Otherwise the allocator keeps it, which is faster where buffers of the same sizes come again.
  public static func returnFreedMemory() {
    returning.withLock { $0 += 1 }
    ct_return_memory()
  }

  /// Gives freed memory back to the system, now and while `body` runs.
  ///
  /// - Parameter body: What needs other buffers than what comes before and after it.
  /// - Returns: What it returns.
  /// - Throws: What it throws.
  public static func returningFreedMemory<Result>(
    _ body: () throws -> Result
  ) rethrows -> Result {
    returnFreedMemory()
    defer {
      returning.withLock {
        $0 -= 1
        if $0 == 0 { ct_keep_memory() }
      }
    }
    return try body()
  }

  /// How many want freed memory to be given back.
  private static let returning = Mutex(0)

  /// The memory that the process has at this moment, pages of files that it touched included, in
  /// bytes; nothing where the system does not say.
  public static var residentMemory: Int? {
    // Untested elsewhere than on Linux, where the second number of statm counts pages.
    guard let statm = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
    let fields = String(decoding: statm, as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
  }

  /// How LibTorch was built, and what of the processor it uses.
  public static var buildDescription: String {
    guard let text = ct_build_description() else { return "" }
    defer { free(text) }
    return String(cString: text)
  }
}
