import ClawCore
import Testing

@testable import ClawStore

@Suite("A full disk", .timeLimit(.minutes(10)))
struct FullDiskTests {
  /// Space for the schema and a little more.
  private static let pages = 96

  /// Writes until the disk is full; returns how many messages were accepted.
  private func fill(_ store: Store, _ place: SessionAddress) async throws -> Int {
    for count in 0..<10_000 {
      do {
        try await say(String(repeating: "x", count: 3000), in: place, store)
      } catch let error as ClawError {
        #expect(error.code == .unavailable && error.kind == .infrastructure && error.retryAfter != nil)
        #expect(error.message.contains("disk is full"))
        return count
      }
    }
    Issue.record("the database never became full")
    return 0
  }

  private func messages(_ store: Store, _ place: SessionAddress) async throws -> (rows: Int, last: Int64) {
    try await store.tenant(place.tenant).read { transaction in
      let counters = try #require(try transaction.sessions.counters(of: place))
      return (
        try transaction.messages.latest(of: counters.id, from: 1, limit: 10_000).count, counters.lastMessageSeq
      )
    }
  }

  @Test("refuses writes with UNAVAILABLE, keeps nothing by halves, and takes writes again once there is room")
  func fullAndFree() async throws {
    try await withStore(maxPages: Self.pages) { store in
      let place = address("full")
      let taken = try await fill(store, place)
      #expect(taken > 3)
      // The counter and the row are in one transaction: both or neither.
      #expect(try await messages(store, place) == (taken, Int64(taken)))
      try await store.tenant(acme).write { transaction in
        let counters = try #require(try transaction.sessions.counters(of: place))
        let removal = try transaction.sessions.reset(counters.id, as: .generate(at: start))
        #expect(try transaction.rowRemoval.begin(removal, at: start))
      }
      let again = try await fill(store, place)
      #expect(again > 3)
      #expect(try await messages(store, place) == (again, Int64(taken + again)))
    }
  }

  @Test("takes nothing from what was stored: more room and a new start, and all goes on")
  func reopened() async throws {
    let directory = try TestDirectory()
    let place = address("full")
    let taken = try await withStore(in: directory, maxPages: Self.pages) { try await fill($0, place) }
    try await withStore(in: directory) { store in
      #expect(try await messages(store, place) == (taken, Int64(taken)))
      let counters = try await say("one more", in: place, store)
      #expect(counters.lastMessageSeq == Int64(taken + 1))
    }
  }

  @Test("fails the writes that find no room, each as a whole, however many come at once")
  func concurrent() async throws {
    try await withStore(maxPages: Self.pages) { store in
      let places = (0..<8).map { address("s\($0)") }
      let taken = await withTaskGroup(of: (Int, Int).self) { group in
        for (index, place) in places.enumerated() {
          group.addTask {
            var count = 0
            for _ in 0..<40 where (try? await say(String(repeating: "y", count: 2000), in: place, store)) != nil {
              count += 1
            }
            return (index, count)
          }
        }
        return await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
      }
      #expect(taken.values.reduce(0, +) < 320)
      for (index, place) in places.enumerated() where taken[index, default: 0] > 0 {
        let (rows, last) = try await messages(store, place)
        #expect(rows == taken[index])
        #expect(last == Int64(rows))
      }
    }
  }
}
