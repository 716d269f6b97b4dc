import ClawCore
import ClawStore

/// Looks at PostgreSQL, where the store is that.
struct DatabaseProbe: Sendable {
  let configuration: StoreConfiguration
  var time = TimeSource.system

  /// Nodes compare times with one another's.
  static let clockTolerance = Duration.milliseconds(500)
  private let subject = "database"

  init(_ configuration: StoreConfiguration) {
    self.configuration = configuration
  }

  func look() async -> [DoctorFinding] {
    guard let postgres = configuration.postgres else { return [] }
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
    findings.append(try await folder(maintenance))
    return findings
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

  /// What nodes have to be given, since each would make its own.
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
