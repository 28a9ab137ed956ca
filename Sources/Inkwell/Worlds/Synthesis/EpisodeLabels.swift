internal import Modalities

/// What is said of a drive: the `.json` beside its frames.
struct EpisodeLabels: Codable, Sendable, Hashable {
  /// The share of the streets that are held out.
  static let heldOutShare = 0.1

  /// The simulator.
  let world: String
  /// The drive's number in the data set.
  let episode: Int
  /// The street's seed.
  let seed: UInt64
  /// The weather or the light: the drive's domain.
  let weather: StreetWeather
  /// How the car is driven: "careful" or "wandering".
  let driver: StreetDriver.Style
  /// "train" or "heldout", by the street's seed alone.
  let split: String
  /// The number of frames, and how many are shown in a second.
  let frames: Int
  let frameRate: Int
  /// What is done from each frame to the next, one less than frames.
  let actions: [StreetAction]
  /// What happens, and in which frame.
  let events: [StreetEvent]
  /// What can be seen, with its number in the masks.
  let objects: [StreetEpisode.Object]
  /// A sentence.
  let caption: String

  enum CodingKeys: String, CodingKey {
    case world, episode, seed, weather, driver, split, frames
    case frameRate = "frame_rate"
    case actions, events, objects, caption
  }

  /// Describes a drive.
  init(_ drive: StreetEpisode, number: Int) {
    world = "street"
    episode = number
    seed = drive.plan.seed
    weather = drive.plan.weather
    driver = drive.plan.style
    var random = WorldRandom(drive.plan.seed, part: 3)
    split = random.happens(Self.heldOutShare) ? "heldout" : "train"
    frames = drive.frames.count
    frameRate = StreetFilm.rate
    actions = drive.actions
    events = drive.events
    objects = drive.objects
    caption = drive.caption
  }
}
