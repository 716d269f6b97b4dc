import ClawCore
import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of media. Each tenant has a folder, with a subfolder for each first byte of the digest; a file is named by
/// its digest. No name contains user input. Several nodes share one such folder.
public struct MediaFolder: Sendable {
  /// Absolute.
  public let path: String
  private let threads: FileThreads

  /// - Parameter path: Created when first needed.
  public init(path: String) {
    self.path = path
    threads = FileThreads()
  }

  /// The folder of one tenant.
  public func path(of tenant: TenantID) -> String { path + "/" + FolderName.text(tenant.rawValue) }

  private func incoming(of tenant: TenantID) -> String { path(of: tenant) + "/incoming" }

  private func folder(of digest: String, in tenant: TenantID) -> String { path(of: tenant) + "/" + digest.prefix(2) }

  private func file(of digest: String, in tenant: TenantID) -> String { folder(of: digest, in: tenant) + "/" + digest }

  /// Begins a file. It gets its final name in ``MediaWriter/keep(_:)``.
  /// - Throws: ``ClawError`` `unavailable` if the folder is not writable.
  public func writer(for tenant: TenantID, at time: Timestamp) async throws -> MediaWriter {
    let (folder, queue) = (incoming(of: tenant), threads.next())
    let name = folder + "/" + MediaID.generate(at: time).rawValue
    let descriptor = try await queue.run { try Self.create(name, in: folder) }
    return MediaWriter(descriptor, name: name, on: queue) { digest in
      let folder = self.folder(of: digest, in: tenant)
      try makeFolder(folder)
      guard rename(name, folder + "/" + digest) == 0 else { throw MediaFault("keep") }
      try Self.sync(folder)
    }
  }

  /// Opens a file.
  /// - Returns: Nil if it does not exist.
  public func reader(of digest: String, in tenant: TenantID) async throws -> MediaReader? {
    guard Self.isDigest(digest) else { return nil }
    let (path, queue) = (file(of: digest, in: tenant), threads.next())
    return try await queue.run {
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
        guard errno == ENOENT else { throw MediaFault("read") }
        return nil
      }
      return MediaReader(descriptor, on: queue)
    }
  }

  /// Removes a file, if it exists. Blocks: for the thread of a transaction.
  public func removeNow(_ digest: String, of tenant: TenantID) throws {
    guard Self.isDigest(digest) else { return }
    guard unlink(file(of: digest, in: tenant)) == 0 || errno == ENOENT else { throw MediaFault("remove") }
  }

  /// Digests of files in one of the 256 folders of a tenant that were last changed before `time`, up to the limit.
  public func files(of tenant: TenantID, in number: UInt8, before time: Timestamp, limit: Int) async throws -> [String]
  {
    let folder = folder(of: Hex.text([number]), in: tenant)
    return try await threads.next().run { Self.names(in: folder, before: time, limit: limit).filter(Self.isDigest) }
  }

  /// Removes partial files that a crash has left, up to the limit.
  public func removeAbandoned(of tenant: TenantID, before time: Timestamp, limit: Int) async throws {
    let folder = incoming(of: tenant)
    try await threads.next().run {
      for name in Self.names(in: folder, before: time, limit: limit) { unlink(folder + "/" + name) }
    }
  }

  private static func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  private static func create(_ name: String, in folder: String) throws -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    var descriptor = open(name, flags, 0o600)
    if descriptor < 0, errno == ENOENT {
      try makeFolder(folder)
      descriptor = open(name, flags, 0o600)
    }
    guard descriptor >= 0 else { throw MediaFault("write") }
    return descriptor
  }

  /// Makes the file's name durable, even in a power failure.
  private static func sync(_ folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw MediaFault("keep") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw MediaFault("keep") }
  }

  /// Names of files that were last changed before `time`.
  private static func names(in path: String, before time: Timestamp, limit: Int) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      var status = stat()
      guard name != ".", name != "..", fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        Int64(status.st_mtim.tv_sec) * 1000 < time.milliseconds
      else { continue }
      names.append(name)
    }
    return names
  }
}

/// Creates a folder with mode 0700, and its missing parents.
private func makeFolder(_ path: String) throws {
  if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
  guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
    throw MediaFault("write")
  }
  try makeFolder(String(path[..<slash]))
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw MediaFault("write") }
}

/// A system error while using a file. Its path is not disclosed.
struct MediaFault: Error {
  let action: String
  let number: Int32

  init(_ action: String, number: Int32 = errno) {
    self.action = action
    self.number = number
  }

  var error: ClawError {
    let reason = String(cString: strerror(number))
    return ClawError(
      .unavailable, "the folder of media can't be used (\(action): \(reason)); check media.directory and its disk",
      cause: self)
  }
}

/// Threads for calls that block on the disk; their number limits concurrent file operations.
final class FileThreads: Sendable {
  private static let count = 4
  private let queues = (0..<count).map { FileQueue(number: $0) }
  private let turn = Atomic(0)

  func next() -> FileQueue {
    queues[turn.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.count - 1)]
  }
}

/// Runs operations one at a time, so that those on one file stay in order.
struct FileQueue: Sendable {
  private let queue: DispatchQueue

  init(number: Int) { queue = DispatchQueue(label: "media.\(number)") }

  /// - Throws: ``ClawError`` `unavailable` for a ``MediaFault``.
  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      return try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try body() }) }
      }
    } catch let fault as MediaFault {
      throw fault.error
    }
  }

  /// Runs it later, without waiting.
  func later(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
