internal import ArgumentParser
internal import Evaluation
internal import Foundation

/// The places at which growth is measured.
struct GrowthOptions: ParsableArguments {
  @Option(name: .customLong("growth-turns"), help: "The turns of each side at a place of growth.")
  var turns = 2

  @Option(name: .customLong("growth-sizes"), help: "The widths and heights of pictures.")
  var sizes = "256,512,768,1024,1536,2048"

  @Option(name: .customLong("growth-batches"), help: "The latents in a batch.")
  var batches = "1,2,4,8"

  @Option(name: .customLong("growth-tokens"), help: "The tokens of a prompt.")
  var tokens = "77,154,308,616"

  @Option(name: .customLong("growth-steps"), help: "The steps of a picture of 256 pixels.")
  var steps = "1,5,10,20,50"

  mutating func validate() throws {
    guard turns > 0 else {
      throw ValidationError("--growth-turns: expected 1 or more, found \(turns)")
    }
    for (name, list) in [
      ("sizes", sizes), ("batches", batches), ("tokens", tokens), ("steps", steps),
    ] {
      for part in list.split(separator: ",", omittingEmptySubsequences: false) {
        guard let number = Int(part), number > 0 else {
          throw ValidationError(
            "--growth-\(name): expected positive numbers between commas, found \"\(part)\"")
        }
        guard name != "sizes" || number.isMultiple(of: 64) else {
          throw ValidationError("--growth-sizes: expected multiples of 64, found \(number)")
        }
      }
    }
  }

  /// The numbers of a list.
  func numbers(_ list: String) -> [Int] { list.split(separator: ",").compactMap { Int($0) } }
}

/// Something that is made larger, and what is measured at each of its sizes.
struct GrowthAxis {
  let name: String
  let horizontal: String
  let places: [Int]
  let contest: (Int) throws -> Contest

  /// Runs every place.
  func run(turns: Int) throws -> Growth {
    let points = try places.map { place in
      Growth.Point(x: place, outcome: try contest(place).run(turns: turns))
    }
    return Growth(name: name, horizontal: horizontal, points: points)
  }

  /// All that is made larger.
  static func all(
    _ options: GrowthOptions, networks: NetworkContest, pictures: PictureContest
  ) -> [GrowthAxis] {
    func unet(side: Int = 32, batch: Int = 1, tokens: Int = 77) throws -> Contest {
      try networks.contest(
        NetworkCase(network: .sd1UNet, side: side, batch: batch, tokens: tokens))
    }
    func picture(size: Int = 256, steps: Int = 1) -> Contest {
      var picture = PictureOptions()
      (picture.size, picture.steps) = (size, steps)
      return pictures.stableDiffusion(picture)
    }
    return [
      GrowthAxis(
        name: "unet-by-size", horizontal: "pixels across, for Stable Diffusion 1.5's U-Net",
        places: options.numbers(options.sizes)
      ) { try unet(side: $0 / 8) },
      GrowthAxis(
        name: "unet-by-batch", horizontal: "latents in a batch, 256 pixels",
        places: options.numbers(options.batches)
      ) { try unet(batch: $0) },
      GrowthAxis(
        name: "unet-by-tokens", horizontal: "tokens of the prompt, 256 pixels",
        places: options.numbers(options.tokens)
      ) { try unet(tokens: $0) },
      GrowthAxis(
        name: "picture-by-size", horizontal: "pixels across, a whole picture of 1 step",
        places: options.numbers(options.sizes)
      ) { picture(size: $0) },
      GrowthAxis(
        name: "picture-by-steps", horizontal: "steps of a whole picture of 256 pixels",
        places: options.numbers(options.steps)
      ) { picture(steps: $0) },
    ]
  }
}

/// How time and memory grow.
struct Growth: Codable {
  /// What all sides took at one place.
  struct Point: Codable {
    let x: Int
    let outcome: Contest.Outcome
  }

  let name: String
  let horizontal: String
  let points: [Point]

  /// A row for each place and side, as RFC 4180 has it; no name has a comma that is not quoted.
  var csv: String {
    let rows = points.flatMap { point in
      point.outcome.standings.map { standing in
        let spread = standing.spread
        let numbers = [spread?.median, spread?.lower, spread?.upper, standing.megabytes]
        return
          (["\(point.x)", "\"\(standing.name)\""] + numbers.map { $0.map { "\($0)" } ?? "" })
          .joined(separator: ",")
      }
    }
    return (["x,side,seconds,lower,upper,megabytes"] + rows).map { $0 + "\n" }.joined()
  }

  /// The plots of time and memory by the names of their files.
  var plots: [String: CurvePlot] {
    [
      "\(name)-seconds.svg": plot("seconds") { $0.spread },
      "\(name)-memory.svg": plot("megabytes at the peak") { standing in
        let values = standing.samples.compactMap(\.megabytes)
        return values.isEmpty ? nil : Spread(values, from: 0, to: 1)
      },
    ]
  }

  private func plot(_ vertical: String, _ value: (Contest.Standing) -> Spread?) -> CurvePlot {
    let names = points.first?.outcome.standings.map(\.name) ?? []
    let curves = names.map { name in
      CurvePlot.Curve(
        name: name,
        points: points.compactMap { point in
          guard let standing = point.outcome.standings.first(where: { $0.name == name }),
            let spread = value(standing)
          else { return nil }
          return CurvePlot.Point(
            x: Double(point.x), y: spread.median, range: spread.lower...spread.upper)
        })
    }
    return CurvePlot(
      curves: curves, horizontal: horizontal, vertical: vertical, isLogarithmic: true)
  }

  /// The plots' place in the report, and what was not run.
  var markdown: String {
    let files = plots.keys.sorted().map { "![\($0)](\($0))" }
    let absent = points.flatMap { point in
      point.outcome.standings.compactMap { standing in
        standing.obstacle.map { "- not run: \(standing.name) at \(point.x): \($0)" }
      }
    }
    return
      (["### By \(horizontal)", ""] + files + ["", "The numbers: [\(name).csv](\(name).csv)"]
      + (absent.isEmpty ? [] : [""] + absent)).joined(separator: "\n") + "\n"
  }
}
