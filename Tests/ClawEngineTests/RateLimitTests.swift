import ClawCore
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("The limit of rate")
struct RateLimitTests {
  private struct Undone: Error {}

  private let start = Timestamp(milliseconds: 1_700_000_000_000)

  /// The required wait; nil if there is none.
  private func wait(
    _ limit: RateLimit, _ user: String = "ann", of tenant: TenantID = .standard, in store: Store, at now: Timestamp
  ) async throws -> Duration? {
    do {
      try await store.tenant(tenant).write { try limit.take(for: UserID(unchecked: user), in: $0, at: now) }
      return nil
    } catch let error as ClawError where error.code == .resourceExhausted {
      return error.retryAfter
    }
  }

  private func withStore(_ body: (Store) async throws -> Void) async throws {
    let directory = try TestDirectory()
    let store = try await Store.openSQLite(SQLiteConfiguration(path: directory.path + "/test.db"))
    let result: Result<Void, any Error>
    do { result = .success(try await body(store)) } catch { result = .failure(error) }
    await store.close()
    try result.get()
  }

  @Test("lets the burst through, then one each time a token has grown")
  func burst() async throws {
    try await withStore { store async throws in
      let limit = RateLimit(perMinute: 30, burst: 3)
      for _ in 0..<3 { #expect(try await wait(limit, in: store, at: start) == nil) }
      #expect(try await wait(limit, in: store, at: start) == .seconds(2))
      #expect(try await wait(limit, in: store, at: start + .milliseconds(1500)) == .milliseconds(500))
      #expect(try await wait(limit, in: store, at: start + .seconds(2)) == nil)
      #expect(try await wait(limit, in: store, at: start + .seconds(2)) == .seconds(2))
      // Never more than the burst, however long the user was idle.
      for _ in 0..<3 { #expect(try await wait(limit, in: store, at: start + .seconds(9999)) == nil) }
      #expect(try await wait(limit, in: store, at: start + .seconds(9999)) != nil)
    }
  }

  @Test("keeps users and tenants apart, and is off at 0")
  func apart() async throws {
    try await withStore { store async throws in
      let limit = RateLimit(perMinute: 1, burst: 1)
      #expect(try await wait(limit, in: store, at: start) == nil)
      #expect(try await wait(limit, in: store, at: start) != nil)
      #expect(try await wait(limit, "bob", in: store, at: start) == nil)
      #expect(try await wait(limit, of: TenantID(unchecked: "other"), in: store, at: start) == nil)
      let off = RateLimit(perMinute: 0, burst: 1)
      for _ in 0..<100 { #expect(try await wait(off, in: store, at: start) == nil) }
    }
  }

  @Test("is not upset by a clock that goes back, which earns nothing when it comes forward again")
  func backwards() async throws {
    try await withStore { store async throws in
      let limit = RateLimit(perMinute: 60, burst: 1)
      #expect(try await wait(limit, in: store, at: start) == nil)
      #expect(try await wait(limit, in: store, at: start + .seconds(-100)) == .seconds(1))
      #expect(try await wait(limit, in: store, at: start) == .seconds(1))
    }
  }

  @Test("costs nothing where the transaction is taken back")
  func undone() async throws {
    try await withStore { store async throws in
      let limit = RateLimit(perMinute: 1, burst: 1)
      let (ann, start) = (UserID(unchecked: "ann"), start)
      await #expect(throws: Undone.self) {
        try await store.tenant(.standard).write { transaction in
          try limit.take(for: ann, in: transaction, at: start)
          throw Undone()
        }
      }
      #expect(try await wait(limit, in: store, at: start) == nil)
    }
  }
}
