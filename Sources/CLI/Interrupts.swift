internal import Dispatch
internal import Foundation
internal import Training

/// Lets a first SIGINT or SIGTERM end a run after its step, with all saved; a second one kills.
final class Interrupts {
  private var sources: [any DispatchSourceSignal] = []

  /// Asks the run to stop when the program is interrupted.
  func stop(_ run: TrainingRun) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        run.requestStop()
        signal(number, SIG_DFL)
      }
      source.resume()
      sources.append(source)
    }
  }
}
