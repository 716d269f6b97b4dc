import ClawStore

/// Errors that prevent startup although each setting is valid. Shared by `serve`, `config check` and `doctor`, so that
/// they report the same.
extension LoadedConfiguration {
  var startProblems: [ConfigurationProblem] { nodeProblems + ownProblems }

  /// With PostgreSQL there may be other nodes, each of which would generate a token and a key of its own.
  var nodeProblems: [ConfigurationProblem] {
    guard !values[Settings.postgresDSN].isEmpty else { return [] }
    return [Settings.gatewayToken, Settings.encryptionKey].filter { values[$0].isEmpty }.map { setting in
      ConfigurationProblem(
        place: setting.variables[0],
        message: "is not set; nodes that share a database need the same (a new one: openssl rand -hex 32)")
    }
  }

  /// Errors that do not depend on the database engine.
  var ownProblems: [ConfigurationProblem] {
    let keys = [Settings.encryptionKey, Settings.previousEncryptionKey].filter { setting in
      !values[setting].isEmpty && SealingKey(values[setting]) == nil
    }
    var problems = keys.map { setting in
      ConfigurationProblem(
        place: values.source(of: setting).text,
        message: "\(setting.variables[0]) must hold 64 hex digits, or the base64 of 32 bytes")
    }
    // A token that was found or generated is always valid.
    let token = StoredToken("-", origin: .environment)
    do throws(ConfigurationProblem) {
      _ = try GatewayConfiguration(dataDirectory: dataDirectory, token: token, values: values).server
    } catch {
      problems.append(error)
    }
    return problems
  }
}
