import CPostgres
import ClawCore

/// libpq, loaded when the first connection is opened.
enum PostgresLibrary {
  #if canImport(Darwin)
    private static let file = "libpq.5.dylib"
  #else
    private static let file = "libpq.so.5"
  #endif

  /// Loaded at most once per process; a failure is kept too.
  private static let loaded: Result<Void, ClawError> = Result { () throws(ClawError) in try load(file) }

  /// - Throws: ``ClawError`` `failedPrecondition` if it is not installed.
  static func require() throws(ClawError) { try loaded.get() }

  /// - Throws: ``ClawError`` `failedPrecondition` with the system's message.
  static func load(_ file: String) throws(ClawError) {
    var words = [CChar](repeating: 0, count: 512)
    guard cpostgres_load(file, &words, words.count) != 0 else { return }
    let reason = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw ClawError(
      .failedPrecondition,
      "PostgreSQL is chosen, but its client library can't be opened (\(reason)); install it: apt-get install libpq5")
  }
}
