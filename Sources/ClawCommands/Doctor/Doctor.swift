import ClawCore
import ClawModels
import ClawStore

/// Diagnoses an installation without changing anything. Everything here blocks, except ``GatewayProbe``.
struct Doctor: Sendable {
  let loaded: LoadedConfiguration
  var time = TimeSource.system
  /// `PATH`.
  var searchPath = ""

  /// All checks without the network.
  func look() -> [DoctorFinding] {
    var findings = configuration()
    findings.append(secrets())
    findings += startChecks()
    findings.append(disk())
    findings.append(clock())
    findings.append(sandbox())
    findings.append(providers())
    return findings
  }

  private func configuration() -> [DoctorFinding] {
    let subject = "configuration"
    let problems = (loaded.problems + loaded.ownProblems).map { problem in
      DoctorFinding.bad(
        subject, .configuration, problem.description, "mend it there, then: \(program) config check")
    }
    let notes = loaded.notes.map { DoctorFinding.remark(subject, $0.description) }
    guard problems.isEmpty else { return problems + notes }
    return [.good(subject, loaded.fileExists ? loaded.file : "as built in; there is no \(loaded.file)")] + notes
  }

  func token() -> DoctorFinding {
    do throws(GatewayTokenError) {
      let given = loaded.values[Settings.gatewayToken]
      guard let token = try GatewayTokenStore(loaded.dataDirectory).find(given: given) else {
        return loaded.values[Settings.postgresDSN].isEmpty
          ? .remark("token", "none yet; the first start makes one", "\(program) serve")
          : .remark("token", "none; nodes that share a database have to be given it")
      }
      guard token.origin == .environment else { return .good("token", loaded.dataDirectory.tokenFile) }
      return token.value.utf8.count >= 16
        ? .good("token", "from SWIFTCLAW_GATEWAY_TOKEN")
        : .remark(
          "token", "SWIFTCLAW_GATEWAY_TOKEN is short enough to be guessed",
          "export SWIFTCLAW_GATEWAY_TOKEN=\"$(openssl rand -hex 32)\"")
    } catch {
      return .bad(
        "token", error.cause?.status ?? .configuration, error.description, "chmod 600 \(loaded.dataDirectory.tokenFile)"
      )
    }
  }

  /// Time limit of the database integrity check.
  private static let databaseCheckLimit = Duration.seconds(5)

  func database() -> DoctorFinding {
    let subject = "database"
    let path = loaded.dataDirectory.resolve(loaded.values[Settings.storePath])
    do throws(FileError) {
      guard let status = try PrivateFile.status(of: path) else {
        return .remark(subject, "\(path) does not exist yet; the first start makes it")
      }
      guard !status.isDirectory else {
        return .bad(subject, .configuration, "\(path) is a folder", "move it away, or set SWIFTCLAW_STORE_PATH")
      }
      try PrivateFile.checkUse(path)
      let head = try PrivateFile.head(of: path, count: 16)
      guard head.isEmpty || head == Array("SQLite format 3\0".utf8) else {
        return .bad(
          subject, .configuration, "\(path) is no SQLite database", "move it away, or set SWIFTCLAW_STORE_PATH")
      }
      if let fault = SQLiteCheck.fault(of: path, within: Self.databaseCheckLimit) {
        return .bad(
          subject, .failure, fault.message, "stop the gateway, and copy a backup made by: \(program) db backup")
      }
      return status.isOpenToOthers
        ? .remark(subject, "\(path) can be read by other users", "chmod 600 \(path)") : .good(subject, path)
    } catch {
      return .bad(subject, error.status, error.description, "sudo chown \"$USER\" \(path), or set SWIFTCLAW_STORE_PATH")
    }
  }

  private func providers() -> DoctorFinding {
    do throws(ConfigurationProblem) {
      let models = try loaded.values.models
      let names = models.providers.map(\.name).filter { $0 != "demo" }
      if models.standard.provider != "demo" {
        return .good("models", "\(models.standard) (configured: \(names.joined(separator: ", ")))")
      }
      return .remark(
        "models", "only the built-in demo model answers",
        "\(program) onboard, or export SWIFTCLAW_ANTHROPIC_API_KEY=… (or another vendor's)")
    } catch {
      return .bad("models", .configuration, error.description, "\(program) config show models --explain")
    }
  }

  var program: String { ProcessEnvironment.programName }
}
