import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open directory, whose files are opened relative to it without following links: what a path refers to can't change
/// between check and use. All calls block; `SkillLibrary` makes them on a queue of its own.
struct SkillFolder: ~Copyable {
  /// Why a file can't be read.
  enum Problem: Error, Equatable {
    case missing
    /// Not a regular file: a link, a device, a directory.
    case notPlain
    case tooLarge
    case unreadable(Int32)
  }

  /// Identifies a file's state, to detect changes.
  struct Stamp: Sendable, Hashable {
    let device: UInt64
    let file: UInt64
    let size: Int64
    /// Nanoseconds of the last modification (mtime) and status change (ctime).
    let modified: Int64
    let changed: Int64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      file = UInt64(status.st_ino)
      size = Int64(status.st_size)
      #if canImport(Darwin)
        (modified, changed) = (Self.nanoseconds(status.st_mtimespec), Self.nanoseconds(status.st_ctimespec))
      #else
        (modified, changed) = (Self.nanoseconds(status.st_mtim), Self.nanoseconds(status.st_ctim))
      #endif
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
  }

  private let descriptor: Int32

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens a directory by a path of our own; follows links.
  init?(trusted path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  /// Opens a subdirectory.
  /// - Parameters:
  ///   - name: A single path component.
  ///   - mayBeLink: Whether a link to a directory is allowed.
  func folder(_ name: String, mayBeLink: Bool = false) throws(Problem) -> SkillFolder {
    guard Self.isPlain(name) else { throw .notPlain }
    let found = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (mayBeLink ? 0 : O_NOFOLLOW))
    guard found >= 0 else { throw Self.problem(errno) }
    return SkillFolder(found)
  }

  /// The stamp of a path, without following a link at its end; nil if it does not exist.
  func stamp(of path: String) -> Stamp? {
    var status = stat()
    guard fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return Stamp(status)
  }

  /// Whether a name is a regular file.
  func isPlainFile(_ name: String) -> Bool {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG
  }

  /// Reads a whole regular file.
  /// - Parameter limit: Maximum size in bytes.
  func read(_ name: String, limit: Int) throws(Problem) -> (bytes: [UInt8], stamp: Stamp) {
    guard Self.isPlain(name) else { throw .notPlain }
    // Non-blocking: opening a pipe must not hang.
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard file >= 0 else { throw Self.problem(errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .unreadable(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain }
    guard status.st_size <= limit else { throw .tooLarge }
    return (try Self.readAll(file, limit: limit), Stamp(status))
  }

  private static func readAll(_ file: Int32, limit: Int) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = part.withUnsafeMutableBytes { systemRead(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(errno) }
      if count == 0 { return bytes }
      bytes += part[..<count]
      // It may have grown since it was checked.
      guard bytes.count <= limit else { throw .tooLarge }
    }
  }

  /// The names in it except hidden ones, sorted, up to a limit; and whether there are more.
  func names(limit: Int) -> (names: [String], hasMore: Bool) {
    // A separate descriptor, with its own position.
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return ([], false) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // A name that is not UTF-8 can't be referred to.
      guard let name, !name.startsWith(".") else { continue }
      guard names.count < limit else { return (names.sorted(), true) }
      names.append(name)
    }
    return (names.sorted(), false)
  }

  /// Whether a name is a single component inside the directory: not `..`, no separators, no NUL.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }

  private static func problem(_ number: Int32) -> Problem {
    switch number {
    case ENOENT, ENAMETOOLONG: .missing
    // Not a directory although one is required, or a link.
    case ELOOP, ENOTDIR, ENXIO, ENODEV: .notPlain
    default: .unreadable(number)
    }
  }
}

// A type with a `read` method of its own needs another name for the system call.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
