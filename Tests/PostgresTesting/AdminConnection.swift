import CPostgres

/// A connection for administration: creating and dropping databases, and inspecting rows.
public final class AdminConnection {
  private let handle: OpaquePointer
  public let dsn: String

  public struct Failed: Error, CustomStringConvertible {
    public let description: String
  }

  private static let loaded: Bool = {
    var words = [CChar](repeating: 0, count: 256)
    return cpostgres_load("libpq.so.5", &words, words.count) == 0
  }()

  public init(_ dsn: String) throws {
    self.dsn = dsn
    guard Self.loaded else { throw Failed(description: "libpq5 is missing; scripts/setup.sh tests installs it") }
    let opened = "dbname".withCString { keyword in
      dsn.withCString { value in cpostgres_connect([keyword, nil], [value, nil]) }
    }
    guard let opened else { throw Failed(description: "out of memory") }
    handle = opened
    guard cpostgres_status(handle) == CPOSTGRES_CONNECTION_OK else { throw failure() }
  }

  deinit { cpostgres_finish(handle) }

  /// Runs statements; returns the rows of the last one, NULL as nil.
  @discardableResult
  public func run(_ sql: String) throws -> [[String?]] {
    guard let result = cpostgres_exec(handle, sql) else { throw failure() }
    defer { cpostgres_clear(result) }
    let status = cpostgres_result_status(result)
    guard status == CPOSTGRES_COMMAND_OK || status == CPOSTGRES_TUPLES_OK else { throw failure() }
    return (0..<cpostgres_rows(result)).map { row in
      (0..<cpostgres_columns(result)).map { column in
        cpostgres_is_null(result, row, column) != 0
          ? nil : cpostgres_value(result, row, column).map { String(cString: $0) }
      }
    }
  }

  private func failure() -> Failed {
    Failed(description: cpostgres_error(handle).map { String(cString: $0) } ?? "no message")
  }
}
