import Foundation
import TestSupport
import Testing
import Training

@Suite struct LossCurveTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run with a checkpoint at step 10, and its curve.
  private func begun() throws -> (fit: LineFit, curve: String) {
    var fit = LineFit(in: folder)
    fit.steps = 10
    _ = try fit.train()
    let curve = try String(contentsOf: fit.runFolder.lossCurve, encoding: .utf8)
    fit.steps = 11
    return (fit, curve)
  }

  @Test(
    "rows after the checkpoint, whole or torn, are cut off",
    arguments: [
      "", "11", "11,0.1,0.2,0.3\n", "11,0.1,0.2,0.3\n12,0.", "nonsense\n\n",
    ])
  func cuts(tail: String) throws {
    let (fit, curve) = try begun()
    try Data((curve + tail).utf8).write(to: fit.runFolder.lossCurve)
    _ = try fit.train()
    let after = try String(contentsOf: fit.runFolder.lossCurve, encoding: .utf8)
    #expect(after.hasPrefix(curve))
    #expect(after.split(separator: "\n").count == 12)
    #expect(after.dropFirst(curve.count).hasPrefix("11,") && after.hasSuffix("\n"))
  }

  @Test(
    "what a run that never saved left behind does not matter",
    arguments: [
      "", "step,lo", "step,loss,gradient_norm,learning_rate\n1,2,3,4\n2,",
    ])
  func beginsAgain(rest: String) throws {
    let fit = LineFit(in: folder)
    try folder.write(rest.utf8, to: "run/loss.csv")
    _ = try fit.train()
    let other = LineFit(in: try TemporaryFolder())
    _ = try other.train()
    #expect(try fit.files() == other.files())
  }

  @Test("a curve that lacks rows of the checkpoint is refused, and says which")
  func damaged() throws {
    let (fit, curve) = try begun()
    let file = fit.runFolder.lossCurve
    let path = file.path(percentEncoded: false)
    let lines = curve.split(separator: "\n")
    func failure(_ lines: some Sequence<Substring>) throws -> String? {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
      return fit.failure()
    }
    #expect(
      try failure(lines.dropLast()) == "\(path): expected rows up to step 10, found up to step 9")
    #expect(
      try failure(lines[..<4] + lines[5...] + ["11,1,1,1"])
        == "\(path): expected the row of step 4 in line 5, found \(lines[5])")
    #expect(
      try failure(lines.dropFirst())
        == "\(path): expected the header step,loss,gradient_norm,learning_rate, found \(lines[1])")
    try Data().write(to: file)
    #expect(fit.failure() == "\(path): expected rows up to step 10, found none")
    try FileManager.default.removeItem(at: file)
    #expect(fit.failure() == "\(path): cannot write: No such file or directory")
    #expect(try fit.runFolder.savedSteps() == [5, 10])
  }
}
