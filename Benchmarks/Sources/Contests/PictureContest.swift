internal import ArgumentParser
internal import Foundation
internal import Modalities

/// The picture that whole processes draw.
struct PictureOptions: ParsableArguments {
  @Option(help: "The width and height of whole pictures of Stable Diffusion 1.5.")
  var size = 512

  @Option(help: "Their steps.")
  var steps = 20
}

/// Whole processes in turns: from nothing to what they were asked for.
struct PictureContest {
  let options: Options
  let peers: PeerEnvironment

  /// The start of the program, the repository's model, and Stable Diffusion 1.5's size.
  func contests(_ picture: PictureOptions) -> [Contest] {
    [start, emoji, stableDiffusion(picture)]
  }

  private var start: Contest {
    Contest(
      title: "start: the program's version, and importing diffusers' pipeline",
      contestants: [
        Contestant(name: "Inkwell", command: [options.inkwell, "--version"]),
        Contestant(
          name: "diffusers",
          command: [peers.python, "-c", "from diffusers import StableDiffusionPipeline"]),
      ], isWhole: true)
  }

  private var emoji: Contest {
    let threads = ["--threads", "\(options.threads)"]
    return Contest(
      title: "a picture of the repository's model, 20 steps, from a cold process",
      contestants: [
        Contestant(
          name: "Inkwell",
          command: [
            options.inkwell, "generate", "red apple", "--model", options.model, "--output",
            file("emoji").path(percentEncoded: false), "--force", "--quiet",
          ] + threads),
        Contestant(
          name: "diffusers",
          command: [peers.python, "Benchmarks/Peers/cold_start.py", "--model", options.model]
            + threads),
      ], isWhole: true)
  }

  /// A picture of Stable Diffusion 1.5's size.
  func stableDiffusion(_ picture: PictureOptions) -> Contest {
    let words = [
      "a slice of watermelon", "--model",
      options.weightsFolder.appending(path: "sd1").path(percentEncoded: false), "--size",
      "\(picture.size)", "--steps", "\(picture.steps)", "--threads", "\(options.threads)",
    ]
    var results: [String: URL] = [:]
    func contestant(
      _ name: String, _ program: [String], _ rest: [String] = [],
      variables: [String: String] = [:], obstacle: String? = nil
    ) -> Contestant {
      let result = file(name.filter(\.isLetter))
      results[name] = result
      let command = program + words + ["--output", result.path(percentEncoded: false)] + rest
      return Contestant(
        name: name, command: command, variables: variables, obstacle: obstacle)
    }
    let own = [
      "--sampler", "ddim", "--guidance", "7.5", "--seed", "42", "--force", "--quiet",
    ]
    let python = [peers.python, "Benchmarks/Peers/picture.py"]
    let contestants = [
      contestant("Inkwell", [options.inkwell, "generate"], own),
      contestant(
        "Inkwell, every second step whole", [options.inkwell, "generate"],
        own + ["--cache-interval", "2"]),
      contestant(
        "Inkwell, compiled", [options.inkwell, "generate"], own + ["--engine", "compiled"]),
      contestant("diffusers", python),
      contestant(
        "diffusers, tuned", python, ["--tuned"], variables: peers.tuning,
        obstacle: peers.preloaded.isEmpty ? "there is nothing to tune it with" : nil),
    ]
    let title =
      "a picture of Stable Diffusion 1.5's size, \(picture.size) pixels, \(picture.steps) steps "
      + "with guidance, from a cold process"
    var contest = Contest(title: title, contestants: contestants, isWhole: true)
    contest.results = results
    contest.difference = pictureDifference
    return contest
  }

  private func file(_ name: String) -> URL {
    FileManager.default.temporaryDirectory.appending(path: "benchmark-\(name).png")
  }
}

/// How many pixels of two pictures are within 1/255.
///
/// - Returns: Words such as "99.98 % of the pixels within 1/255".
/// - Throws: `ChildError` for pictures of other sizes, or `ImageError`.
func pictureDifference(_ found: URL, _ reference: URL) throws -> String {
  let (a, b) = (try Image(contentsOf: found), try Image(contentsOf: reference))
  guard a.width == b.width, a.height == b.height, a.channels == b.channels else {
    throw ChildError(
      description: "expected \(b.width)×\(b.height) pixels, found \(a.width)×\(a.height)")
  }
  let near = stride(from: 0, to: a.pixels.count, by: a.channels.rawValue).filter { start in
    (start..<start + a.channels.rawValue).allSatisfy {
      abs(Int(a.pixels[$0]) - Int(b.pixels[$0])) <= 1
    }
  }
  return String(
    format: "%.2f %% of the pixels within 1/255",
    100 * Double(near.count) / Double(a.width * a.height)
  )
}
