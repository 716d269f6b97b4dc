import CSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension DatabaseError.Kind {
  /// - Parameters:
  ///   - code: An SQLite result code, primary or extended.
  ///   - errno: The system's error number, if a system call failed.
  init(sqlite code: Int32, errno: Int32) {
    switch code & 0xFF {
    case SQLITE_FULL: self = .full
    case SQLITE_BUSY, SQLITE_LOCKED: self = .locked
    case SQLITE_CONSTRAINT: self = .constraint
    case SQLITE_CORRUPT, SQLITE_NOTADB: self = .damaged
    case SQLITE_INTERRUPT: self = .timeout
    case SQLITE_READONLY, SQLITE_PERM: self = .readOnly
    case SQLITE_IOERR, SQLITE_CANTOPEN: self = Self(failedCall: code, errno: errno)
    case SQLITE_NOMEM: self = .io
    default: self = .statement
    }
  }

  private init(failedCall code: Int32, errno: Int32) {
    switch errno {
    case ENOSPC, EDQUOT, EFBIG: self = .full
    case EROFS, EACCES, EPERM: self = .readOnly
    case EMFILE, ENFILE, ENOMEM: self = .io
    default:
      // SQLite 3.40 reports a WAL index for which there is no disk space as SQLITE_IOERR_SHMSIZE (19 << 8), without
      // errno.
      self = code == SQLITE_IOERR | 19 << 8 ? .full : (code & 0xFF == SQLITE_CANTOPEN ? .io : .disk)
    }
  }
}
