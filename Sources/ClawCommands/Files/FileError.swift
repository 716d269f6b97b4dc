#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A failed file operation.
struct FileError: Error, Sendable, CustomStringConvertible {
  let path: String
  /// The operation, such as `read`.
  let action: String
  /// The system's error number.
  let number: Int32

  init(_ action: String, _ path: String, number: Int32 = errno) {
    self.path = path
    self.action = action
    self.number = number
  }

  var description: String { "can't \(action) \(path): \(reason)" }

  /// The exit status: resource problems are transient, a wrong path or owner is not.
  var status: CommandStatus {
    switch number {
    case ENOSPC, EDQUOT, EIO, EROFS, EMFILE, ENFILE, ENOMEM: .unavailable
    default: .configuration
    }
  }

  private var reason: String {
    switch number {
    case ENOENT: "no such file or directory"
    case EACCES, EPERM: "permission denied"
    case ENOTDIR: "a part of the path is not a directory"
    case EISDIR: "it is a directory"
    case ENOSPC: "the disk is full"
    case EDQUOT: "the disk quota is used up"
    case EIO: "the disk does not work"
    case EMFILE, ENFILE: "the limit of open files is reached"
    case ENOMEM: "there is no memory left"
    case EROFS: "the file system is read-only"
    case EFBIG: "it is larger than it may be"
    default: "system error \(number)"
    }
  }
}
