import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// How far a model drifts from its simulator, on frames whose answers are known.
  @Suite("drift from the simulator")
  struct MeasureDriftTests {
    private func frame(_ street: Street) -> Tensor {
      let bytes = street.frame(side: 32).pixels.map { Float($0) / 127.5 - 1 }
      return Tensor(bytes, shape: [32, 32, 3]).permuted(2, 0, 1)
    }

    @Test("the car is found where it is, in every weather", arguments: StreetWeather.allCases)
    func finds(weather: StreetWeather) {
      var street = Street(seed: 3, weather: weather, hasTraffic: false)
      for _ in 0..<8 { street.step(.left) }
      for _ in 0..<14 {
        street.step(.right)
        #expect(DriftSample.column(frame(street)) == street.column / 2)
      }
    }

    @Test("the error is in 8-bit levels, and a place is right to a pixel")
    func samples() {
      var street = Street(seed: 3, weather: .day, hasTraffic: false)
      let first = frame(street)
      street.step(.right)
      let second = frame(street)
      street.step(.right)
      let third = frame(street)
      let same = DriftSample(real: third, made: third, last: first)
      #expect(same.error == 0 && same.isPlaced && same.still > 5 && !same.isPlacedStill)
      let near = DriftSample(real: third, made: second, last: third)
      #expect(near.isPlaced && near.isPlacedStill && near.still == 0)
      let grey = DriftSample(
        real: .zeros([3, 32, 32]), made: .full([3, 32, 32], .real(0.2)), last: first)
      #expect(abs(grey.error - 25.5) < 1e-4)
    }

    @Test("drives that are held out are gone on with, as far as they are long")
    func measures() throws {
      Machine.threads = 1
      let folder = try TemporaryFolder()
      let request = try Synthesize.Request(
        episodes: 40, seed: 2, street: StreetSettings(frames: 8, crossingRate: 0))
      _ = try Synthesize(output: folder.file("street"))(request)
      try TinyWorld.model(folder)
      let street = folder.file("street")
      let path = street.path(percentEncoded: false)
      let library = TinyWorld.library(folder)
      let set = try EpisodeSet(folder: street, split: "heldout", limit: 2)
      var told: [Int] = []
      let rows = try MeasureDrift(model: "world", data: path, drives: 2)(library: library) {
        told.append($0)
        #expect($1 == 2)
      }
      #expect(told == [1, 2] && rows.map(\.ahead) == [1, 2, 4])
      // The last frame that is given is the second, and four ahead is the sixth.
      let still = (0..<2).map { drive in
        let frames = set.frames([8 * drive + 1, 8 * drive + 5])
        return DriftSample(
          real: frames.selected(dim: 0, index: 1), made: frames.selected(dim: 0, index: 0),
          last: frames.selected(dim: 0, index: 0)
        ).still
      }
      #expect(abs(rows[2].still.value - (still[0] + still[1]) / 2) < 1e-9)
      #expect(rows[2].still.interval.lower <= rows[2].still.value)
      #expect(rows.allSatisfy { $0.error.value > 0 && $0.placed.interval.upper <= 1 })
      let lines = MeasureDrift.table(rows).split(separator: "\n")
      #expect(lines.count == 5 && lines[4].hasPrefix("| 4 | "))

      #expect(throws: GenerateError.self) {
        try MeasureDrift(model: "world", data: path, drives: 0)(library: library)
      }
      let larger = try Synthesize.Request(
        episodes: 40, street: StreetSettings(frames: 2, side: 64))
      _ = try Synthesize(output: folder.file("larger"))(larger)
      let misfit = #expect(throws: ModelError.self) {
        try MeasureDrift(model: "world", data: folder.file("larger").path(percentEncoded: false))(
          library: library)
      }
      #expect(misfit?.description.contains("found 2 frames of 64 pixels") == true)
      let stop = StopSignal()
      stop.request()
      #expect(throws: CancellationError.self) {
        try MeasureDrift(model: "world", data: path)(library: library, until: stop)
      }
    }
  }
}
