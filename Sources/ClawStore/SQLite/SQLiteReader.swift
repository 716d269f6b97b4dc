import Dispatch

/// A connection that reads, on a thread of its own.
///
/// `@unchecked Sendable`: `connection` is touched on `queue` alone, which is serial.
final class SQLiteReader: @unchecked Sendable {
  private let queue = DispatchQueue(label: "swiftclaw.sqlite.reader", qos: .userInitiated)
  private var connection: SQLiteConnection?

  init(connection: sending SQLiteConnection) {
    self.connection = connection
  }

  func perform<T: Sendable>(_ body: @escaping @Sendable (any DatabaseConnection) throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(with: Result { try self.readNow(body) })
      }
    }
  }

  private func readNow<T>(_ body: (any DatabaseConnection) throws -> T) throws -> T {
    guard let connection else { throw DatabaseError(kind: .closed, code: 0, message: "closed").claw }
    do {
      try connection.run("BEGIN")
      defer { try? connection.run("COMMIT") }
      return try body(connection)
    } catch let error as DatabaseError {
      throw error.claw
    }
  }

  func close() async {
    await withCheckedContinuation { continuation in
      queue.async {
        self.connection = nil
        continuation.resume()
      }
    }
  }
}
