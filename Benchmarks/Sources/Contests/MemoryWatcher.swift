internal import Foundation

/// Reads again and again how much memory a process had at most.
///
/// What the system says of a process that has ended, `ru_maxrss`, counts its parent's memory too: a
/// process begins as a copy of it.
final class MemoryWatcher: @unchecked Sendable {
  private let lock = NSLock()
  private var isStopped = false
  private var megabytes: Double?

  /// Begins to watch a process.
  init(_ pid: pid_t) {
    Thread.detachNewThread { [self] in
      while true {
        let found = ResidentMemory.peak(of: pid)
        let goesOn = lock.withLock {
          if !isStopped, let found { megabytes = found }
          return !isStopped
        }
        guard goesOn else { return }
        usleep(10_000)
      }
    }
  }

  /// Ends watching: the most that was seen, or none where the system does not tell.
  func stop() -> Double? {
    lock.withLock {
      isStopped = true
      return megabytes
    }
  }
}
