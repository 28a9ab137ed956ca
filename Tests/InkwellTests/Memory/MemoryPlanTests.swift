import Testing

@testable import Inkwell

@Suite struct MemoryPlanTests {
  /// Weights of 100, 1000 and 50 numbers in float32 where they stand, and round numbers to work on.
  private func needs(dtype: String = "F32", isMapped: Bool = true) -> MemoryNeeds {
    func part(
      _ count: Int, _ working: @escaping @Sendable (Int, Bool) -> Int
    ) -> MemoryNeeds.Part {
      MemoryNeeds.Part(
        weights: [
          .init(name: "w", shape: [count / 10, 10], dtype: dtype, isMapped: isMapped)
        ], working: working)
    }
    return MemoryNeeds(parts: [
      part(100) { _, _ in 10 }, part(1000) { pictures, _ in 2000 * pictures },
      part(50) { pictures, inStrips in inStrips ? 500 : 9000 * pictures },
    ])
  }

  private static let libraries = MemoryNeeds.libraries

  private func saving(strips: Bool = false, parts: Bool = false, half: Bool = false)
    -> MemorySaving
  {
    var saving = MemorySaving()
    (saving.inStrips, saving.isOneAtATime, saving.isHalf) = (strips, parts, half)
    return saving
  }

  private func peak(_ needs: MemoryNeeds, _ saving: MemorySaving, pictures: Int = 1) -> Int {
    needs.peak(saving, pictures: pictures, resident: 7) - Self.libraries - 7
  }

  @Test("the peak is that of the part which needs most while it runs")
  func peaks() {
    // Pages that were touched stay: 400 + 4000 + 200, the copy of a weight, and what it works on.
    #expect(peak(needs(), saving()) == 4600 + 200 + 9000)
    #expect(peak(needs(), saving(), pictures: 2) == 4600 + 200 + 18000)
    #expect(peak(needs(), saving(strips: true)) == 4400 + 4000 + 2000)
    #expect(peak(needs(), saving(strips: true, parts: true)) == 4000 + 4000 + 2000)
    // The largest part decides.
    #expect(peak(needs(), saving(parts: true)) == 4000 + 4000 + 2000)
    // Copies in two bytes stay whichever part runs; each is converted and ordered anew.
    #expect(
      peak(needs(), saving(strips: true, parts: true, half: true)) == 2300 + 2300 / 16 + 8000 + 2000
    )
    // Files in two bytes do not stay, but are copied in four where nothing is saved.
    let half = needs(dtype: "F16")
    #expect(peak(half, saving(strips: true, parts: true, half: true)) == 2000 + 8000 + 2000)
    #expect(
      peak(half, saving(strips: true, parts: true)) == 4600 + 4600 / 16 + 4000 + 2000)
    #expect(
      peak(needs(dtype: "F16", isMapped: false), saving(strips: true, half: true))
        == 2300 + 2300 / 16 + 8000 + 2000)
  }

  @Test("where all parts run again, all their pages have been touched")
  func repeated() {
    var needs = needs()
    needs.isRepeated = true
    #expect(peak(needs, saving(strips: true)) == 4600 + 4000 + 2000)
  }

  @Test("weights that LoRAs change are copies; rows of tables are no weight")
  func changed() {
    var needs = needs()
    needs.parts[1].isChanged = true
    needs.parts[0].weights.append(
      .init(
        name: "embeddings.token_embedding.weight", shape: [1000, 10], dtype: "F32", isMapped: true)
    )
    #expect(
      peak(needs, saving(strips: true, parts: true)) == 4000 + 4000 / 16 + 4000 + 2000)
    #expect(
      WeightMemory(needs.parts[1].weights, isHalf: false, isChanged: true).held == 4000)
    #expect(WeightMemory(needs.parts[0].weights, isHalf: false).mapped == 400)
  }

  @Test("networks beside a part stay in float32, whatever is saved")
  func beside() {
    var needs = needs()
    needs.parts[1].kept = [.init(name: "w", shape: [3, 10], dtype: "F16", isMapped: true)]
    let all = saving(strips: true, parts: true, half: true)
    #expect(peak(needs, all) == 2420 + 2420 / 16 + 8000 + 2000)
  }

  @Test("a plan costs the least time that the limit allows")
  func plans() throws {
    func plan(_ limit: Int?) throws -> MemoryPlan {
      try MemoryPlan(
        needs(), batchSize: 3, limit: limit.map { $0 + Self.libraries }, resident: 0)
    }
    let free = try plan(nil)
    #expect(free.batchSize == 3 && free.saving == saving())
    #expect(try plan(23000).batchSize == 2)
    #expect(try plan(14000).batchSize == 1 && plan(14000).saving == saving())
    #expect(try plan(13000).saving == saving(strips: true))
    #expect(try plan(13000).batchSize == 2)
    #expect(try plan(10300).saving == saving(parts: true))
    #expect(try plan(9000 + 400 + 600).peak <= 10000 + Self.libraries)
    #expect(
      throws: MemoryError.tooLittle(
        least: 10000 + Self.libraries, limit: 9000 + Self.libraries)
    ) { try plan(9000) }
  }

  @Test("what a person reads")
  func texts() throws {
    #expect(byteText(999_000_001) == "1000 MB" && byteText(4_000_000_001) == "4.1 GB")
    let plan = try MemoryPlan(needs(), batchSize: 1, limit: nil, resident: 4_000_000_000)
    #expect("\(plan)" == "needs about 4.2 GB")
    #expect(
      saving(strips: true, parts: true, half: true).words == [
        "decoding in strips", "one part of the model at a time", "weights in half precision",
      ])
    #expect(
      "\(MemoryError.tooLittle(least: 3_000_000_000, limit: 2_000_000_000))"
        == "memory: expected 3.0 GB or more for this model at this size, found a limit of 2.0 GB")
  }
}
