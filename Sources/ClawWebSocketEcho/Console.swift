#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Unbuffered output, so that a script reading a pipe sees lines as they are written.
enum Console {
  static func output(_ line: String) { write(line, to: STDOUT_FILENO) }

  static func error(_ line: String) { write("swiftclaw-echo: \(line)", to: STDERR_FILENO) }

  private static func write(_ line: String, to descriptor: Int32) {
    let bytes = Array("\(line)\n".utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { rest in
        unistdWrite(descriptor, rest.baseAddress, rest.count)
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  private static func unistdWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes, count)
    #else
      Darwin.write(descriptor, bytes, count)
    #endif
  }
}
