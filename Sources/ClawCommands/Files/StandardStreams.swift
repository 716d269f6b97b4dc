#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Descriptors 0 to 2.
enum StandardStreams {
  /// Opens `/dev/null` in the place of those that the process was started without: they would become those of sockets or
  /// of the event loop, and what is written for people would go there. To be called before anything else is opened.
  static func openMissing() {
    while true {
      let descriptor = open("/dev/null", O_RDWR)
      guard descriptor > STDERR_FILENO || descriptor < 0 else { continue }
      if descriptor >= 0 { close(descriptor) }
      return
    }
  }
}
