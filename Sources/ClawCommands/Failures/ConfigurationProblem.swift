/// A configuration error, with what to do about it.
public struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The location: a file, a variable, a flag.
  public let place: String
  public let message: String

  public var description: String { "\(place): \(message)" }
}

/// All configuration errors, so that they can be fixed at once.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  public let problems: [ConfigurationProblem]

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
