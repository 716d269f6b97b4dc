import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's environment.
enum ProcessEnvironment {
  /// The environment, read once at startup, while there is only one thread.
  static let all: [String: String] = {
    var variables: [String: String] = [:]
    var cursor = environ
    while let entry = cursor.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(ofASCII: "=") {
        variables[String(text[..<equals])] = String(text.after(equals))
      }
      cursor += 1
    }
    return variables
  }()

  /// As it has to be typed: the bare name if it was found in `PATH`.
  static var programName: String { CommandLine.arguments.first ?? "swiftclaw" }

  static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
