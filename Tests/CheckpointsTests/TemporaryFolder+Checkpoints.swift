import Foundation
import TestSupport

extension TemporaryFolder {
  /// Writes a checkpoint's file into the folder.
  func write(_ bytes: some Sequence<UInt8>) throws -> URL {
    try write(bytes, to: "a.safetensors")
  }
}
