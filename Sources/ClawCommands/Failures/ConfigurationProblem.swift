/// One thing that is wrong with the configuration, in words that say what to do.
public struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where it stands: a file, a variable, a flag.
  public let place: String
  public let message: String

  public var description: String { "\(place): \(message)" }
}

/// Everything that is wrong with the configuration, so that it can be mended in one go.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  public let problems: [ConfigurationProblem]

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
