import ClawCore

/// Checks the integrity of an SQLite file.
public enum SQLiteCheck {
  /// Runs SQLite's integrity check, without changing the file. A gateway may be running on it. Blocks.
  /// - Parameter limit: Time limit; what was not checked by then counts as intact.
  /// - Returns: what is wrong and what to do, or nil.
  public static func fault(of path: String, within limit: Duration) -> ClawError? {
    do {
      let connection = try SQLiteConnection(path: path, readOnly: true)
      connection.limits.limit(to: limit)
      let findings = try connection.query("PRAGMA quick_check(1)", []) { $0.text(0) }
      guard let finding = findings.first, finding != "ok" else { return nil }
      return Store.explained(DatabaseError(kind: .damaged, code: 0, message: finding), at: path)
    } catch let error as DatabaseError {
      return error.kind == .timeout || error.kind == .locked ? nil : Store.explained(error, at: path)
    } catch {
      return ClawError(wrapping: error)
    }
  }
}
