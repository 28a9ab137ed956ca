import Foundation

/// What `Tests/Golden/schedules.py` wrote.
struct ScheduleFixtures: Decodable {
  struct Spacing: Decodable {
    let name: String
    let steps: Int
    let sigmas: [Double]
  }

  struct Flow: Decodable {
    let kind: String
    let value: Double
    let mu: Double?
    let times: [Double]
  }

  struct Quantile: Decodable {
    let alpha: Double
    let beta: Double
    let share: Double
    let quantile: Double
  }

  let tables: [String: [Double]]
  let continuous: [Spacing]
  let discrete: [Spacing]
  let flows: [Flow]
  let quantiles: [Quantile]
  let alignYourSteps: [String: [Double]]

  static func load() throws -> ScheduleFixtures {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "schedules.json")
    return try JSONDecoder().decode(ScheduleFixtures.self, from: Data(contentsOf: file))
  }
}
