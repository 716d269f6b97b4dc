import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open folder, from which its files are reached without ever following a link: what a path means can't be changed
/// between a check and a use. All of this blocks; `SkillLibrary` calls it on a queue of its own.
struct SkillFolder: ~Copyable {
  /// A file is in a place that must not be reached, or can't be read.
  enum Problem: Error, Equatable {
    case missing
    /// A link, a device, a folder, anything but a plain file.
    case notPlain
    case tooLarge
    case unreadable(Int32)
  }

  /// What tells that a file is still what it was.
  struct Stamp: Sendable, Hashable {
    let device: UInt64
    let file: UInt64
    let size: Int64
    /// Nanoseconds of the last change of content, and of anything.
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

  /// A folder by a path that we made ourselves; links on the way are followed.
  init?(trusted path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  /// A folder in this one.
  /// - Parameters:
  ///   - name: One name, not a path.
  ///   - mayBeLink: Whether a link to a folder will do.
  func folder(_ name: String, mayBeLink: Bool = false) throws(Problem) -> SkillFolder {
    guard Self.isPlain(name) else { throw .notPlain }
    let found = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (mayBeLink ? 0 : O_NOFOLLOW))
    guard found >= 0 else { throw Self.problem(errno) }
    return SkillFolder(found)
  }

  /// The stamp of whatever has that path, without looking behind a link at its end; nil if there is nothing.
  func stamp(of path: String) -> Stamp? {
    var status = stat()
    guard fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return Stamp(status)
  }

  /// Whether a name belongs to a plain file.
  func isPlainFile(_ name: String) -> Bool {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG
  }

  /// Reads a plain file whole.
  /// - Parameter limit: The most bytes it may have.
  func read(_ name: String, limit: Int) throws(Problem) -> (bytes: [UInt8], stamp: Stamp) {
    guard Self.isPlain(name) else { throw .notPlain }
    // Without waiting: opening a pipe must not hang.
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
      // It may have grown since it was looked at.
      guard bytes.count <= limit else { throw .tooLarge }
    }
  }

  /// The names in it but hidden ones, in order, up to a number; and whether there are more.
  func names(limit: Int) -> (names: [String], hasMore: Bool) {
    // A descriptor of its own, whose position is its own too.
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return ([], false) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // What is no UTF-8 can't be named by anybody.
      guard let name, !name.startsWith(".") else { continue }
      guard names.count < limit else { return (names.sorted(), true) }
      names.append(name)
    }
    return (names.sorted(), false)
  }

  /// Whether a name of one's own stays in the folder: no way up, no separators, nothing that ends it early.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }

  private static func problem(_ number: Int32) -> Problem {
    switch number {
    case ENOENT, ENAMETOOLONG: .missing
    // What is not a folder where one has to be, or is a link.
    case ELOOP, ENOTDIR, ENXIO, ENODEV: .notPlain
    default: .unreadable(number)
    }
  }
}

// Inside of a type that has a `read` of its own, the system's needs another name.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
