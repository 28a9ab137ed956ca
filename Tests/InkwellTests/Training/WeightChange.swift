import Checkpoints
import Foundation
import Testing
import Torch

/// How far the weights of two files with the same names are apart at the most.
func greatestChange(from first: URL, to second: URL) throws -> Double {
  let (before, after) = (try Checkpoint(contentsOf: first), try Checkpoint(contentsOf: second))
  #expect(Set(before.names) == Set(after.names) && !before.names.isEmpty)
  return try before.names.map { name in
    let change = try after.tensor(name).converted(to: .float64) - before.tensor(name)
    return change.absolute().values(as: Double.self).max() ?? 0
  }.max() ?? 0
}
