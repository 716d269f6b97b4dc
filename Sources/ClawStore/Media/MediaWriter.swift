import ClawCore
import Crypto
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file being written. It is removed on deinit unless ``keep(_:)`` was called.
public final class MediaWriter: Sendable {
  private struct State {
    var hasher = SHA256()
    var size = 0
    var isKept = false
  }

  /// The identity of the written bytes.
  public struct Content: Sendable, Hashable {
    /// SHA-256 as 64 hex digits.
    public let digest: String
    /// In bytes.
    public let size: Int
  }

  private let descriptor: Int32
  private let name: String
  private let queue: FileQueue
  private let place: @Sendable (_ digest: String) throws -> Void
  private let state = Mutex(State())

  init(_ descriptor: Int32, name: String, on queue: FileQueue, place: @escaping @Sendable (String) throws -> Void) {
    self.descriptor = descriptor
    self.name = name
    self.queue = queue
    self.place = place
  }

  /// Bytes written so far.
  public var size: Int { state.withLock { $0.size } }

  /// Appends bytes. Calls must not overlap.
  public func write(_ bytes: [UInt8]) async throws {
    try await queue.run { [self] in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else {
          if errno == EINTR { continue }
          throw MediaFault("write")
        }
        rest = rest.dropFirst(count)
      }
      state.withLock { state in
        state.hasher.update(data: bytes)
        state.size += bytes.count
      }
    }
  }

  /// Makes the content durable.
  public func finish() async throws -> Content {
    try await queue.run { [self] in
      guard fsync(descriptor) == 0 else { throw MediaFault("write") }
      return state.withLock { Content(digest: Hex.text($0.hasher.finalize()), size: $0.size) }
    }
  }

  /// Gives the file its final name, replacing a file of the same content.
  public func keep(_ content: Content) async throws {
    try await queue.run { [self] in
      try place(content.digest)
      state.withLock { $0.isKept = true }
    }
  }

  deinit {
    let (descriptor, name, isKept) = (descriptor, name, state.withLock { $0.isKept })
    queue.later {
      close(descriptor)
      if !isKept { unlink(name) }
    }
  }
}

/// A file read sequentially.
public final class MediaReader: Sendable {
  private let descriptor: Int32
  private let queue: FileQueue

  init(_ descriptor: Int32, on queue: FileQueue) {
    self.descriptor = descriptor
    self.queue = queue
  }

  /// The next `count` bytes, fewer at the end; nil after the last. Calls must not overlap.
  public func next(_ count: Int) async throws -> [UInt8]? {
    try await queue.run { [self] in
      let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
          let read = systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
          if read < 0, errno == EINTR { continue }
          guard read >= 0 else { throw MediaFault("read") }
          if read == 0 { return }
          filled += read
        }
      }
      return bytes.isEmpty ? nil : bytes
    }
  }

  deinit {
    let descriptor = descriptor
    queue.later { close(descriptor) }
  }
}

// Inside a type with its own `read` and `write`, the system calls need other names.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
