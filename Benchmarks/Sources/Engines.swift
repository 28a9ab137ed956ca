internal import ArgumentParser
internal import Foundation
internal import Layers
internal import Models
internal import Torch

/// What computes a network.
enum Engine: String, CaseIterable, ExpressibleByArgument {
  case eager
  case compiled
}

/// The U-Net of Stable Diffusion 1.5, by LibTorch, compiled, and in diffusers.
struct Engines: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares a U-Net of Stable Diffusion 1.5's size by engine, and with diffusers.",
    discussion: """
      The weights are random. Every turn runs the three after each other, each in a process of its \
      own; a process prints its first call, which compiles, and the median of the next.
      """)

  @Option(help: "A Python with the peers' libraries.", completion: .file())
  var python = "python3"

  @Option(help: "The turns that each side takes.")
  var turns = 3

  @Option(help: "The threads of each side.")
  var threads = 2

  @Option(help: "The width and height of the latents.")
  var side = 32

  @Option(help: "The latents in a batch.")
  var batch = 2

  func run() throws {
    let sizes = ["--threads", "\(threads)", "--side", "\(side)", "--batch", "\(batch)"]
    let own = [CommandLine.arguments[0], "unet"]
    let commands =
      Engine.allCases.map { ($0.rawValue, own + ["--engine", $0.rawValue] + sizes) } + [
        ("diffusers", [python, "Benchmarks/Peers/unet.py"] + sizes)
      ]
    var outcomes: [String: [Child.Outcome]] = [:]
    for _ in 0..<turns {
      for (name, command) in commands { outcomes[name, default: []].append(try Child.run(command)) }
    }
    print("| | first call | a step | of diffusers' | peak memory |\n|---|---|---|---|---|")
    let peer = try Summary(outcomes["diffusers"] ?? []).step
    for (name, _) in commands {
      let summary = try Summary(outcomes[name] ?? [])
      let cells = [
        name, String(format: "%.1f s", summary.first), String(format: "%.2f s", summary.step),
        String(format: "%.2f", summary.step / peer), String(format: "%.0f MB", summary.megabytes),
      ]
      print("| \(cells.joined(separator: " | ")) |")
    }
  }

  /// The medians over turns.
  private struct Summary {
    let first: Double
    let step: Double
    let megabytes: Double

    init(_ outcomes: [Child.Outcome]) throws {
      let firsts = try outcomes.map { outcome in
        let lines = outcome.output.split(separator: "\n")
        guard let line = lines.dropLast().last, let seconds = Double(line) else {
          throw ChildError(description: "expected two numbers, found \"\(outcome.output)\"")
        }
        return seconds
      }
      first = median(firsts)
      step = median(try outcomes.map { try $0.reportedNumber() })
      megabytes = median(outcomes.map(\.peakMegabytes))
    }
  }
}

/// Measures a U-Net of Stable Diffusion 1.5's size.
struct MeasureUNet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unet", abstract: "Measures one U-Net's first call and its next.")

  @Option var engine: Engine
  @Option var threads: Int
  @Option var side: Int
  @Option var batch: Int

  func run() throws {
    Machine.threads = threads
    let configuration = try JSONDecoder().decode(
      UNet2DConditionConfiguration.self,
      from: Data(contentsOf: URL(filePath: "Benchmarks/Peers/unet.json")))
    let generator = Generator(seed: 0)
    let plain = try ParameterStore(initializing: generator).network {
      UNet2DConditionModel($0, configuration)
    }
    let network =
      engine == .eager
      ? plain
      : plain.compiled { FileHandle.standardError.write(Data("not compiled: \($0)\n".utf8)) }
    let x = generator.normal([batch, 4, side, side])
    let timestep = Tensor.full([batch], 500)
    let text = generator.normal([batch, 77, 768])
    let prompt = try checked {
      try withoutGradients { try network.prompt(UNetConditions(text: text)) }
    }
    let times = try (0..<6).map { _ in
      try ContinuousClock().measure {
        _ = try checked {
          withoutGradients { network(x, timestep: timestep, prompt: prompt) }
        }
      } / .seconds(1)
    }
    print(times[0])
    print(median(Array(times.dropFirst())))
  }
}
