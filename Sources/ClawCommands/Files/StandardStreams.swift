#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Descriptors 0 to 2.
enum StandardStreams {
  /// Opens `/dev/null` for standard descriptors that the process was started without: otherwise sockets or the event
  /// loop would get their numbers, and messages would be written to them. Call it before anything else is opened.
  static func openMissing() {
    while true {
      let descriptor = open("/dev/null", O_RDWR)
      guard descriptor > STDERR_FILENO || descriptor < 0 else { continue }
      if descriptor >= 0 { close(descriptor) }
      return
    }
  }
}
