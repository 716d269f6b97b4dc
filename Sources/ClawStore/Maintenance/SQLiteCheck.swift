import ClawCore

/// Looks whether an SQLite file is whole.
public enum SQLiteCheck {
  /// Reads the file and compares it with itself, without changing it. A gateway may be running on it. Blocks.
  /// - Parameter limit: How long it reads; what it has not read by then counts as whole.
  /// - Returns: what is wrong with it and what to do, or nil.
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
