import ClawJSON

/// The directory with all data of a gateway.
public struct DataDirectory: Sendable, Hashable {
  /// Absolute, without a trailing slash.
  public let path: String
  private let home: String?

  /// - Parameters:
  ///   - named: The value of `--data-dir` or `SWIFTCLAW_HOME`; `~/.swiftclaw` if nil.
  ///   - userHome: `HOME`.
  ///   - workingDirectory: The base of a relative path.
  public init(
    named: String?, userHome: String?, workingDirectory: String
  ) throws(ConfigurationProblem) {
    home = userHome.flatMap { $0.isEmpty ? nil : $0 }
    guard let home else {
      guard let named, !named.startsWith("~") else {
        throw ConfigurationProblem(
          place: "HOME", message: "not set; name the data directory with --data-dir or SWIFTCLAW_HOME")
      }
      path = Self.absolute(named, from: workingDirectory, home: nil)
      return
    }
    path = Self.absolute(named ?? "~/.swiftclaw", from: workingDirectory, home: home)
  }

  /// A directory by its absolute path.
  public init(_ absolute: String) {
    path = Self.absolute(absolute, from: "/", home: nil)
    home = nil
  }

  public var configFile: String { path + "/config.json" }
  public var secretsFile: String { path + "/secrets.env" }
  public var tokenFile: String { path + "/gateway.token" }

  /// A path in the configuration: absolute, under `~`, or relative to this directory.
  public func resolve(_ named: String) -> String { Self.absolute(named, from: path, home: home) }

  private static func absolute(_ named: String, from base: String, home: String?) -> String {
    var path = named
    if let home, path == "~" || path.startsWith("~/"), let rest = path.droppingPrefix("~") { path = home + rest }
    if !path.startsWith("/") { path = base + "/" + path }
    var parts: [Substring] = []
    for part in path.split(at: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
