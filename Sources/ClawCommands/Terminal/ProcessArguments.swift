#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's arguments.
enum ProcessArguments {
  /// The arguments without the program's name.
  ///
  /// Swift 6.3.1 on Linux looks for them below `environ` and finds none if a preloaded library (for example,
  /// libfaketime 0.9.10) changed the environment before `main`; in that case the kernel's copy is read. Otherwise
  /// `serve` under such a library would print its help and exit with 0.
  static func own() -> [String] {
    let known = CommandLine.arguments
    return Array((known.isEmpty ? ofKernel() : known).dropFirst())
  }

  /// `/proc/self/cmdline` (proc(5)): NUL-terminated arguments. Empty if the file does not exist.
  private static func ofKernel() -> [String] {
    let file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(file, &piece, piece.count)
      guard count > 0 else { break }
      bytes += piece[..<count]
    }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
