#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the process was started with.
enum ProcessArguments {
  /// The arguments without the program's name.
  ///
  /// Swift 6.3.1 on Linux looks for them below `environ` and finds none if a preloaded library (libfaketime 0.9.10, for
  /// one) changed the environment before `main`; the kernel's own copy is read then. Otherwise `serve` under such a
  /// library would print its help and end with 0.
  static func own() -> [String] {
    let known = CommandLine.arguments
    return Array((known.isEmpty ? ofKernel() : known).dropFirst())
  }

  /// `/proc/self/cmdline` (proc(5)): each argument ends with a zero byte. Empty where there is no such file.
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
