#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads zone files from disk. The calls block; `ZoneFileLibrary` makes them on a thread of its own.
enum ZoneFileStorage {
  /// Largest file, in bytes; real ones have less than 4,000.
  static let largestFile = 65_536
  /// Most names in a list; there are about 600.
  static let mostNames = 4_096

  /// Identifies a file's state, to detect changes.
  struct Stamp: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int64
    let nanoseconds: Int64
  }

  /// Nil if there is no such file.
  static func stamp(of path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Glibc)
      let changed = status.st_mtim
    #else
      let changed = status.st_mtimespec
    #endif
    return Stamp(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      seconds: Int64(changed.tv_sec), nanoseconds: Int64(changed.tv_nsec))
  }

  /// The first bytes of a file, at most 64, as text; nil if there is none.
  static func head(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    #if canImport(Glibc)
      let received = Glibc.read(file, &bytes, bytes.count)
    #else
      let received = Darwin.read(file, &bytes, bytes.count)
    #endif
    return received > 0 ? String(validating: bytes.prefix(received), as: UTF8.self) : nil
  }

  /// The content of a regular file; nil if there is none, or if it is too large for a zone.
  static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= largestFile else {
      return nil
    }
    let wanted = Int(status.st_size)
    return [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while count < wanted, let base = buffer.baseAddress {
        #if canImport(Glibc)
          let received = Glibc.read(file, base + count, wanted - count)
        #else
          let received = Darwin.read(file, base + count, wanted - count)
        #endif
        if received < 0, errno == EINTR { continue }
        guard received > 0 else { return }
        count += received
      }
    }
  }

  /// The names of all zones in a directory, such as `America/Indiana/Knox`: entries up to three levels deep that begin
  /// with an upper-case letter, as zones do and tables do not.
  static func names(in folder: String) -> [String] {
    var names: [String] = []
    collect(folder, prefix: "", levels: 3, into: &names)
    return names
  }

  private static func collect(_ folder: String, prefix: String, levels: Int, into names: inout [String]) {
    guard levels > 0, let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while names.count < mostNames, let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first),
        ZoneFileName.isValid(name)
      else { continue }
      if entry.pointee.d_type == UInt8(DT_DIR) {
        collect("\(folder)/\(name)", prefix: "\(prefix)\(name)/", levels: levels - 1, into: &names)
      } else {
        names.append(prefix + name)
      }
    }
  }
}
