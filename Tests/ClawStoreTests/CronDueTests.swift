import ClawCore
import Testing

@testable import ClawStore

@Suite("Jobs that are due", .bothEngines)
struct CronDueTests {
  private let until = start + .seconds(15)

  private func add(_ count: Int, _ store: Store) async throws {
    try await store.node.write { transaction in
      for index in 0..<count { try transaction.cronDue.set(JobID(unchecked: "job-\(index)"), of: acme, to: start) }
    }
  }

  private func claim(_ limit: Int, at now: Timestamp = start, _ store: Store) async throws -> [DueJob] {
    let until = now + .seconds(15)
    return try await store.node.write { try $0.cronDue.claim(at: now, until: until, limit: limit) }
  }

  @Test("many nodes that claim at once share what is due, and each gets a page of its own")
  func pages() async throws {
    try await withStore { store in
      try await add(60, store)
      let claimed = try await withThrowingTaskGroup(of: [DueJob].self) { group in
        for _ in 0..<12 { group.addTask { try await claim(7, store) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(claimed.map(\.job)).count == claimed.count && claimed.count <= 60)
      var rest: [DueJob] = []
      while case let page = try await claim(7, store), !page.isEmpty { rest += page }
      #expect(Set((claimed + rest).map(\.job)).count == 60 && claimed.count + rest.count == 60)
      #expect(try await !store.node.read { try $0.cronDue.isAny(at: start) })
    }
  }

  private struct Gone: Error {}

  @Test("a claim ends with its lease, with its release, or with the decision, of which there is one")
  func ends() async throws {
    try await withStore { store in
      try await add(3, store)
      let first = try await claim(2, store)
      #expect(try await claim(2, store).count == 1)
      #expect(try await claim(2, store).isEmpty)
      try await store.node.write { try $0.cronDue.release(first[0]) }
      #expect(try await claim(2, store) == [first[0]])
      let late = start + .seconds(16)
      #expect(try await claim(9, at: late, store).count == 3)
      let next = late + .seconds(60)
      try await store.node.write { try $0.cronDue.settle(first[0], next: next, orThrow: Gone()) }
      try await store.node.write { try $0.cronDue.settle(first[1], next: nil, orThrow: Gone()) }
      for due in first {
        await #expect(throws: Gone.self) {
          try await store.node.write { try $0.cronDue.settle(due, next: nil, orThrow: Gone()) }
        }
      }
      #expect(try await store.node.read { try $0.cronDue.next(after: late) } == next)
      #expect(try await claim(9, at: next, store).map(\.job).contains(first[0].job))
    }
  }
}
