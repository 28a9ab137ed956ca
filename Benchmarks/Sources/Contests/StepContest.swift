internal import Foundation

/// Steps of the repository's denoiser and products, in turns with PyTorch.
struct StepContest {
  let options: Options
  let peers: PeerEnvironment

  /// The contests that mean something on this machine.
  var contests: [Contest] { Step.allCases.filter(\.isMeant).map(contest) }

  private func contest(_ step: Step) -> Contest {
    let model =
      step.isLoRA
      ? options.weightsFolder.appending(path: "sd1").path(percentEncoded: false) : options.model
    let words = [step.rawValue, "--model", model, "--threads", "\(options.threads)"]
    let python = [peers.python, "Benchmarks/Peers/steps.py"] + words
    var contestants = [
      Contestant(name: "Inkwell", command: [CommandLine.arguments[0], "measure"] + words),
      Contestant(name: "PyTorch", command: python),
    ]
    if !peers.preloaded.isEmpty {
      contestants.append(
        Contestant(name: "PyTorch, tuned", command: python, variables: peers.tuning))
    }
    if step.isCompiled {
      contestants.append(
        Contestant(
          name: "torch.compile, tuned", command: python + ["--compile"], variables: peers.tuning))
    }
    return Contest(title: step.title, contestants: contestants, unit: step.unit)
  }
}
