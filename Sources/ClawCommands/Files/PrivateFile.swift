import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that only their owner may access. All methods block; call them off the cooperative pool (see ``Blocking``).
enum PrivateFile {
  /// Owner and permissions of a file.
  struct Status: Sendable, Hashable {
    /// The permission bits, such as `0o600`.
    let mode: UInt32
    let owner: UInt32
    let isDirectory: Bool
    /// Modification time in Unix seconds.
    let changedAt: Int64

    /// Whether group or others have any permission.
    var isOpenToOthers: Bool { mode & 0o077 != 0 }

    fileprivate init(_ status: stat) {
      mode = UInt32(status.st_mode) & 0o7777
      owner = status.st_uid
      isDirectory = status.st_mode & S_IFMT == S_IFDIR
      #if canImport(Darwin)
        changedAt = Int64(status.st_mtimespec.tv_sec)
      #else
        changedAt = Int64(status.st_mtim.tv_sec)
      #endif
    }
  }

  /// - Returns: nil if there is no such file.
  static func status(of path: String) throws(FileError) -> Status? {
    var status = stat()
    if stat(path, &status) == 0 { return Status(status) }
    if errno == ENOENT { return nil }
    throw FileError("look at", path)
  }

  /// Reads a whole file, and the status of the same open file.
  /// - Parameter limit: Maximum size in bytes.
  /// - Returns: nil if there is no such file.
  static func read(_ path: String, limit: Int) throws(FileError) -> (bytes: [UInt8], status: Status)? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw FileError("read", path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("read", path) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = retryingInterrupts { readSome(descriptor, &part) }
      guard count >= 0 else { throw FileError("read", path) }
      if count == 0 { return (bytes, Status(status)) }
      bytes += part[..<count]
      guard bytes.count <= limit else { throw FileError("read", path, number: EFBIG) }
    }
  }

  /// The first bytes of a file, or fewer if it is shorter.
  static func head(of path: String, count: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", path) }
    defer { close(descriptor) }
    var part = [UInt8](repeating: 0, count: count)
    let found = retryingInterrupts { readSome(descriptor, &part) }
    guard found >= 0 else { throw FileError("read", path) }
    return Array(part[..<found])
  }

  /// How to place a new file.
  enum Placement {
    /// Fail if the file exists: of two processes, one wins.
    case new
    /// Replace an existing file.
    case replacing
  }

  /// Writes a file of mode 0600 atomically, also with respect to a crash.
  /// - Returns: false if the file was to be new and exists.
  @discardableResult
  static func write(_ bytes: [UInt8], to path: String, _ placement: Placement) throws(FileError) -> Bool {
    let draft = "\(path).\(getpid())-\(UInt32.random(in: .min ... .max)).tmp"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("write", path) }
    defer { unlink(draft) }
    let number = writeAll(bytes, to: descriptor)
    close(descriptor)
    guard number == 0 else { throw FileError("write", path, number: number) }
    switch placement {
    case .replacing:
      guard rename(draft, path) == 0 else { throw FileError("write", path) }
      try syncFolder(of: path)
    case .new:
      if link(draft, path) != 0 {
        if errno == EEXIST { return false }
        throw FileError("write", path)
      }
      try syncFolder(of: path)
    }
    return true
  }

  /// Called for each directory that was synced; for tests, since it is not observable otherwise.
  @TaskLocal static var onFolderSync: (@Sendable (_ path: String) -> Void)?

  /// Syncs the directory: otherwise a power failure may lose the file's name, although its content is on disk.
  private static func syncFolder(of path: String) throws(FileError) {
    let slash = path.lastIndex(ofASCII: "/") ?? path.startIndex
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A directory that is writable but not readable can't be opened for this.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // Some file systems do not support it for directories, and report that.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw FileError("write", path) }
    onFolderSync?(folder)
  }

  /// Removes a file, if it exists.
  static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
  }

  /// Creates a directory of mode 0700, and missing parents.
  static func makeDirectory(_ path: String) throws(FileError) {
    if let status = try status(of: path) {
      guard status.isDirectory else { throw FileError("make the directory", path, number: ENOTDIR) }
      return
    }
    if let slash = path.lastIndex(ofASCII: "/"), slash != path.startIndex {
      try makeDirectory(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("make the directory", path) }
  }

  /// - Throws: if this process may not read and write the file, or create files in the directory.
  static func checkUse(_ path: String) throws(FileError) {
    let isFolder = try status(of: path)?.isDirectory ?? false
    guard access(path, R_OK | W_OK | (isFolder ? X_OK : 0)) == 0 else { throw FileError("read and write", path) }
  }

  /// Whether this process may read the file.
  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  private static func readSome(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
    buffer.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
  }

  /// Writes all bytes and syncs the file; returns the system's error number, or 0.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = retryingInterrupts { rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) } }
      guard count > 0 else { return errno }
      rest = rest.dropFirst(count)
    }
    return fsync(descriptor) == 0 ? 0 : errno
  }

  private static func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}

// A type with `read` and `write` methods of its own needs other names for the system calls.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
