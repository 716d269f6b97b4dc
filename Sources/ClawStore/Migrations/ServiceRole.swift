import ClawCore

/// The PostgreSQL role that every transaction except a migration's assumes. It can't log in, owns nothing and is
/// subject to all policies, so that even a superuser's connection string does not bypass them.
struct ServiceRole: Sendable {
  let name: String

  private struct Found: Sendable {
    let escapes: Bool
    let isOurs: Bool
    let isCurrent: Bool
  }

  /// Creates the role if it does not exist, and checks that we may assume it.
  /// - Throws: ``ClawError`` `failedPrecondition` if the role would bypass the policies, or if it is missing and we may
  ///   not create it.
  func make(in database: any Database) async throws {
    if try await find(in: database) == nil {
      do {
        try await database.write(as: .owner) { connection in
          _ = try connection.execute(
            """
            CREATE ROLE \(PostgresText.name(name)) NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION
            """, [])
        }
      } catch {
        // Another node may have created it first: roles belong to the whole server.
        guard try await find(in: database) != nil else { throw await refusal("make", cause: error, in: database) }
      }
    }
    guard let found = try await find(in: database), !found.escapes, !found.isCurrent else {
      throw ClawError(
        .failedPrecondition,
        """
        the database role \(name) is a superuser, bypasses row-level security or is the one that logs in; tenants would \
        not be kept apart: choose another with store.postgres_role
        """)
    }
    guard !found.isOurs else { return }
    do {
      try await database.write(as: .owner) { connection in
        _ = try connection.execute("GRANT \(PostgresText.name(name)) TO CURRENT_USER", [])
      }
    } catch {
      guard try await find(in: database)?.isOurs == true else {
        throw await refusal("take on", cause: error, in: database)
      }
    }
  }

  private func find(in database: any Database) async throws -> Found? {
    try await database.read(as: .owner) { connection in
      try connection.query(
        """
        SELECT rolsuper OR rolbypassrls, pg_has_role(current_user, oid, 'MEMBER'), rolname = current_user
        FROM pg_roles WHERE rolname = $1
        """, [.text(name)]
      ) { Found(escapes: $0.bool(0), isOurs: $0.bool(1), isCurrent: $0.bool(2)) }
    }.first
  }

  /// Errors other than a missing privilege keep the server's message.
  private func refusal(_ verb: String, cause: any Error, in database: any Database) async -> any Error {
    let error = (cause as? ClawError)?.cause as? DatabaseError
    guard error?.isPermissionDenied == true else { return cause }
    let user = try? await database.read(as: .owner) { try $0.query("SELECT current_user", []) { $0.text(0) } }.first
    return Self.refusal(of: name, verb, user: user ?? "the user").claw
  }

  /// Why a user can't use a role, and what an administrator has to type.
  /// - Parameter verb: What the user may not do with it: create it, or assume it.
  static func refusal(of role: String, _ verb: String, user: String) -> DatabaseRefusal {
    let quoted = PostgresText.name(role)
    let grant = "GRANT \(quoted) TO \(PostgresText.name(user))"
    return DatabaseRefusal(
      reason: "permission denied: the user \(user) may not \(verb) the role \(role)",
      remedy: "let an administrator type: " + (verb == "make" ? "CREATE ROLE \(quoted) NOLOGIN; \(grant)" : grant))
  }
}
