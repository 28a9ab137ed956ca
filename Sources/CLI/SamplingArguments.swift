internal import ArgumentParser
internal import Inkwell

/// How clips and sounds are sampled.
struct SamplingArguments: ParsableArguments {
  @Option(help: "Steps: more take longer and are more exact (default: the model's).")
  var steps: Int?

  @Option(help: "How closely to follow the prompt; 1 is off (default: the model's).")
  var guidance: Double?

  @Option(help: "What to stay away from.")
  var negative: String?

  @Option(help: "The sampler's name (default: the model's).")
  var sampler: String?

  /// What a task is given.
  var options: SamplingOptions {
    SamplingOptions(steps: steps, guidance: guidance, negative: negative, sampler: sampler)
  }
}
