internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import Models
internal import Torch

/// What each sampler takes of its own in a step, beside the smallest shipped network's.
struct SamplerSteps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "samplers",
    abstract: "Prints what each sampler adds to a step of the network, as a table.",
    discussion: """
      Runs every sampler over 20 steps on a latent of the network's size with a denoiser that takes \
      no time, and the network alone, all in one process. What is measured is the time between two \
      evaluations of the denoiser. Fails if a sampler takes more than the limit.
      """)

  @Option(help: "The model whose network's step is the measure.", completion: .directory)
  var model = "Models/inkwell-emoji"

  @Option(help: "The threads of each operation.")
  var threads = 2

  @Option(help: "The most of an evaluation that a sampler may take, in percent.")
  var limit = 1.0

  func run() throws {
    Machine.threads = threads
    let url = URL(filePath: model).appending(path: "transformer/config.json")
    let configuration = try JSONDecoder().decode(
      PixArtConfiguration.self, from: Data(contentsOf: url))
    let network = median(try Measure.sampling(configuration, pictures: 1))
    let side = configuration.sampleSize
    let rows = try Samplers.all.map { entry in
      (
        name: entry.name,
        seconds: try seconds(of: entry.item, [configuration.inChannels, side, side])
      )
    }.sorted { $0.seconds > $1.seconds }
    print("An evaluation of the network: \(String(format: "%.1f ms", 1000 * network))\n")
    print("| sampler | µs for each evaluation | % of it |\n|---|---|---|")
    for row in rows {
      let cells = [
        row.name, String(format: "%.0f", 1e6 * row.seconds),
        String(format: "%.2f", 100 * row.seconds / network),
      ]
      print("| \(cells.joined(separator: " | ")) |")
    }
    let slow = rows.filter { 100 * $0.seconds > limit * network }
    guard slow.isEmpty else {
      throw ValidationError("above \(limit) %: \(slow.map(\.name).joined(separator: ", "))")
    }
  }

  /// The median over runs of the seconds between two evaluations for one sample.
  private func seconds(of sampler: any Sampler, _ shape: [Int]) throws -> Double {
    let levels = try DiscreteSchedule(.scaledLinear()).levels(20)
    let x0 = NoiseSource(seeds: [1]).normal(shape)
    var evaluations = 0
    let free = FunctionDenoiser { _, _ in
      evaluations += 1
      return x0
    }
    let clock = ContinuousClock()
    let times = try (0..<27).map { _ in
      let noise = NoiseSource(seeds: [2])
      let x = noise.normal(shape)
      evaluations = 0
      let time = try clock.measure {
        _ = try sampler.sample(x, over: levels, denoiser: free, noise: noise)
      }
      return time / .seconds(Double(evaluations))
    }
    return median(Array(times.dropFirst(2)))
  }
}
