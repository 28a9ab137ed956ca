internal import Dispatch
internal import Foundation
internal import Training

/// Lets a first SIGINT or SIGTERM end a task after its step, with all saved; a second one kills.
final class Interrupts {
  private var sources: [any DispatchSourceSignal] = []

  /// Asks the run to stop when the program is interrupted.
  func stop(_ run: TrainingRun) {
    onInterrupt { run.requestStop() }
  }

  /// Calls `action` when the program is interrupted.
  func onInterrupt(_ action: @escaping @Sendable () -> Void) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        action()
        signal(number, SIG_DFL)
      }
      source.resume()
      sources.append(source)
    }
  }
}
