/// When the frames of a file are shown, on the file's own clock.
struct FrameTimes {
  /// Times in ticks: the first is 0, each is later than the one before.
  let times: [Int64]
  /// A tick in seconds.
  let tick: Double
  /// The rate that the file states, if it does.
  var stated: FrameRate?
  /// How long the last frame is shown, in ticks; 0 if the file does not say.
  var lastDuration: Int64 = 0

  /// The rate that the frames have, if it is the same for all.
  ///
  /// A clock that ticks slowly rounds the times. So it is the rate that the file states if the
  /// times are those to a tick, or else the simplest fraction whose times they are.
  var constantRate: FrameRate? {
    if let stated, fits(stated, within: 1) { return stated }
    return simplest(within: 0.5) ?? simplest(within: 1)
  }

  /// The rate at which no frame is left out: that of the shortest interval.
  ///
  /// - Throws: `ClipError.frameRate` for more frames in a second than a rate can say.
  func finestRate() throws(ClipError) -> FrameRate {
    let intervals = zip(times.dropFirst(), times).map { $0 - $1 }
    let shortest = Double(intervals.min() ?? max(lastDuration, 1))
    return try FrameRate.simplest(in: rates(shortest - 0.5, shortest + 0.5))
  }

  /// Which frame is shown at each step of a constant rate.
  ///
  /// - Parameters:
  ///   - rate: The rate.
  ///   - limit: The most steps that there may be.
  /// - Returns: Numbers of frames, not falling; none if there would be more than the limit.
  func shown(at rate: FrameRate, limit: Int) -> [Int]? {
    let step = 1 / (rate.value * tick)
    let steps = max(1, (duration / step).rounded())
    guard steps <= Double(limit) else { return nil }
    var frame = 0
    return (0..<Int(steps)).map { number in
      // A time is rounded to a tick: half of one decides.
      while frame + 1 < times.count, Double(times[frame + 1]) <= Double(number) * step + 0.5 {
        frame += 1
      }
      return frame
    }
  }

  /// From the first frame to the end of the last, in ticks.
  private var duration: Double {
    guard let last = times.last else { return 0 }
    let typical = times.count > 1 ? Double(last) / Double(times.count - 1) : 1 / tick
    return Double(last) + (lastDuration > 0 ? Double(lastDuration) : typical)
  }

  private func fits(_ rate: FrameRate, within tolerance: Double) -> Bool {
    let period = 1 / (rate.value * tick)
    return times.enumerated().allSatisfy {
      abs(Double($1) - Double($0) * period) <= tolerance + 1e-6
    }
  }

  /// The simplest rate whose times are these within a part of a tick.
  private func simplest(within tolerance: Double) -> FrameRate? {
    var (shortest, longest) = (0.0, Double.infinity)
    // One frame has no interval but the time that it is shown.
    let ends = times.count > 1 ? Array(times.enumerated().dropFirst()) : [(1, lastDuration)]
    for (number, time) in ends {
      shortest = max(shortest, (Double(time) - tolerance) / Double(number))
      longest = min(longest, (Double(time) + tolerance) / Double(number))
    }
    guard shortest > 0, shortest <= longest else { return nil }
    let found = Result { () throws(ClipError) in
      try FrameRate.simplest(in: rates(shortest, longest))
    }
    guard case .success(let rate) = found, times.count == 1 || fits(rate, within: tolerance) else {
      return nil
    }
    return rate
  }

  private func rates(_ shortest: Double, _ longest: Double) -> ClosedRange<Double> {
    1 / (longest * tick)...1 / (shortest * tick)
  }
}
