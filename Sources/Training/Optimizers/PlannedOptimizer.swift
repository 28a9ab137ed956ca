internal import Layers
internal import Torch

/// The optimizers of a plan: Muon for the matrices that it names, AdamW for everything else.
final class PlannedOptimizer {
  private let adamW: AdamW
  private let muon: Muon?
  /// Whether Muon updates each of the parameters.
  private let isMuon: [Bool]

  /// - Throws: `TrainingError.invalid` if the plan names scopes that have no matrix.
  init(_ parameters: [ParameterStore.Parameter], _ plan: TrainingPlan) throws {
    let options = plan.muon
    func isMuons(_ parameter: ParameterStore.Parameter) -> Bool {
      options?.includes(parameter) ?? false
    }
    for scope in options?.scopes ?? [] {
      let alone = Muon.Options(scopes: [scope])
      try require(
        parameters.contains(where: alone.includes), "muon.scopes",
        "a scope that has matrices named weight", "\"\(scope)\"")
    }
    isMuon = parameters.map(isMuons)
    adamW = AdamW(parameters.filter { !isMuons($0) }, options: plan.optimizer)
    muon = options.map { Muon(parameters.filter(isMuons), options: $0) }
  }

  /// Updates the parameters by their gradients, in order.
  func step(_ gradients: [Tensor?], learningRate: Double) {
    adamW.step(
      zip(gradients, isMuon).filter { !$1 }.map { $0.0 }, learningRate: learningRate)
    muon?.step(zip(gradients, isMuon).filter { $1 }.map { $0.0 }, learningRate: learningRate)
  }

  /// All of the state by name; the optimizers' names differ.
  var state: [String: Tensor] {
    adamW.state.merging(muon?.state ?? [:]) { own, _ in own }
  }
}
