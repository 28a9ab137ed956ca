import Testing

@testable import Inkwell

@Suite struct MemoryPlanTests {
  private static func weight(
    _ count: Int, _ dtype: String = "F32", isMapped: Bool = true
  ) -> WeightMemory.Weight {
    .init(name: "w", shape: [count / 10, 10], dtype: dtype, isMapped: isMapped)
  }

  /// Weights of 100, 1000 and 50 numbers in float32 where they stand, and round numbers to work on.
  private func needs(dtype: String = "F32", isMapped: Bool = true) -> MemoryNeeds {
    func network(_ count: Int) -> MemoryNeeds.Network {
      .init(weights: [Self.weight(count, dtype, isMapped: isMapped)])
    }
    return MemoryNeeds(
      networks: [.text: network(100), .denoiser: network(1000), .autoencoder: network(50)],
      phases: [
        .init(networks: [.text]) { _, _ in 10 },
        .init(networks: [.denoiser]) { pictures, _ in 2000 * pictures },
        .init(networks: [.autoencoder]) { pictures, saving in
          saving.inStrips ? 500 : 9000 * pictures
        },
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

  @Test("where all phases come again, all pages have been touched")
  func repeated() {
    var needs = needs()
    needs.phases += needs.phases
    #expect(peak(needs, saving(strips: true)) == 4600 + 4000 + 2000)
    // What rests is read again, and nothing is in memory that does not run.
    #expect(peak(needs, saving(strips: true, parts: true)) == 4000 + 4000 + 2000)
  }

  @Test("weights that LoRAs change are copies; rows of tables are no weight")
  func changed() throws {
    var needs = needs()
    needs.networks[.denoiser]?.weights[0].isChanged = true
    needs.networks[.text]?.weights.append(
      .init(
        name: "embeddings.token_embedding.weight", shape: [1000, 10], dtype: "F32", isMapped: true)
    )
    #expect(
      peak(needs, saving(strips: true, parts: true)) == 4000 + 4000 / 16 + 4000 + 2000)
    let (denoiser, text) = (
      try #require(needs.networks[.denoiser]), try #require(needs.networks[.text])
    )
    #expect(WeightMemory(denoiser.weights).held == 4000)
    #expect(WeightMemory(text.weights).mapped == 400)
  }

  @Test("what is changed in use stays where it is; its change and the files' factors are counted")
  func changedInUse() {
    var needs = needs()
    needs.networks[.denoiser]?.weights[0].isChanged = true
    needs.changes = 300
    var live = saving(strips: true, parts: true)
    live.changesInUse = true
    // The weight where it stands, two as large beside its own copy, the factors, what it works on.
    #expect(peak(needs, live) == 4000 + 3 * 4000 + 300 + 2000)
    let all = MemorySaving.all(changes: [false, true])
    #expect(all.count == 16 && Set(all).count == 16)
    #expect(all.firstIndex { $0.changesInUse == true } == 4 && all[8].isHalf)
    #expect(MemorySaving.all(changes: [true]).allSatisfy { $0.changesInUse == true })
    #expect(MemorySaving.all().allSatisfy { $0.changesInUse == nil })
    #expect(live.words.last == "LoRAs beside the weights")
  }

  @Test("networks that run together are there together, in half precision where that is saved")
  func together() {
    var needs = needs()
    needs.networks[.guides] = .init(weights: [Self.weight(300)], rests: false)
    needs.phases[1].networks.append(.guides)
    let strips = saving(strips: true, parts: true)
    // Its pages stay until the end, beside those of what runs then.
    #expect(peak(needs, strips) == 4000 + 1200 + 4000 + 2000)
    needs.phases[2].working = { _, _ in 20000 }
    #expect(peak(needs, strips) == 200 + 1200 + 200 + 20000)
    needs.networks[.guides]?.rests = true
    #expect(peak(needs, strips) == 200 + 200 + 20000)
    let half = saving(strips: true, parts: true, half: true)
    #expect(peak(needs, half) == 2900 + 2900 / 16 + 400 + 20000)
  }

  @Test("what is read for one phase is there in that alone, copies too")
  func passing() {
    var needs = needs()
    needs.networks[.imageEncoders] = .init(
      weights: [Self.weight(5000, "F16")], rests: false, isPassing: true)
    #expect(peak(needs, saving(strips: true)) == 4400 + 4000 + 2000)
    needs.phases.insert(.init(networks: [.imageEncoders]) { _, _ in 70 }, at: 0)
    #expect(peak(needs, saving(strips: true)) == 20000 + 20000 / 16 + 20000 + 70)
    // Two bytes a number where they stand, and the other networks are copies in two bytes.
    #expect(
      peak(needs, saving(strips: true, half: true)) == 10000 + 2300 + 2300 / 16 + 40000 + 70)
  }

  @Test("a model that cannot be saved is asked for as it is")
  func unsaved() {
    var needs = needs()
    needs.savings = [saving()]
    #expect(throws: MemoryError.tooLittle(least: 13800 + Self.libraries, limit: 13000)) {
      try MemoryPlan(needs, batchSize: 1, limit: 13000, resident: 0)
    }
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
