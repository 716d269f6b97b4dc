import ClawCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An online copy of an SQLite database.
public enum SQLiteBackup {
  /// Copies a snapshot into a new file with mode 0600 and checks its integrity. Blocks until done; does not block
  /// writers.
  /// - Throws: ``ClawError`` `alreadyExists` if the file exists, `unavailable` if it can't be written.
  /// - Returns: the size of the copy in bytes.
  public static func make(of path: String, at copy: String) throws(ClawError) -> Int64 {
    let descriptor = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw ClawError(
        errno == EEXIST ? .alreadyExists : .unavailable, "\(copy) can't be made: \(reason); name another file")
    }
    defer { close(descriptor) }
    do {
      // A read-only connection can't write another file either.
      let source = try SQLiteConnection(path: path, readOnly: false)
      // `VACUUM INTO` accepts an existing empty file.
      _ = try source.execute("VACUUM INTO $1", [.text(copy)])
      let made = try SQLiteConnection(path: copy, readOnly: true)
      let findings = try made.query("PRAGMA integrity_check", []) { $0.text(0) }
      guard findings == ["ok"] else {
        throw DatabaseError(kind: .io, code: 0, message: findings.first ?? "the copy can't be checked")
      }
      guard fsync(descriptor) == 0 else {
        throw DatabaseError(kind: .full, code: Int(errno), message: String(cString: strerror(errno)))
      }
    } catch {
      unlink(copy)
      let reason = (error as? DatabaseError)?.message ?? "\(error)"
      throw ClawError(.unavailable, "the database could not be copied: \(reason)", cause: error)
    }
    return Int64(lseek(descriptor, 0, SEEK_END))
  }
}
