import ClawCore
import ClawStore

/// Checks the database.
struct DatabaseProbe: Sendable {
  let configuration: StoreConfiguration
  var time = TimeSource.system

  /// Nodes compare timestamps of each other.
  static let clockTolerance = Duration.milliseconds(500)
  private let subject = "database"

  init(_ configuration: StoreConfiguration) {
    self.configuration = configuration
  }

  func look() async -> [DoctorFinding] {
    guard let postgres = configuration.postgres else { return await lookAtFile() }
    do {
      let maintenance = try StoreMaintenance.postgres(postgres)
      do {
        let findings = try await look(maintenance, postgres)
        await maintenance.close()
        return findings
      } catch {
        await maintenance.close()
        throw error
      }
    } catch {
      let failure = CommandFailure(explaining: error)
      if let refusal = (error as? ClawError)?.cause as? DatabaseRefusal {
        return [.bad(subject, failure?.status ?? .failure, refusal.reason, refusal.remedy)]
      }
      return [
        .bad(
          subject, failure?.status ?? .internalFault, failure?.message ?? "\(error)",
          "try it with: psql \"$SWIFTCLAW_POSTGRES_DSN\" -c 'SELECT version()'")
      ]
    }
  }

  private func look(_ maintenance: StoreMaintenance, _ postgres: PostgresConfiguration) async throws -> [DoctorFinding]
  {
    let asked = time.now
    guard let server = try await maintenance.server() else { return [] }
    let answered = time.now
    let role = role(server, postgres)
    try await maintenance.rehearseStart(servesAsRole: server.hasRole == true)
    var findings = [DoctorFinding.good(subject, "PostgreSQL \(server.version)")]
    findings.append(try await schema(maintenance))
    findings.append(role)
    findings.append(connections(server, postgres))
    if server.isPooled, postgres.notifies {
      findings.append(
        .remark(
          "pooler", "a pooler in transaction mode is in the way: nodes get no hints and look for news every second",
          "let the nodes connect to PostgreSQL itself, or set store.postgres_notify to off"))
    }
    findings.append(clock(server, between: asked, and: answered))
    findings += given()
    findings += try await key(maintenance)
    findings.append(try await folder(maintenance))
    return findings
  }

  /// What startup would find in the SQLite file; nothing if it does not exist or is not a database.
  private func lookAtFile() async -> [DoctorFinding] {
    let (path, sqlite) = (configuration.path, configuration.sqlite)
    guard let head = try? await Blocking.run({ try PrivateFile.head(of: path, count: 16) }),
      head == Array("SQLite format 3\0".utf8)
    else { return [] }
    do {
      let maintenance = try StoreMaintenance.sqlite(sqlite)
      do {
        let findings = [try await schema(maintenance)] + (try await key(maintenance))
        await maintenance.close()
        return findings
      } catch {
        await maintenance.close()
        throw error
      }
    } catch {
      let failure = CommandFailure(explaining: error)
      return [
        .bad(
          subject, failure?.status ?? .internalFault, failure?.message ?? "\(error)",
          "\(ProcessEnvironment.programName) db status, or put a backup in its place")
      ]
    }
  }

  /// Whether the encryption key is the one that secrets are sealed with; startup rejects another.
  private func key(_ maintenance: StoreMaintenance) async throws -> [DoctorFinding] {
    guard try await maintenance.schema().missing.isEmpty else { return [] }
    let (directory, values) = (configuration.dataDirectory, configuration.values)
    let keys = try await Blocking.run {
      // An invalid key is reported elsewhere.
      try? EncryptionKeyFile(directory).find(
        given: values[Settings.encryptionKey], previous: values[Settings.previousEncryptionKey])?.keys
    }
    do {
      guard let keys else {
        guard try await maintenance.read({ try $0.sealingProof.isThere }) else { return [] }
        return [
          .bad(
            "sealed secrets", .configuration, "the database holds what a key has sealed, and there is no key",
            "put encryption.key back from a backup, or set SWIFTCLAW_ENCRYPTION_KEY")
        ]
      }
      _ = try await maintenance.read { try $0.sealingProof.verify(keys) }
      return [.good("sealed secrets", "the encryption key opens them")]
    } catch let error as ClawError where error.code == .failedPrecondition {
      return [
        .bad("sealed secrets", .unavailable, error.message, "put the key back with which they were sealed")
      ]
    }
  }

  private func schema(_ maintenance: StoreMaintenance) async throws -> DoctorFinding {
    let state = try await maintenance.schema()
    return state.missing.isEmpty
      ? .good("schema", "up to date (\(state.applied.count) steps)")
      : .remark(
        "schema", "\(state.missing.count) steps are missing; the next start takes them",
        "\(ProcessEnvironment.programName) db migrate --dry-run")
  }

  private func role(_ server: ServerFacts, _ postgres: PostgresConfiguration) -> DoctorFinding {
    if let refusal = server.refusal(of: postgres.role) {
      return .bad("role", .failure, refusal.reason, refusal.remedy)
    }
    if server.hasRole == true { return .good("role", postgres.role) }
    return .remark("role", "\(postgres.role) is not there yet; the first start makes it")
  }

  private func connections(_ server: ServerFacts, _ postgres: PostgresConfiguration) -> DoctorFinding {
    // One more for hints.
    let (wanted, free) = (postgres.pool + 1, server.maxConnections - server.openConnections)
    let text = "\(server.openConnections) of \(server.maxConnections) are open; this node takes up to \(wanted)"
    return free >= wanted || server.isPooled
      ? .good("connections", text)
      : .remark("connections", text, "raise max_connections of the server, or set store.postgres_pool lower")
  }

  /// The server read its clock at some time between the two.
  private func clock(_ server: ServerFacts, between asked: Timestamp, and answered: Timestamp) -> DoctorFinding {
    let difference =
      server.clock < asked ? server.clock - asked : max(server.clock - answered, .zero)
    let text = "the clocks of this machine and the database's differ by \(difference.magnitude.milliseconds) ms"
    return difference.magnitude <= Self.clockTolerance
      ? .good("clocks", text) : .bad("clocks", .failure, text, "sudo timedatectl set-ntp true, on both")
  }

  /// Settings that every node must be given, since each would otherwise generate its own.
  private func given() -> [DoctorFinding] {
    let needed = [
      ("SWIFTCLAW_GATEWAY_TOKEN", configuration.values[Settings.gatewayToken]),
      ("SWIFTCLAW_ENCRYPTION_KEY", configuration.values[Settings.encryptionKey]),
    ]
    return needed.filter { $0.1.isEmpty }.map { name, _ in
      .bad(
        "nodes", .configuration, "\(name) is not set; nodes that share a database need the same",
        "export \(name)=\"$(openssl rand -hex 32)\", the same on every node")
    }
  }

  private func folder(_ maintenance: StoreMaintenance) async throws -> DoctorFinding {
    let path = configuration.dataDirectory.resolve(configuration.values[Settings.workspace])
    let isReady = try await maintenance.schema().missing.isEmpty
    let known = try await isReady ? maintenance.read { try SharedFolder.known(in: $0) } : nil
    switch try await SharedFolder(path: path).look(known: known) {
    case .unknown: return .remark("workspaces", "no node has started yet; \(path) has to be the same folder for all")
    case .shared: return .good("workspaces", "\(path) is the folder that the other nodes see")
    case .apart:
      return .bad(
        "workspaces", .configuration, "\(path) is not the folder that the other nodes see", "mount theirs there")
    }
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
