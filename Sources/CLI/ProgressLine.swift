internal import Foundation
internal import Training

/// A line on the terminal that says how far a run is, and how long it still takes.
///
/// It goes to standard error; where that is no terminal, a line is written every half minute.
final class ProgressLine {
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var lastShown = Date.distantPast

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
  }

  /// Says a sentence on a line of its own.
  func note(_ sentence: String) {
    guard !isQuiet else { return }
    write(isTerminal ? "\r\u{1B}[K\(sentence)\n" : "\(sentence)\n")
  }

  /// Shows where the training is.
  func show(_ progress: TrainingProgress) {
    show(
      String(
        format: "step %d of %d · loss %.5f · %.1f pictures/s · %@ to go", progress.step,
        progress.steps, progress.smoothedLoss, progress.samplesPerSecond,
        duration(progress.secondsToGo)), isLast: progress.step == progress.steps)
  }

  /// Shows a text in place of the last one, unless that is too fresh.
  func show(_ text: String, isLast: Bool = false) {
    let interval: TimeInterval = isTerminal ? 0.1 : 30
    guard !isQuiet, isLast || Date().timeIntervalSince(lastShown) > interval else { return }
    lastShown = Date()
    write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
  }

  /// Takes the text away.
  func clear() {
    if !isQuiet && isTerminal { write("\r\u{1B}[K") }
  }

  /// Ends the line.
  func finish() {
    if !isQuiet && isTerminal { write("\n") }
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

/// A time in words that fit its length: `42 s`, `3 min 5 s`, `2 h 10 min`.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite else { return "?" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// Says a sentence on standard error.
func say(_ sentence: String) {
  FileHandle.standardError.write(Data("\(sentence)\n".utf8))
}
