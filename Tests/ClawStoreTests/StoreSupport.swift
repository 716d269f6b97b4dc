import ClawCore
import Foundation
import PostgresTesting
import Synchronization

@testable import ClawStore

/// A temporary directory for one test.
final class TestDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("claw-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private let postgresDatabase = Mutex<PostgresTestDatabase?>(nil)

  /// The PostgreSQL database of the directory, created on first use.
  func postgres(isEmpty: Bool) async throws -> PostgresConfiguration {
    if let known = postgresDatabase.withLock({ $0 }) { return PostgresConfiguration(dsn: known.dsn) }
    let made = try await PostgresTestDatabase.make(isEmpty: isEmpty)
    postgresDatabase.withLock { $0 = made }
    return PostgresConfiguration(dsn: made.dsn)
  }

  var database: String { path + "/test.db" }
}

/// A fixed time for tests.
let start = Timestamp(milliseconds: 1_700_000_000_000)

/// Runs a test on the current engine; SQLite by default.
/// - Parameter maxPages: For tests of SQLite only.
func withStore<T>(
  in directory: TestDirectory? = nil, maxPages: Int? = nil, _ body: (Store) async throws -> T
) async throws -> T {
  let directory = try directory ?? TestDirectory()
  let store =
    switch TestEngine.current {
    case .sqlite:
      try await Store.openSQLite(SQLiteConfiguration(path: directory.database, maxPages: maxPages))
    case .postgres: try await Store.openPostgres(try await directory.postgres(isEmpty: false))
    }
  do {
    let result = try await body(store)
    await store.close()
    return result
  } catch {
    await store.close()
    throw error
  }
}

/// As ``withStore(in:maxPages:_:)``, with a database without tables.
func withDatabase<T>(_ body: (any Database, TestDirectory) async throws -> T) async throws -> T {
  let directory = try TestDirectory()
  let database: any Database =
    switch TestEngine.current {
    case .sqlite: try SQLiteDatabase(SQLiteConfiguration(path: directory.database, wait: .seconds(600)))
    case .postgres: try PostgresDatabase(try await directory.postgres(isEmpty: true))
    }
  do {
    let result = try await body(database, directory)
    await database.close()
    return result
  } catch {
    await database.close()
    throw error
  }
}

extension Database {
  /// As the owner: for tests that create tables.
  func read<T: Sendable>(_ body: @escaping @Sendable (any DatabaseConnection) throws -> T) async throws -> T {
    try await read(as: .owner, body)
  }

  func write<T: Sendable>(_ body: @escaping @Sendable (any DatabaseConnection) throws -> T) async throws -> T {
    try await write(as: .owner, body)
  }
}

let acme = TenantID(unchecked: "acme")
let other = TenantID(unchecked: "other")
let ann = UserID(unchecked: "ann")
let bob = UserID(unchecked: "bob")

func address(_ rest: String, of user: UserID = ann, in tenant: TenantID = acme) -> SessionAddress {
  SessionAddress(tenant: tenant, user: user, key: SessionKey(unchecked: "agent:default:" + rest))
}

/// Stores one user message, creating the session if necessary; returns the counters after it.
@discardableResult
func say(_ text: String, in address: SessionAddress, at time: Timestamp = start, _ store: Store) async throws
  -> SessionCounters
{
  try await store.tenant(address.tenant).write(in: address) { transaction, result in
    try transaction.sessions.reserveMessages(
      1, in: address, newID: .generate(at: time), channel: "ws", at: time
    ) { reservation in
      let counters = reservation.counters
      let message = TranscriptMessage(
        seq: counters.lastMessageSeq, id: .generate(at: time), run: nil, createdAt: time,
        body: .user(UserMessage(text)))
      try transaction.messages.add([message], to: counters.id)
      result.set(counters)
    }
  }
}

/// Logs text events in a session; returns their numbers.
@discardableResult
func log(
  _ texts: [String], in address: SessionAddress, session: SessionID, at time: Timestamp = start, _ store: Store
) async throws -> [Int64] {
  try await store.tenant(address.tenant).write { transaction in
    let numbers = try transaction.sessions.advance(
      session, by: .init(events: texts.count, isInTranscript: false), at: time)
    let events = texts.enumerated().map { offset, text in
      RunEvent(
        address: address, seq: numbers.lastEvent - Int64(texts.count - 1 - offset), run: RunID(unchecked: "run"),
        at: time, body: .text(text))
    }
    try transaction.events.add(events, to: session)
    return events.map(\.seq)
  }
}

/// The code of the thrown error; nil if there is none.
func code(of body: () async throws -> Void) async -> ClawError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? ClawError)?.code
  }
}

/// A thread-safe counter.
final class Counter: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .acquiring) }

  func increment() { count.add(1, ordering: .acquiringAndReleasing) }
}

/// A value shared by many tasks.
final class Locked<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  func withLock<T: Sendable>(_ body: (inout Value) -> T) -> T { mutex.withLock { body(&$0) } }
}
