import ClawCore
import Testing

@Suite("Fresh identifiers")
struct IdentifierTests {
  @Test("are UUIDs of version 7, in the order of their times, and never the same, from whichever task")
  func fresh() async throws {
    let time = Timestamp(milliseconds: 0x0123_4567_89AB)
    let all = await withTaskGroup(of: [String].self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<500).map { _ in RunID.generate(at: time).rawValue } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(all).count == 4_000)
    let form = /01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
    #expect(all.allSatisfy { $0.wholeMatch(of: form) != nil })
    // Every bit that is random takes both values.
    let digits = all.map { $0.split(separator: "-").joined() }
    for place in 13..<32 where place != 16 { #expect(Set(digits.map { Array($0)[place] }).count == 16, "\(place)") }
    let later = RunID.generate(at: Timestamp(milliseconds: 0x0123_4567_89AC))
    #expect(all.allSatisfy { $0 < later.rawValue })
  }
}
