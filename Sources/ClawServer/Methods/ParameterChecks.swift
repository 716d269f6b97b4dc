import ClawCore

/// Parameter checks shared by several methods.
enum ParameterChecks {
  /// - Throws: `invalidRequest` unless the number is in range.
  static func limit(_ value: Int?, standard: Int, max: Int) throws(ClawError) -> Int {
    let limit = value ?? standard
    guard (1...max).contains(limit) else {
      throw ClawError(.invalidRequest, "params.limit must be 1 to \(max)")
    }
    return limit
  }

  /// The session of methods that call the parameter `key`.
  static func session(inKey key: String) throws(ClawError) -> SessionKey {
    do {
      return try SessionKey(validating: key)
    } catch {
      throw ClawError(error.code, error.message(naming: { _ in "params.key" }))
    }
  }

  static func user(_ name: String?) throws(ClawError) -> UserID? {
    guard let name else { return nil }
    return try UserID(validating: name)
  }

  static func agent(_ key: String?) throws(ClawError) -> AgentKey? {
    guard let key else { return nil }
    return try AgentKey(validating: key)
  }
}
