import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The destination of log lines.
public protocol LogOutput: Sendable {
  func write(line: String)
}

/// The process's stderr. Never blocks on its reader: a line that does not fit into the pipe is dropped, and the next
/// one that fits says how many are missing.
public final class StandardErrorOutput: LogOutput {
  /// Atomic pipe writes (POSIX `PIPE_BUF` on Linux); a longer line is truncated.
  static let maxLineBytes = 4096

  private let missing = Mutex(0)
  private let descriptor: Int32

  public init(descriptor: Int32 = STDERR_FILENO) {
    self.descriptor = descriptor
  }

  public func write(line: String) {
    missing.withLock { missing in
      guard hasRoom() else {
        missing += 1
        return
      }
      if missing > 0 {
        put("\(missing) lines of the log were left out: nobody read stderr")
        missing = 0
        guard hasRoom() else {
          missing = 1
          return
        }
      }
      put(line)
    }
  }

  private func hasRoom() -> Bool {
    var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&question, 1, 0) == 1 && question.revents & Int16(POLLOUT) != 0
  }

  private func put(_ line: String) {
    var bytes = Array(line.utf8.prefix(Self.maxLineBytes - 1))
    if bytes.count < line.utf8.count {
      while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
      if bytes.last.map({ $0 >= 0xC0 }) == true { bytes.removeLast() }
    }
    bytes.append(UInt8(ascii: "\n"))
    // A closed pipe is no reason to stop, and there is nowhere to report it.
    _ = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
  }
}

// A type with a `write` method of its own needs another name for the system call.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
